import { describe, expect, it } from 'vitest';
import { Connection } from '../connection.ts';
import { reasonOf } from '../testSupport.ts';
import { currentVersion, migrate, migrations } from './index.ts';
import type { Migration } from './migration.ts';

const steps: Migration[] = [
  { version: 1, name: 'one', sql: 'CREATE TABLE one (x); INSERT INTO one VALUES (1);' },
  { version: 2, name: 'two', sql: 'ALTER TABLE one ADD COLUMN y; UPDATE one SET y = 2;' },
];

describe('migrations', () => {
  it('are numbered 1, 2, ... without a gap', () => {
    expect(migrations.map(({ version }) => version)).toEqual(migrations.map((_, index) => index + 1));
    expect(currentVersion).toBe(migrations.length);
  });

  it('run in order, each once', () => {
    const connection = new Connection(':memory:');
    migrate(connection, steps.slice(0, 1));
    migrate(connection, steps);
    migrate(connection, steps);
    expect(connection.all('SELECT * FROM one')).toEqual([{ x: 1, y: 2 }]);
    expect(connection.pragma<number>('user_version')).toBe(2);
    connection.close();
  });

  it('leave the version before a failure, whole', async () => {
    const connection = new Connection(':memory:');
    const broken = { version: 3, name: 'broken', sql: 'DROP TABLE one; SELECT * FROM nowhere;' };
    await expect(async () => migrate(connection, [...steps, broken])).rejects.toThrow('nowhere');
    expect(connection.pragma<number>('user_version')).toBe(2);
    expect(connection.all('SELECT * FROM one')).toEqual([{ x: 1, y: 2 }]);
    connection.close();
  });
});

describe('SQLite', () => {
  it('is past the bug that corrupts a write-ahead log under two connections (fixed in 3.51.3)', () => {
    const connection = new Connection(':memory:');
    const { version } = connection.get<{ version: string }>('SELECT sqlite_version() AS version')!;
    connection.close();
    const [major, minor, patch] = version.split('.').map(Number) as [number, number, number];
    expect(major * 1_000_000 + minor * 1000 + patch).toBeGreaterThanOrEqual(3_051_003);
  });

  it('reports a typed reason where a folder is missing', async () => {
    expect((await reasonOf(() => new Connection('/nowhere/at/all.sqlite'))).code).toBe('store.unwritable');
  });
});
