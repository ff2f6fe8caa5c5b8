import { createHash } from 'node:crypto';
import { expect, it } from 'vitest';
import { Connection } from '../connection.ts';
import { initial } from './001-initial.ts';
import { methods } from './002-methods.ts';
import { organisation } from './003-organisation.ts';
import { figures } from './004-figures.ts';
import { migrate } from './index.ts';

it('gives a workspace of version 3 an empty shelf of figures, and leaves its runs', () => {
  const connection = new Connection(':memory:');
  migrate(connection, [initial, methods, organisation]);
  connection.execute(`
    INSERT INTO runs (id, name, state, architecture, configuration, ffn_kinds, steps, tokens_per_step, parameters,
      active_parameters, created_at) VALUES ('r1', 'a', 'stopped', '{}', '{}', '[]', 1, 1, 1, 1, 'now');`);
  migrate(connection, [initial, methods, organisation, figures]);
  expect(connection.all('SELECT id FROM runs')).toEqual([{ id: 'r1' }]);
  expect(connection.all('SELECT id, document, created_at, changed_at FROM figures')).toEqual([]);
  expect(connection.pragma<number>('user_version')).toBe(4);
  connection.close();
});

it('is frozen: workspaces were written with it', () => {
  // A change to the store is a new migration. This hash may change only while no version has been released.
  expect(createHash('sha256').update(figures.sql).digest('hex')).toBe(
    '3b71c04410c13f6cfef465e4006770225d2ff8f0ac4413549bd01d9fcc0c5562',
  );
});
