import { describe, expect, it } from 'vitest';
import type { RunDetail } from '../../shared/rpc/contract.ts';
import { compareRuns } from './compare.ts';

/** Only what is compared; the rest of a run's detail plays no part. */
const run = (name: string, learningRate: number, data: string[], loss: number | null): RunDetail =>
  ({
    run: name,
    state: 'finished',
    loss,
    configuration: { learningRate, data: data.map((set) => ({ name: set, weight: 1 })) },
    architecture: { width: 64, blocks: [{ ffn: { kind: 'dense' } }] },
  }) as unknown as RunDetail;

describe('compareRuns', () => {
  it('gives only the fields that differ, by path, in the order of the runs', () => {
    const rows = compareRuns([run('a', 1e-3, ['x'], 2), run('b', 3e-3, ['x'], 3)]);
    expect(rows).toEqual([
      { path: 'configuration.learningRate', values: [1e-3, 3e-3] },
      { path: 'summary.loss', values: [2, 3] },
    ]);
  });

  it('shows a field that only one run has', () => {
    const rows = compareRuns([run('a', 1e-3, ['x'], 2), run('b', 1e-3, ['x', 'y'], 2)]);
    expect(rows.map((row) => row.path)).toEqual(['configuration.data.1.name', 'configuration.data.1.weight']);
    expect(rows[0]?.values).toEqual([undefined, 'y']);
  });

  it('is empty for equal runs', () => {
    expect(compareRuns([run('a', 1e-3, ['x'], 2), run('b', 1e-3, ['x'], 2)])).toEqual([]);
  });
});
