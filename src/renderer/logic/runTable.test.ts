import { describe, expect, it } from 'vitest';
import type { RunSummary } from '../../shared/rpc/contract.ts';
import { filterRuns, newestFirst, nextSort, rangeOf, sortRuns } from './runTable.ts';

const run = (id: string, change: Partial<RunSummary>) =>
  ({
    run: id,
    name: id,
    state: 'finished',
    createdAt: `2026-01-0${id.length}`,
    archived: false,
    step: 1,
    steps: 2,
    loss: null,
    device: 'cpu',
    ffnKinds: ['dense'],
    methods: ['dense'],
    ...change,
  }) as RunSummary;
const runs = [
  run('a', { loss: 3 }),
  run('bb', { loss: null, ffnKinds: ['finedeep'], methods: ['finedeep'] }),
  run('ccc', { loss: 1, archived: true }),
];
const ids = (list: readonly RunSummary[]) => list.map((entry) => entry.run);

describe('the run table', () => {
  it('filters by every word, and hides archived runs unless asked', () => {
    expect(ids(filterRuns(runs, '', false))).toEqual(['a', 'bb']);
    expect(ids(filterRuns(runs, 'fine FINISHED', false))).toEqual(['bb']);
    expect(ids(filterRuns(runs, 'ccc', true))).toEqual(['ccc']);
  });
  it('sorts unknown values last in both directions', () => {
    expect(ids(sortRuns(runs, { key: 'loss', descending: false }))).toEqual(['ccc', 'a', 'bb']);
    expect(ids(sortRuns(runs, { key: 'loss', descending: true }))).toEqual(['a', 'ccc', 'bb']);
    expect(ids(sortRuns(runs, newestFirst))).toEqual(['ccc', 'bb', 'a']);
  });
  it('walks a header through ascending, descending, newest first', () => {
    const first = nextSort(newestFirst, 'loss');
    expect([first, nextSort(first, 'loss'), nextSort(nextSort(first, 'loss'), 'loss')]).toEqual([
      { key: 'loss', descending: false },
      { key: 'loss', descending: true },
      newestFirst,
    ]);
  });
  it('takes ranges in either direction', () => {
    expect(rangeOf(runs, 'ccc', 'a')).toEqual(['a', 'bb', 'ccc']);
    expect(rangeOf(runs, 'gone', 'a')).toEqual(['a']);
  });
});
