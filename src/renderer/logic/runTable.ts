/** The run table: which runs it shows, in which order. */
import type { RunSummary } from '../../shared/rpc/contract.ts';

export type SortKey = 'name' | 'state' | 'progress' | 'loss' | 'validationLoss' | 'secondsLeft' | 'createdAt';

export interface Sort {
  readonly key: SortKey;
  readonly descending: boolean;
}

export const newestFirst: Sort = { key: 'createdAt', descending: true };

/** Runs whose name, id, state, device or method holds every word of the query. */
export function filterRuns(runs: readonly RunSummary[], query: string, archived: boolean): RunSummary[] {
  const words = query.toLowerCase().split(/\s+/).filter(Boolean);
  return runs.filter((run) => {
    if (run.archived && !archived) return false;
    const text = [run.name, run.run, run.state, run.device ?? '', ...run.methods].join(' ').toLowerCase();
    return words.every((word) => text.includes(word));
  });
}

/** Sorted by a column; unknown values last in either direction, equal ones newest first. */
export function sortRuns(runs: readonly RunSummary[], sort: Sort): RunSummary[] {
  const sign = sort.descending ? -1 : 1;
  return [...runs].sort((a, b) => {
    const left = sortValue(a, sort.key);
    const right = sortValue(b, sort.key);
    if (left === null || right === null) return left === right ? 0 : left === null ? 1 : -1;
    const order = typeof left === 'string' ? left.localeCompare(String(right)) : left - Number(right);
    return order !== 0 ? sign * order : b.createdAt.localeCompare(a.createdAt);
  });
}

function sortValue(run: RunSummary, key: SortKey): string | number | null {
  if (key === 'progress') return run.steps === 0 ? null : run.step / run.steps;
  return run[key];
}

/** The next sort when a header is pressed: ascending, descending, then newest first again. */
export function nextSort(sort: Sort, key: SortKey): Sort {
  if (sort.key !== key) return { key, descending: false };
  return sort.descending ? newestFirst : { key, descending: true };
}

/** Runs between two of the list, both included: Shift and a click. */
export function rangeOf(runs: readonly RunSummary[], from: string, to: string): string[] {
  const ids = runs.map((run) => run.run);
  const a = ids.indexOf(from);
  const b = ids.indexOf(to);
  if (a < 0 || b < 0) return [to];
  return ids.slice(Math.min(a, b), Math.max(a, b) + 1);
}
