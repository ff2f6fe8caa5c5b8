import { createHash } from 'node:crypto';
import { expect, it } from 'vitest';
import { Connection } from '../connection.ts';
import { initial } from './001-initial.ts';
import { methods } from './002-methods.ts';
import { organisation } from './003-organisation.ts';
import { figures } from './004-figures.ts';
import { versions } from './005-versions.ts';
import { migrate } from './index.ts';

it('gives a workspace of version 4 an empty list of versions, and leaves its figures', () => {
  const connection = new Connection(':memory:');
  migrate(connection, [initial, methods, organisation, figures]);
  connection.execute("INSERT INTO figures VALUES (1, 'f1', '{}', 'now', 'now')");
  migrate(connection, [initial, methods, organisation, figures, versions]);
  expect(connection.all('SELECT id FROM figures')).toEqual([{ id: 'f1' }]);
  expect(connection.all('SELECT id, name, number, document, deleted_at FROM document_versions')).toEqual([]);
  expect(connection.pragma<number>('user_version')).toBe(5);
  connection.close();
});

it('is frozen: workspaces were written with it', () => {
  // A change to the store is a new migration. This hash may change only while no version has been released.
  expect(createHash('sha256').update(versions.sql).digest('hex')).toBe(
    '8257000ea521d91c39e3c6ae2c7534e77dd4630535ed65aeb2860f019e87102f',
  );
});
