import { createHash } from 'node:crypto';
import { expect, it } from 'vitest';
import { Connection } from '../connection.ts';
import { initial } from './001-initial.ts';
import { methods } from './002-methods.ts';
import { organisation } from './003-organisation.ts';
import { migrate } from './index.ts';

const insertRun = `
  INSERT INTO runs (id, name, state, architecture, configuration, ffn_kinds, steps, tokens_per_step, parameters,
    active_parameters, created_at) VALUES ('r1', 'a', 'stopped', '{}', '{}', '[]', 1, 1, 1, 1, 'now');`;

it('leaves the runs of version 2 without tags, notes, sweep and parent', () => {
  const connection = new Connection(':memory:');
  connection.pragma('foreign_keys = ON');
  migrate(connection, [initial, methods]);
  connection.execute(insertRun);
  migrate(connection, [initial, methods, organisation]);
  expect(
    connection.all('SELECT id, tags, notes, sweep, sweep_values, parent, parent_step FROM runs'),
  ).toEqual([
    { id: 'r1', tags: '[]', notes: '', sweep: null, sweep_values: null, parent: null, parent_step: null },
  ]);
  expect(connection.pragma<number>('user_version')).toBe(3);
  connection.close();
});

it('keeps the runs of a sweep that goes', () => {
  const connection = new Connection(':memory:');
  connection.pragma('foreign_keys = ON');
  migrate(connection, [initial, methods, organisation]);
  connection.execute(`${insertRun}
    INSERT INTO sweeps VALUES (1, 's1', 'a', '{}', 'now');
    UPDATE runs SET sweep = 1;
    DELETE FROM sweeps;`);
  expect(connection.all('SELECT id, sweep FROM runs')).toEqual([{ id: 'r1', sweep: null }]);
  connection.close();
});

it('is frozen: workspaces were written with it', () => {
  // A change to the store is a new migration. This hash may change only while no version has been released.
  expect(createHash('sha256').update(organisation.sql).digest('hex')).toBe(
    '13620ebabd7f97c3bddf77d9373d62fa42cd1fbbbd3988257223616dd6625957',
  );
});
