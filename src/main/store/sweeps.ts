/** Sweep records: the parent of runs that try the values of a plan. Its runs know it; it holds no state of its own. */
import { randomInt } from 'node:crypto';
import { FinegrainError } from '../../shared/errors.ts';
import { type SweepPlan, sweepPlanSchema } from '../../shared/run/sweep.ts';
import type { Connection } from './connection.ts';
import { now } from './rows.ts';

export interface StoredSweep {
  readonly sweep: string;
  readonly name: string;
  readonly plan: SweepPlan;
  readonly createdAt: string;
  /** Ids of its runs in the order they were planned; without those in the trash. */
  readonly runs: string[];
}

export interface SweepRecords {
  /** Stores a new sweep and gives its id. */
  create(sweep: { readonly name: string; readonly plan: SweepPlan }): string;
  /** Newest first. */
  list(): StoredSweep[];
  /** Throws `notFound`. */
  get(id: string): StoredSweep;
  /** A sweep by id, by the start of an id, or by name, when only one matches; else `notFound`. */
  find(text: string): string;
}

interface SweepRow {
  key: number;
  id: string;
  name: string;
  plan: string;
  created_at: string;
}

const alphabet = '0123456789abcdefghjkmnpqrstvwxyz';

export function sweepRecords(connection: Connection): SweepRecords {
  const read = (row: SweepRow): StoredSweep => ({
    sweep: row.id,
    name: row.name,
    plan: sweepPlanSchema.parse(JSON.parse(row.plan)),
    createdAt: row.created_at,
    runs: connection
      .all<{ id: string }>('SELECT id FROM runs WHERE sweep = ? AND deleted_at IS NULL ORDER BY key', row.key)
      .map(({ id }) => id),
  });
  return {
    create({ name, plan }) {
      let id = makeSweepId();
      while (connection.get('SELECT 1 FROM sweeps WHERE id = ?', id) !== undefined) id = makeSweepId();
      connection.run(
        'INSERT INTO sweeps (id, name, plan, created_at) VALUES (?, ?, ?, ?)',
        id,
        name,
        JSON.stringify(plan),
        now(),
      );
      return id;
    },
    list: () => connection.all<SweepRow>('SELECT * FROM sweeps ORDER BY key DESC').map(read),
    get(id) {
      const row = connection.get<SweepRow>('SELECT * FROM sweeps WHERE id = ?', id);
      if (row === undefined) throw notFound(id);
      return read(row);
    },
    find(text) {
      const matches = connection.all<{ id: string }>(
        'SELECT id FROM sweeps WHERE name = :text OR substr(id, 1, length(:text)) = :text ORDER BY key DESC LIMIT 6',
        { text },
      );
      const exact = matches.find(({ id }) => id === text);
      if (exact !== undefined) return exact.id;
      if (matches.length === 1) return matches[0]!.id;
      if (matches.length === 0) throw notFound(text);
      throw new FinegrainError(
        'notFound',
        `${text} names more than one sweep: ${matches.map(({ id }) => id).join(', ')}.`,
        'Give the whole id.',
      );
    },
  };
}

/** `s` and five characters of Crockford's base 32, as run ids are made. */
function makeSweepId(): string {
  let id = 's';
  for (let index = 0; index < 5; index++) id += alphabet[randomInt(alphabet.length)];
  return id;
}

function notFound(id: string): FinegrainError {
  return new FinegrainError(
    'notFound',
    `There is no sweep ${id}.`,
    'See the sweeps with: finegrain sweep list',
  );
}
