/** Numbered, contiguous migrations of the store. Each runs in one transaction and then stamps `user_version`. */
import type { Connection } from '../connection.ts';
import { initial } from './001-initial.ts';

export interface Migration {
  readonly version: number;
  readonly name: string;
  readonly sql: string;
}

export const migrations: readonly Migration[] = [initial];

/** The version this code reads and writes. */
export const currentVersion = migrations.length;

/** Brings a database from its version up to `target`. A failing migration leaves the version before it, whole. */
export function migrate(connection: Connection, target: number = currentVersion): void {
  const from = connection.pragma<number>('user_version');
  for (const migration of migrations) {
    if (migration.version <= from || migration.version > target) continue;
    connection.transaction(() => {
      connection.execute(migration.sql);
      connection.pragma(`user_version = ${migration.version}`);
    });
  }
}
