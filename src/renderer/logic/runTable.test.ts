import { describe, expect, it } from 'vitest';
import {
  arrange,
  describeStates,
  newestFirst,
  nextSort,
  type Row,
  rangeOf,
  sortRecords,
  visibleRange,
} from './runTable.ts';
import { testRecord } from './testRuns.ts';

const sweep = (values: Record<string, number>) => ({ sweep: 's1', name: 'rates', values });
const records = [
  testRecord({ run: 'd', createdAt: '2026-01-04', loss: null, validationLoss: null, state: 'queued' }),
  testRecord(
    { run: 'c', createdAt: '2026-01-03', loss: 1, validationLoss: 2.1, sweep: sweep({ learningRate: 0.01 }) },
    { learningRate: [0.01] },
  ),
  testRecord(
    {
      run: 'b',
      createdAt: '2026-01-02',
      loss: 2,
      validationLoss: 1.9,
      sweep: sweep({ learningRate: 0.1 }),
      state: 'running',
    },
    { learningRate: [0.1] },
  ),
  testRecord({ run: 'a', createdAt: '2026-01-01', loss: 3, methods: ['finedeep'] }, { learningRate: [0.01] }),
];
const plain = { sort: newestFirst, groupBy: null, toggled: new Set<string>() };
const shape = (rows: readonly Row[]) =>
  rows.map((row) => (row.kind === 'run' ? `${' '.repeat(row.depth)}${row.record.run.run}` : row.kind));
const ids = (list: typeof records) => list.map(({ run }) => run.run);

describe('the run table', () => {
  it('sorts by any field, unknown values last in both directions', () => {
    expect(ids(sortRecords(records, { field: 'loss', descending: false }))).toEqual(['c', 'b', 'a', 'd']);
    expect(ids(sortRecords(records, { field: 'loss', descending: true }))).toEqual(['a', 'b', 'c', 'd']);
    expect(ids(sortRecords(records, { field: 'learningRate', descending: true }))).toEqual([
      'b',
      'c',
      'a',
      'd',
    ]);
    expect(ids(sortRecords(records, newestFirst))).toEqual(['d', 'c', 'b', 'a']);
    expect(ids(sortRecords(records, { field: 'created', descending: false }))).toEqual(['a', 'b', 'c', 'd']);
  });

  it('walks a header through ascending, descending, newest first', () => {
    const first = nextSort(newestFirst, 'loss');
    expect([first, nextSort(first, 'loss'), nextSort(nextSort(first, 'loss'), 'loss')]).toEqual([
      { field: 'loss', descending: false },
      { field: 'loss', descending: true },
      newestFirst,
    ]);
  });

  it('folds the runs of a sweep under it, where the first of them would stand', () => {
    expect(shape(arrange(records, plain))).toEqual(['d', 'sweep', 'a']);
    const rows = arrange(records, { ...plain, toggled: new Set(['sweep s1']) });
    expect(shape(rows)).toEqual(['d', 'sweep', ' c', ' b', 'a']);
    expect(rows[1]).toMatchObject({ name: 'rates', open: true, best: { run: { run: 'b' } } });
    const parent = rows[1] as Extract<Row, { kind: 'sweep' }>;
    expect(describeStates(parent.records)).toBe('1 of 2 finished, 1 running');
  });

  it('groups by any field, groups in order of its values, unknown last', () => {
    const rows = arrange(records, { ...plain, groupBy: 'learningRate' });
    expect(shape(rows)).toEqual(['group', ' c', ' a', 'group', ' b', 'group', ' d']);
    expect(rows.filter((row) => row.kind === 'group').map((row) => row.label)).toEqual([
      'learningRate: 0.01',
      'learningRate: 0.1',
      'learningRate: –',
    ]);
    const folded = arrange(records, {
      ...plain,
      groupBy: 'method',
      toggled: new Set(['group method dense']),
    });
    expect(shape(folded)).toEqual(['group', 'group', ' a']);
  });

  it('takes ranges in either direction, over headings', () => {
    const rows = arrange(records, { ...plain, groupBy: 'learningRate' });
    expect(rangeOf(rows, 'b', 'c')).toEqual(['c', 'a', 'b']);
    expect(rangeOf(rows, 'gone', 'a')).toEqual(['a']);
  });

  it('draws what is in sight and a little beyond', () => {
    expect(visibleRange(500, { scroll: 0, height: 320, row: 32 })).toEqual({ first: 0, last: 24 });
    expect(visibleRange(500, { scroll: 3200, height: 320, row: 32 })).toEqual({ first: 88, last: 120 });
    expect(visibleRange(3, { scroll: 9999, height: 320, row: 32 })).toEqual({ first: 3, last: 3 });
    expect(visibleRange(0, { scroll: 0, height: 320, row: 32 })).toEqual({ first: 0, last: 0 });
    for (let scroll = 0; scroll < 15_000; scroll += 70) {
      const { first, last } = visibleRange(500, { scroll, height: 320, row: 32 });
      expect(first * 32).toBeLessThanOrEqual(Math.max(0, scroll - 8 * 32));
      expect(last).toBeGreaterThanOrEqual(Math.min(500, (scroll + 320) / 32 + 8));
    }
  });
});
