/** Migration 5: saved versions of architecture documents. Frozen: later changes are new migrations. */
import type { Migration } from './migration.ts';

export const versions: Migration = {
  version: 5,
  name: 'versions',
  // A deleted version keeps its number, so that it can come back under it.
  sql: `
    CREATE TABLE document_versions (
      key INTEGER PRIMARY KEY,
      id TEXT NOT NULL UNIQUE,
      name TEXT NOT NULL, -- of the document
      number INTEGER NOT NULL, -- 1, 2, ... within a name
      document TEXT NOT NULL, -- JSON
      ffn_kinds TEXT NOT NULL, -- JSON
      parameters INTEGER, -- NULL while the document has problems
      created_at TEXT NOT NULL,
      deleted_at TEXT,
      UNIQUE (name, number)
    ) STRICT;
  `,
};
