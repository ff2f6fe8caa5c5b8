/**
 * Migration 3: how runs are kept in order. Tags and notes of a run; sweeps, with the values that each of their runs
 * tries; the run and step that a fork began at. Frozen: later changes are new migrations.
 */
import type { Migration } from './migration.ts';

export const organisation: Migration = {
  version: 3,
  name: 'organisation',
  sql: `
    CREATE TABLE sweeps (
      key INTEGER PRIMARY KEY AUTOINCREMENT,
      id TEXT NOT NULL UNIQUE,
      name TEXT NOT NULL,
      plan TEXT NOT NULL, -- JSON
      created_at TEXT NOT NULL
    ) STRICT;

    ALTER TABLE runs ADD COLUMN tags TEXT NOT NULL DEFAULT '[]'; -- JSON
    ALTER TABLE runs ADD COLUMN notes TEXT NOT NULL DEFAULT '';
    ALTER TABLE runs ADD COLUMN sweep INTEGER REFERENCES sweeps (key) ON DELETE SET NULL;
    ALTER TABLE runs ADD COLUMN sweep_values TEXT; -- JSON: what this run of the sweep tries, by field
    ALTER TABLE runs ADD COLUMN parent TEXT; -- id of the run that a fork began at; it may be purged since
    ALTER TABLE runs ADD COLUMN parent_step INTEGER;
    CREATE INDEX runs_by_sweep ON runs (sweep) WHERE sweep IS NOT NULL;
  `,
};
