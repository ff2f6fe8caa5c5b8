/** Migration 1: runs, metric points, probes, checkpoints, logs, data sets and tokenizers. Frozen: later changes are new migrations. */
import type { Migration } from './migration.ts';

export const initial: Migration = {
  version: 1,
  name: 'initial',
  sql: `
    CREATE TABLE runs (
      key INTEGER PRIMARY KEY AUTOINCREMENT, -- a purged run never lends its key to a new one
      id TEXT NOT NULL UNIQUE,
      name TEXT NOT NULL,
      state TEXT NOT NULL,
      reason TEXT,
      architecture TEXT NOT NULL,
      configuration TEXT NOT NULL,
      ffn_kinds TEXT NOT NULL,
      steps INTEGER NOT NULL,
      tokens_per_step INTEGER NOT NULL,
      device TEXT,
      device_reason TEXT,
      parameters INTEGER NOT NULL,
      active_parameters INTEGER NOT NULL,
      created_at TEXT NOT NULL,
      queue_place INTEGER, -- of the latest queueing; counts up
      started_at TEXT,
      ended_at TEXT,
      archived INTEGER NOT NULL DEFAULT 0,
      deleted_at TEXT,
      step INTEGER NOT NULL DEFAULT 0,
      loss REAL,
      validation_loss REAL,
      tokens_per_second REAL,
      unigram_entropy REAL,
      branches INTEGER NOT NULL DEFAULT 0,
      late_points INTEGER NOT NULL DEFAULT 0,
      replaced_points INTEGER NOT NULL DEFAULT 0
    ) STRICT;

    CREATE TABLE branches (
      run INTEGER NOT NULL REFERENCES runs (key) ON DELETE CASCADE,
      branch INTEGER NOT NULL,
      from_step INTEGER NOT NULL,
      created_at TEXT NOT NULL,
      PRIMARY KEY (run, branch)
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE metric_names (
      id INTEGER PRIMARY KEY,
      name TEXT NOT NULL UNIQUE
    ) STRICT;

    -- branch 0 is the run as it stands; 1, 2, ... are the tails that resumes from an earlier step set aside.
    -- value: NULL stands for NaN (SQLite has no NaN); infinities are stored as they are.
    CREATE TABLE metric_points (
      run INTEGER NOT NULL REFERENCES runs (key) ON DELETE CASCADE,
      branch INTEGER NOT NULL,
      name INTEGER NOT NULL REFERENCES metric_names (id),
      step INTEGER NOT NULL,
      tokens INTEGER NOT NULL,
      flops REAL NOT NULL,
      seconds REAL NOT NULL,
      value REAL,
      PRIMARY KEY (run, branch, name, step)
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE probes (
      run INTEGER NOT NULL REFERENCES runs (key) ON DELETE CASCADE,
      branch INTEGER NOT NULL,
      step INTEGER NOT NULL,
      content BLOB NOT NULL, -- deflated JSON
      PRIMARY KEY (run, branch, step)
    ) STRICT;

    CREATE TABLE checkpoints (
      run INTEGER NOT NULL REFERENCES runs (key) ON DELETE CASCADE,
      branch INTEGER NOT NULL,
      step INTEGER NOT NULL,
      path TEXT NOT NULL, -- relative to the workspace, with forward slashes
      bytes INTEGER NOT NULL,
      loss REAL,
      created_at TEXT NOT NULL,
      PRIMARY KEY (run, branch, step)
    ) STRICT;

    CREATE TABLE run_log (
      key INTEGER PRIMARY KEY,
      run INTEGER NOT NULL REFERENCES runs (key) ON DELETE CASCADE,
      time TEXT NOT NULL,
      level TEXT NOT NULL,
      message TEXT NOT NULL
    ) STRICT;
    CREATE INDEX run_log_by_run ON run_log (run, key);

    CREATE TABLE data_sets (
      name TEXT PRIMARY KEY,
      domain TEXT,
      documents INTEGER NOT NULL,
      bytes INTEGER NOT NULL,
      hash TEXT NOT NULL,
      invalid_bytes INTEGER NOT NULL,
      folder TEXT NOT NULL, -- relative to the workspace
      manifest TEXT NOT NULL, -- JSON
      created_at TEXT NOT NULL
    ) STRICT;

    CREATE TABLE tokenizers (
      name TEXT PRIMARY KEY,
      vocabulary INTEGER NOT NULL,
      data TEXT,
      hash TEXT NOT NULL,
      folder TEXT NOT NULL, -- relative to the workspace
      manifest TEXT NOT NULL, -- JSON
      created_at TEXT NOT NULL
    ) STRICT;
  `,
};
