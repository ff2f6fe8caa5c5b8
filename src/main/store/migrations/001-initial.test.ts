import { createHash } from 'node:crypto';
import { expect, it } from 'vitest';
import { Connection } from '../connection.ts';
import { initial } from './001-initial.ts';
import { migrate } from './index.ts';

it('makes the tables of version 1 from nothing', () => {
  const connection = new Connection(':memory:');
  migrate(connection, [initial]);
  const tables = connection.all<{ name: string }>(
    "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name",
  );
  expect(tables.map(({ name }) => name)).toEqual([
    'branches',
    'checkpoints',
    'data_sets',
    'metric_names',
    'metric_points',
    'probes',
    'run_log',
    'runs',
    'tokenizers',
  ]);
  expect(connection.pragma<number>('user_version')).toBe(1);
  connection.close();
});

it('takes all that belongs to a run away with it', () => {
  const connection = new Connection(':memory:');
  connection.pragma('foreign_keys = ON');
  migrate(connection, [initial]);
  connection.execute(`
    INSERT INTO runs (id, name, state, architecture, configuration, ffn_kinds, steps, tokens_per_step, parameters,
      active_parameters, created_at) VALUES ('r1', 'a', 'stopped', '{}', '{}', '[]', 1, 1, 1, 1, 'now');
    INSERT INTO metric_names VALUES (1, 'train/loss');
    INSERT INTO metric_points VALUES (1, 0, 1, 1, 1, 1, 1, 1);
    INSERT INTO probes VALUES (1, 0, 1, x'00');
    INSERT INTO checkpoints VALUES (1, 0, 1, 'p', 1, 1, 'now');
    INSERT INTO branches VALUES (1, 1, 1, 'now');
    INSERT INTO run_log VALUES (1, 1, 'now', 'info', 'm');
    DELETE FROM runs;
  `);
  for (const table of ['metric_points', 'probes', 'checkpoints', 'branches', 'run_log']) {
    expect(connection.get<{ count: number }>(`SELECT count(*) AS count FROM ${table}`)?.count).toBe(0);
  }
  connection.close();
});

it('is frozen: workspaces were written with it', () => {
  // A change to the store is a new migration. This hash may change only while no version has been released.
  expect(createHash('sha256').update(initial.sql).digest('hex')).toBe(
    'f72da4c6c7dfa2e9e46fa6561f560f955dca23fe5c686c3d3b53e86ed81284cb',
  );
});
