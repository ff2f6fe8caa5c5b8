/** Migration 7: studies, which rank the runs of a sweep by predicted final loss. Frozen: later changes are new migrations. */
import type { Migration } from './migration.ts';

export const studies: Migration = {
  version: 7,
  name: 'studies',
  sql: `
    CREATE TABLE studies (
      key INTEGER PRIMARY KEY,
      id TEXT NOT NULL UNIQUE,
      name TEXT NOT NULL,
      sweep INTEGER NOT NULL UNIQUE REFERENCES sweeps (key) ON DELETE CASCADE, -- holds its runs
      plan TEXT NOT NULL, -- JSON
      steps INTEGER NOT NULL, -- the final step
      state TEXT NOT NULL, -- running, done, stopped
      reason TEXT,
      decisions TEXT NOT NULL DEFAULT '[]', -- JSON, in order
      by_hand TEXT NOT NULL DEFAULT '[]', -- JSON: ids of runs that were continued whatever was decided
      created_at TEXT NOT NULL,
      ended_at TEXT
    ) STRICT;
  `,
};
