/** Saved versions of architecture documents, numbered within the name of the document. */
import { randomInt } from 'node:crypto';
import { countArchitecture } from '../../shared/architecture/counts.ts';
import type { Architecture } from '../../shared/architecture/document.ts';
import { checkArchitecture } from '../../shared/architecture/parse.ts';
import { FinegrainError } from '../../shared/errors.ts';
import type { DocumentVersion, SavedDocument } from '../../shared/rpc/contract.ts';
import type { Connection } from './connection.ts';
import { storedArchitecture } from './documents.ts';
import { now } from './rows.ts';

export interface VersionRecords {
  /** Newest first. */
  list(): DocumentVersion[];
  /** Throws `notFound`. */
  get(id: string): SavedDocument;
  /** A new version, unless the newest one of the same name says the same: then that one, not `added`. */
  save(document: Architecture): DocumentVersion & { readonly added: boolean };
  remove(id: string): void;
  restore(id: string): void;
}

interface Row {
  readonly version: string;
  readonly name: string;
  readonly number: number;
  readonly ffnKinds: string;
  readonly parameters: number | null;
  readonly createdAt: string;
}

const columns = 'id AS version, name, number, ffn_kinds AS ffnKinds, parameters, created_at AS createdAt';
const alphabet = '0123456789abcdefghjkmnpqrstvwxyz';

export function versionRecords(connection: Connection): VersionRecords {
  const find = (id: string) =>
    connection.get<Row & { document: string }>(
      `SELECT ${columns}, document FROM document_versions WHERE id = ? AND deleted_at IS NULL`,
      id,
    );
  const known = (id: string) => {
    const row = find(id);
    if (row !== undefined) return row;
    throw new FinegrainError('notFound', `There is no saved version ${id}.`, 'Open the list of versions.');
  };
  const newId = (): string => {
    for (;;) {
      let id = 'd';
      for (let index = 0; index < 5; index++) id += alphabet[randomInt(alphabet.length)];
      if (connection.get('SELECT 1 FROM document_versions WHERE id = ?', id) === undefined) return id;
    }
  };
  return {
    list: () =>
      connection
        .all<Row>(`SELECT ${columns} FROM document_versions WHERE deleted_at IS NULL ORDER BY key DESC`)
        .map(described),
    get(id) {
      const { document, ...row } = known(id);
      return { ...described(row), document: storedArchitecture(JSON.parse(document)) };
    },
    save(document) {
      const { name } = document;
      const text = JSON.stringify(document);
      const newest = connection.get<Row & { document: string }>(
        `SELECT ${columns}, document FROM document_versions WHERE name = ? AND deleted_at IS NULL
          ORDER BY number DESC LIMIT 1`,
        name,
      );
      if (newest?.document === text) {
        const { document: _document, ...row } = newest;
        return { ...described(row), added: false };
      }
      const id = newId();
      const sound = checkArchitecture(document).length === 0;
      connection.run(
        `INSERT INTO document_versions (id, name, number, document, ffn_kinds, parameters, created_at)
          SELECT ?, ?, coalesce(max(number), 0) + 1, ?, ?, ?, ? FROM document_versions WHERE name = ?`,
        id,
        name,
        text,
        JSON.stringify([...new Set(document.blocks.map((block) => block.ffn.kind))]),
        sound ? countArchitecture(document).parameters.total : null,
        now(),
        name,
      );
      const { document: _document, ...row } = known(id);
      return { ...described(row), added: true };
    },
    remove(id) {
      known(id);
      connection.run('UPDATE document_versions SET deleted_at = ? WHERE id = ?', now(), id);
    },
    restore(id) {
      connection.run('UPDATE document_versions SET deleted_at = NULL WHERE id = ?', id);
      known(id);
    },
  };
}

function described(row: Row): DocumentVersion {
  return { ...row, ffnKinds: JSON.parse(row.ffnKinds) as string[] };
}
