/** Numbered, contiguous migrations of the store. Each runs in one transaction and then stamps `user_version`. */
import type { Connection } from '../connection.ts';
import { initial } from './001-initial.ts';
import { methods } from './002-methods.ts';
import { organisation } from './003-organisation.ts';
import { figures } from './004-figures.ts';
import { versions } from './005-versions.ts';
import { measurements } from './006-measurements.ts';
import { studies } from './007-studies.ts';
import type { Migration } from './migration.ts';

export const migrations: readonly Migration[] = [
  initial,
  methods,
  organisation,
  figures,
  versions,
  measurements,
  studies,
];

/** The version this code reads and writes. */
export const currentVersion = migrations.length;

/** Brings a database from its version up to the newest of `steps`. A migration that fails leaves the version before it, whole. */
export function migrate(connection: Connection, steps: readonly Migration[] = migrations): void {
  const from = connection.pragma<number>('user_version');
  for (const migration of steps) {
    if (migration.version <= from) continue;
    connection.transaction(() => {
      connection.execute(migration.sql);
      connection.pragma(`user_version = ${migration.version}`);
    });
  }
}
