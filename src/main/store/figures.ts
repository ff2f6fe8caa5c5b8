/** Saved figures: their documents, by id. */
import { randomInt } from 'node:crypto';
import { FinegrainError } from '../../shared/errors.ts';
import { type FigureDocument, figureDocumentSchema, figureSources } from '../../shared/figures/document.ts';
import type { FigureRow, SavedFigure } from '../../shared/rpc/contract.ts';
import type { Connection } from './connection.ts';
import { now } from './rows.ts';

export interface FigureRecords {
  /** Newest change first. */
  list(): FigureRow[];
  /** Throws `notFound`. */
  get(id: string): SavedFigure;
  /** Without an id a new figure; with one that is not there (any more), it is put back under it. */
  save(document: FigureDocument, id?: string): SavedFigure;
  remove(id: string): void;
}

interface Row {
  readonly id: string;
  readonly document: string;
  readonly createdAt: string;
  readonly changedAt: string;
}

const columns = 'id, document, created_at AS createdAt, changed_at AS changedAt';
const alphabet = '0123456789abcdefghjkmnpqrstvwxyz';

export function figureRecords(connection: Connection): FigureRecords {
  const find = (id: string): SavedFigure | null => {
    const row = connection.get<Row>(`SELECT ${columns} FROM figures WHERE id = ?`, id);
    return row === undefined ? null : saved(row);
  };
  const get = (id: string): SavedFigure => {
    const found = find(id);
    if (found !== null) return found;
    throw new FinegrainError('notFound', `There is no figure ${id}.`, 'Open the list of figures.');
  };
  const newId = (): string => {
    for (;;) {
      let id = 'f';
      for (let index = 0; index < 5; index++) id += alphabet[randomInt(alphabet.length)];
      if (find(id) === null) return id;
    }
  };
  return {
    get,
    list: () =>
      connection.all<Row>(`SELECT ${columns} FROM figures ORDER BY changed_at DESC, key DESC`).map((row) => {
        const { figure, createdAt, changedAt, document } = saved(row);
        return {
          figure,
          name: document.name,
          kinds: document.panels.map((panel) => panel.kind),
          runs: figureSources(document),
          createdAt,
          changedAt,
        };
      }),
    save(document, id = newId()) {
      const time = now();
      connection.run(
        `INSERT INTO figures (id, document, created_at, changed_at) VALUES (?, ?, ?, ?)
          ON CONFLICT (id) DO UPDATE SET document = excluded.document, changed_at = excluded.changed_at`,
        id,
        JSON.stringify(document),
        time,
        time,
      );
      return get(id);
    },
    remove(id) {
      get(id);
      connection.run('DELETE FROM figures WHERE id = ?', id);
    },
  };
}

function saved({ id, document, createdAt, changedAt }: Row): SavedFigure {
  return { figure: id, createdAt, changedAt, document: figureDocumentSchema.parse(JSON.parse(document)) };
}
