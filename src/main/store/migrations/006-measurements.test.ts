import { createHash } from 'node:crypto';
import { expect, it } from 'vitest';
import { Connection } from '../connection.ts';
import { measurements } from './006-measurements.ts';
import { migrate, migrations } from './index.ts';

it('gives a workspace of version 5 no measurements, and leaves its runs and versions', () => {
  const connection = new Connection(':memory:');
  migrate(connection, migrations.slice(0, 5));
  connection.execute(
    "INSERT INTO document_versions VALUES (1, 'd1', 'tiny', 1, '{}', '[]', NULL, 'now', NULL)",
  );
  migrate(connection, migrations.slice(0, 6));
  expect(connection.all('SELECT id FROM document_versions')).toEqual([{ id: 'd1' }]);
  expect(connection.all('SELECT run, step, set_name FROM measurements')).toEqual([]);
  expect(connection.pragma<number>('user_version')).toBe(6);
  connection.close();
});

it('is frozen: workspaces were written with it', () => {
  // A change to the store is a new migration. This hash may change only while no version has been released.
  expect(createHash('sha256').update(measurements.sql).digest('hex')).toBe(
    'ef7b7044a613b9e242a6111572dfa26c342b0bf0500f06fc7c9e711e5792cd58',
  );
});
