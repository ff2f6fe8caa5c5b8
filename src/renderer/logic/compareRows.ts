/** What runs differ in, as rows of a table: results, counts, then fields; and the table as CSV. */
import { countArchitecture } from '../../shared/architecture/counts.ts';
import { diffArchitectures } from '../../shared/architecture/diff.ts';
import type { Architecture } from '../../shared/architecture/document.ts';
import { toCsv } from '../../shared/figures/table.ts';
import { differences } from './flatten.ts';

export interface CompareRow {
  readonly label: string;
  readonly group: 'result' | 'count' | 'field';
  /** undefined: the run does not have it. */
  readonly values: readonly (string | number | undefined)[];
}

/** The documents' leaves that are not the same in all runs. */
export function fieldRows(documents: readonly unknown[]): CompareRow[] {
  return differences(documents).map(({ path, values }) => ({ label: path, group: 'field', values }));
}

const countNames = [
  ['parameters', 'parameters'],
  ['active parameters', 'activeParameters'],
  ['forward FLOP per token', 'forwardFlopsPerToken'],
  ['KV cache per token (bytes)', 'kvCacheBytesPerToken'],
] as const;

/** Counts of the documents that are not the same in all; the change against the first beside each. */
export function countRows(architectures: readonly (Architecture | null)[]): CompareRow[] {
  const first = architectures.find((architecture) => architecture !== null);
  if (first === undefined) return [];
  const counts = architectures.map((architecture) => {
    if (architecture === null) return null;
    return architecture === first ? countsOf(first) : afterOf(diffArchitectures(first, architecture).counts);
  });
  return countNames.flatMap(([label, name]): CompareRow[] => {
    const values = counts.map((entry) => entry?.[name]);
    return isMixed(values) ? [{ label, group: 'count', values }] : [];
  });
}

type Counts = Record<(typeof countNames)[number][1], number>;

function countsOf(architecture: Architecture): Counts {
  const { parameters, flopsPerToken, kvCacheBytesPerToken } = countArchitecture(architecture);
  return {
    parameters: parameters.total,
    activeParameters: parameters.active,
    forwardFlopsPerToken: flopsPerToken.forward,
    kvCacheBytesPerToken,
  };
}

function afterOf(changes: ReturnType<typeof diffArchitectures>['counts']): Counts {
  return {
    parameters: changes.parameters.after,
    activeParameters: changes.activeParameters.after,
    forwardFlopsPerToken: changes.forwardFlopsPerToken.after,
    kvCacheBytesPerToken: changes.kvCacheBytesPerToken.after,
  };
}

export function isMixed(values: readonly unknown[]): boolean {
  return values.some((value) => value !== values[0]);
}

/** Positions of the values that are not the commonest one: those to mark. All, where none is commoner than the rest. */
export function deviating(values: readonly unknown[]): boolean[] {
  const counts = new Map<unknown, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  const most = Math.max(...counts.values());
  const common = [...counts].filter(([, count]) => count === most).map(([value]) => value);
  return values.map((value) => counts.size > 1 && (common.length > 1 || value !== common[0]));
}

/** Relative change, e.g. "+12 %"; '' where there is none to speak of. */
export function changeText(before: unknown, after: unknown): string {
  if (typeof before !== 'number' || typeof after !== 'number' || before === 0 || after === before) return '';
  const percent = (100 * (after - before)) / Math.abs(before);
  const digits = Math.abs(percent) < 9.95 ? percent.toFixed(1) : Math.round(percent).toString();
  return `${percent > 0 ? '+' : ''}${digits} %`.replace('-', '−');
}

/** Exact numbers; an empty field where a run has no value. */
export function compareCsv(
  runs: readonly { readonly run: string; readonly name: string }[],
  rows: readonly CompareRow[],
): string {
  return toCsv({
    columns: [{ name: 'field' }, ...runs.map(({ run, name }) => ({ name: `${name} ${run}` }))],
    rows: rows.map(({ label, values }) => [label, ...values.map((value) => value ?? null)]),
  });
}
