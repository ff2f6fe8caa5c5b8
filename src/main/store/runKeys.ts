/** Public run ids and the small integers that stand for them in tables. */
import { randomInt } from 'node:crypto';
import { FinegrainError } from '../../shared/errors.ts';
import type { Connection } from './connection.ts';

/** Crockford's base 32: no i, l, o, u, so that an id survives being read aloud. */
const alphabet = '0123456789abcdefghjkmnpqrstvwxyz';

/** `r` and five characters: 33 million ids, checked for uniqueness by the caller. */
export function makeRunId(): string {
  let id = 'r';
  for (let index = 0; index < 5; index++) id += alphabet[randomInt(alphabet.length)];
  return id;
}

export interface RunKeys {
  /** The table key of a run id. Throws `notFound`. */
  keyOf(id: string): number;
  forget(id: string): void;
}

export function runKeys(connection: Connection): RunKeys {
  const known = new Map<string, number>();
  return {
    keyOf(id) {
      const cached = known.get(id);
      if (cached !== undefined) return cached;
      const row = connection.get<{ key: number }>('SELECT key FROM runs WHERE id = ?', id);
      if (row === undefined) throw runNotFound(id);
      known.set(id, row.key);
      return row.key;
    },
    forget: (id) => void known.delete(id),
  };
}

export function runNotFound(id: string): FinegrainError {
  return new FinegrainError('notFound', `There is no run ${id}.`, 'See the runs with: finegrain runs list');
}
