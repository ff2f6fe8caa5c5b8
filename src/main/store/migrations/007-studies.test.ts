import { createHash } from 'node:crypto';
import { expect, it } from 'vitest';
import { Connection } from '../connection.ts';
import { studies } from './007-studies.ts';
import { migrate, migrations } from './index.ts';

it('gives a workspace of version 6 no studies, and leaves its sweeps', () => {
  const connection = new Connection(':memory:');
  migrate(connection, migrations.slice(0, 6));
  connection.execute("INSERT INTO sweeps VALUES (1, 's1', 'rates', '{}', 'now')");
  migrate(connection, migrations.slice(0, 7));
  expect(connection.all('SELECT id FROM sweeps')).toEqual([{ id: 's1' }]);
  expect(connection.all('SELECT id, sweep, decisions FROM studies')).toEqual([]);
  expect(connection.pragma<number>('user_version')).toBe(7);
  connection.close();
});

it('lets a study go with the sweep that holds its runs', () => {
  const connection = new Connection(':memory:');
  connection.pragma('foreign_keys = ON');
  migrate(connection, migrations.slice(0, 7));
  connection.execute("INSERT INTO sweeps VALUES (1, 's1', 'rates', '{}', 'now')");
  connection.execute(
    "INSERT INTO studies (id, name, sweep, plan, steps, state, created_at) VALUES ('y1', 'rates', 1, '{}', 9, 'done', 'now')",
  );
  connection.execute('DELETE FROM sweeps');
  expect(connection.all('SELECT id FROM studies')).toEqual([]);
  connection.close();
});

it('is frozen: workspaces were written with it', () => {
  // A change to the store is a new migration. This hash may change only while no version has been released.
  expect(createHash('sha256').update(studies.sql).digest('hex')).toBe(
    'b7062f3eca79852814aa9d6e3e0fa817e539c346f65440815ab76756f0db5ffb',
  );
});
