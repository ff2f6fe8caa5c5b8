/** Migration 6: loss by position along training. Frozen: later changes are new migrations. */
import type { Migration } from './migration.ts';

export const measurements: Migration = {
  version: 6,
  name: 'measurements',
  sql: `
    CREATE TABLE measurements (
      run INTEGER NOT NULL REFERENCES runs (key) ON DELETE CASCADE,
      branch INTEGER NOT NULL,
      step INTEGER NOT NULL,
      set_name TEXT NOT NULL, -- 'validation', or a data set's
      position INTEGER NOT NULL, -- of the set among the run's
      tokens REAL NOT NULL,
      seconds REAL NOT NULL, -- of training so far
      learning_rate REAL NOT NULL,
      sequences INTEGER NOT NULL,
      cost REAL NOT NULL, -- seconds that the measurement took, its share of all sets
      content BLOB NOT NULL, -- deflated float32, little-endian: mean losses [n], their standard errors [n]
      PRIMARY KEY (run, branch, step, set_name)
    ) STRICT;
  `,
};
