/**
 * Migration 2: the methods of a run beside its FFN kinds (sharing, attention, position), for lists that do not read the
 * documents. Frozen: later changes are new migrations.
 *
 * Stored documents are left as they were written and brought to today's version when they are read. The new version of
 * the file keeps a program that knows only documents of version 1 from opening it.
 */
import type { Migration } from './migration.ts';

export const methods: Migration = {
  version: 2,
  name: 'methods',
  // Documents of version 1 knew one kind of attention, and no other position or sharing.
  sql: `
    ALTER TABLE runs ADD COLUMN methods TEXT NOT NULL DEFAULT '[]';
    UPDATE runs SET methods = ffn_kinds;
  `,
};
