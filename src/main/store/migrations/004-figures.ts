/** Migration 4: saved figures. Frozen: later changes are new migrations. */
import type { Migration } from './migration.ts';

export const figures: Migration = {
  version: 4,
  name: 'figures',
  // A figure names its runs inside its document: it stays, and says so, when one of them is deleted.
  sql: `
    CREATE TABLE figures (
      key INTEGER PRIMARY KEY,
      id TEXT NOT NULL UNIQUE,
      document TEXT NOT NULL, -- JSON
      created_at TEXT NOT NULL,
      changed_at TEXT NOT NULL
    ) STRICT;
  `,
};
