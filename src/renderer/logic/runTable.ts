/** The run table: which rows it shows, in which order, under which headings. */
import {
  compareValues,
  fieldLabel,
  formatField,
  type RunRecord,
  sortValue,
} from '../../shared/run/records.ts';

export interface Sort {
  readonly field: string;
  readonly descending: boolean;
}

export const newestFirst: Sort = { field: 'created', descending: true };

export type Row =
  | {
      readonly kind: 'group';
      readonly key: string;
      readonly label: string;
      readonly open: boolean;
      readonly records: readonly RunRecord[];
      readonly best: RunRecord | null;
    }
  | {
      readonly kind: 'sweep';
      readonly key: string;
      readonly name: string;
      readonly open: boolean;
      readonly records: readonly RunRecord[];
      readonly best: RunRecord | null;
    }
  | { readonly kind: 'run'; readonly key: string; readonly record: RunRecord; readonly depth: 0 | 1 };

export interface Arrangement {
  readonly sort: Sort;
  /** The field whose values are headings; null: none. */
  readonly groupBy: string | null;
  /** Keys of headings that are not as they come: groups come open, sweeps folded. */
  readonly toggled: ReadonlySet<string>;
}

/** Sorted by a field; unknown values last in either direction, equal ones newest first. */
export function sortRecords(records: readonly RunRecord[], sort: Sort): RunRecord[] {
  const sign = sort.descending ? -1 : 1;
  // Rows of one moment keep the host's order, which is newest first.
  const newest = (a: RunRecord, b: RunRecord) => b.run.createdAt.localeCompare(a.run.createdAt);
  if (sort.field === 'created') {
    return [...records].sort((a, b) => (sort.descending ? 1 : -1) * newest(a, b));
  }
  return records
    .map((record) => ({ record, value: sortValue(record, sort.field) }))
    .sort((a, b) => {
      if (a.value === null || b.value === null) {
        return a.value === b.value ? newest(a.record, b.record) : a.value === null ? 1 : -1;
      }
      return sign * compareValues(a.value, b.value) || newest(a.record, b.record);
    })
    .map(({ record }) => record);
}

/** The next sort when a header is pressed: ascending, descending, then newest first again. */
export function nextSort(sort: Sort, field: string): Sort {
  if (sort.field !== field) return { field, descending: false };
  return sort.descending ? newestFirst : { field, descending: true };
}

/** Rows from top to bottom: under headings where a field groups them, else with the runs of a sweep under it. */
export function arrange(records: readonly RunRecord[], { sort, groupBy, toggled }: Arrangement): Row[] {
  const sorted = sortRecords(records, sort);
  if (groupBy === null) return withSweeps(sorted, toggled);
  const groups = new Map<string, RunRecord[]>();
  for (const record of sorted) {
    const label = formatField(record, groupBy);
    const known = groups.get(label);
    if (known === undefined) groups.set(label, [record]);
    else known.push(record);
  }
  return [...groups]
    .map(([label, members]) => ({ label, members, value: sortValue(members[0]!, groupBy) }))
    .sort((a, b) => {
      if (a.value === null || b.value === null) return a.value === b.value ? 0 : a.value === null ? 1 : -1;
      return compareValues(a.value, b.value);
    })
    .flatMap(({ label, members }): Row[] => {
      const key = `group ${groupBy} ${label}`;
      const open = !toggled.has(key);
      const title = `${fieldLabel(groupBy)}: ${label}`;
      const heading: Row = {
        kind: 'group',
        key,
        label: title,
        open,
        records: members,
        best: bestOf(members),
      };
      return open ? [heading, ...members.map((record) => runRow(record, 1))] : [heading];
    });
}

/** The run with the lowest validation loss, or training loss where nothing was validated; null: nothing trained yet. */
export function bestOf(records: readonly RunRecord[]): RunRecord | null {
  for (const field of ['validationLoss', 'loss'] as const) {
    let best: RunRecord | null = null;
    for (const record of records) {
      const value = record.run[field];
      const least = best?.run[field] ?? Number.POSITIVE_INFINITY;
      if (value !== null && value < least) best = record;
    }
    if (best !== null) return best;
  }
  return null;
}

/** `2 of 4 finished, 1 running`: how far the runs of a sweep are. */
export function describeStates(records: readonly RunRecord[]): string {
  const counts = new Map<string, number>();
  for (const { run } of records) counts.set(run.state, (counts.get(run.state) ?? 0) + 1);
  const finished = counts.get('finished') ?? 0;
  counts.delete('finished');
  const others = [...counts].map(([state, count]) => `${count} ${state}`);
  if (finished === records.length) return 'all finished';
  return [`${finished} of ${records.length} finished`, ...others].join(', ');
}

/** Runs shown between two of them, both included: Shift and a click. */
export function rangeOf(rows: readonly Row[], from: string, to: string): string[] {
  const ids = runsOf(rows);
  const a = ids.indexOf(from);
  const b = ids.indexOf(to);
  if (a < 0 || b < 0) return [to];
  return ids.slice(Math.min(a, b), Math.max(a, b) + 1);
}

/** Ids of the runs that have a row. */
export function runsOf(rows: readonly Row[]): string[] {
  return rows.flatMap((row) => (row.kind === 'run' ? [row.record.run.run] : []));
}

/** Rows are drawn and dropped in steps of so many: not with every row that is scrolled by. */
const rowStep = 8;

/** Which rows are drawn, of rows of one height: those in sight and a few beyond. */
export function visibleRange(
  count: number,
  { scroll, height, row }: { readonly scroll: number; readonly height: number; readonly row: number },
): { first: number; last: number } {
  const first = rowStep * Math.max(0, Math.floor(scroll / row / rowStep) - 1);
  const last = Math.min(count, rowStep * (Math.ceil((scroll + height) / row / rowStep) + 1));
  return { first: Math.min(first, last), last };
}

/** A sweep stands where its first run would. */
function withSweeps(sorted: readonly RunRecord[], toggled: ReadonlySet<string>): Row[] {
  const sweeps = new Map<string, RunRecord[]>();
  for (const record of sorted) {
    const { sweep } = record.run;
    if (sweep === null) continue;
    const known = sweeps.get(sweep.sweep);
    if (known === undefined) sweeps.set(sweep.sweep, [record]);
    else known.push(record);
  }
  const done = new Set<string>();
  return sorted.flatMap((record): Row[] => {
    const { sweep } = record.run;
    if (sweep === null) return [runRow(record, 0)];
    if (done.has(sweep.sweep)) return [];
    done.add(sweep.sweep);
    const members = sweeps.get(sweep.sweep)!;
    const key = `sweep ${sweep.sweep}`;
    const open = toggled.has(key);
    const parent: Row = {
      kind: 'sweep',
      key,
      name: sweep.name,
      open,
      records: members,
      best: bestOf(members),
    };
    return open ? [parent, ...members.map((child) => runRow(child, 1))] : [parent];
  });
}

function runRow(record: RunRecord, depth: 0 | 1): Row {
  return { kind: 'run', key: record.run.run, record, depth };
}
