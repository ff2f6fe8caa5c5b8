/** What differs between runs: only the rows that do, settings first, then architecture, then results. */
import type { RunDetail } from '../../shared/rpc/contract.ts';

export interface Difference {
  readonly path: string;
  /** In the order of the runs; undefined where a run has no such field. */
  readonly values: unknown[];
}

const results = [
  'state',
  'step',
  'parameters',
  'activeParameters',
  'device',
  'loss',
  'validationLoss',
  'unigramEntropy',
  'tokensPerSecond',
] as const;

export function compareRuns(runs: readonly RunDetail[]): Difference[] {
  const flat = runs.map((run) => ({
    ...flatten(run.configuration, 'configuration'),
    ...flatten(run.architecture, 'architecture'),
    ...Object.fromEntries(results.map((name) => [`summary.${name}`, run[name]])),
  }));
  const paths = [...new Set(flat.flatMap((fields) => Object.keys(fields)))];
  return paths
    .map((path) => ({ path, values: flat.map((fields) => (fields as Record<string, unknown>)[path]) }))
    .filter(({ values }) => new Set(values).size > 1);
}

/** Leaves of a document by path: `configuration.data.0.name`. */
function flatten(value: unknown, path: string): Record<string, unknown> {
  if (typeof value !== 'object' || value === null) return { [path]: value };
  const leaves: Record<string, unknown> = {};
  for (const [key, inner] of Object.entries(value)) Object.assign(leaves, flatten(inner, `${path}.${key}`));
  return leaves;
}
