import { describe, expect, it } from 'vitest';
import type { Curve } from '../../shared/run/metrics.ts';
import { chartLines, linesTable } from './chartLines.ts';

const curve = (last: number[], spread = 0): Curve => ({
  metric: 'train/loss',
  axis: 'step',
  x: last.map((_, index) => index * 10),
  last,
  min: last.map((value) => value - spread),
  max: last.map((value) => value + spread),
  steps: last.map((_, index) => index * 10),
});
const look = { colour: '#000000', dash: 'solid' as const };
const options = { smoothing: 0.9, range: null, band: 'range' as const, singles: false };
const one = [{ key: 'run a', label: 'a', runs: ['a'] }];
const two = [{ key: 'both', label: 'both', runs: ['a', 'b'] }];
const draw = (
  groups: typeof one,
  curves: Record<string, Curve>,
  change: object = {},
  metric = 'train/loss',
) =>
  chartLines(
    groups,
    metric,
    (run) => curves[run],
    () => look,
    (group) => group.label,
    { ...options, ...change },
  );

describe('lines of a metric card', () => {
  it('are the raw line faint behind the smoothed one; a constant series stays constant', () => {
    const lines = draw(one, { a: curve(Array(50).fill(2.5)) });
    expect(lines.map((line) => line.role)).toEqual(['raw', 'line']);
    for (const value of lines[1]!.y) expect(value).toBeCloseTo(2.5, 12);
    expect(lines[1]!.y[0]).toBe(2.5);
  });
  it('show what a bucket held as a band', () => {
    expect(draw(one, { a: curve([1, 2], 0.5) }, { smoothing: 0 }).map((line) => line.role)).toEqual([
      'low',
      'high',
      'line',
    ]);
  });
  it('are a mean with its band for a group, single lines on demand', () => {
    const curves = { a: curve([1, 1]), b: curve([3, 3]) };
    const grouped = draw(two, curves);
    expect(grouped.map((line) => line.role)).toEqual(['low', 'high', 'line']);
    expect(grouped[2]!.y).toEqual([2, 2]);
    expect(draw(two, curves, { singles: true }).filter((line) => line.thin)).toHaveLength(2);
  });
  it('never smooth validation, and keep to the zoomed range', () => {
    const [points] = draw(one, { a: curve([4, 2, 1, 1]) }, { range: { from: 9, to: 11 } }, 'validation/loss');
    expect(points).toMatchObject({ role: 'points', x: [0, 10, 20], y: [4, 2, 1] });
  });
  it('are none for a run without points', () => {
    expect(draw(one, {})).toEqual([]);
    expect(draw(one, { a: curve([]) })).toEqual([]);
  });
  it('copy as a table', () => {
    const table = linesTable(draw(one, { a: curve([4]) }, { smoothing: 0 }), 'step', 'loss');
    expect(table.columns.map(({ name }) => name)).toEqual(['series', 'kind', 'step', 'loss']);
    expect(table.rows).toEqual([['a', 'line', 0, 4]]);
  });
});
