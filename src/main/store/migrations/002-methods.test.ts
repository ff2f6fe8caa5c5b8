import { createHash } from 'node:crypto';
import { expect, it } from 'vitest';
import { Connection } from '../connection.ts';
import { initial } from './001-initial.ts';
import { methods } from './002-methods.ts';
import { migrate } from './index.ts';

it('gives the runs of version 1 the methods that they had: those of their FFNs', () => {
  const connection = new Connection(':memory:');
  migrate(connection, [initial]);
  connection.execute(`
    INSERT INTO runs (id, name, state, architecture, configuration, ffn_kinds, steps, tokens_per_step, parameters,
      active_parameters, created_at)
      VALUES ('r1', 'a', 'stopped', '{"version":1}', '{}', '["dense","dsmoe"]', 1, 1, 1, 1, 'now');
  `);
  migrate(connection, [initial, methods]);
  expect(connection.all('SELECT id, methods, ffn_kinds, architecture FROM runs')).toEqual([
    { id: 'r1', methods: '["dense","dsmoe"]', ffn_kinds: '["dense","dsmoe"]', architecture: '{"version":1}' },
  ]);
  expect(connection.pragma<number>('user_version')).toBe(2);
  connection.close();
});

it('is frozen: workspaces were written with it', () => {
  // A change to the store is a new migration. This hash may change only while no version has been released.
  expect(createHash('sha256').update(methods.sql).digest('hex')).toBe(
    '1ff17cd5ce4f093c70a7db74c727bf55bd75456d1ea9953e836a5c2565106149',
  );
});
