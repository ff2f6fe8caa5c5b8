import { describe, expect, it } from 'vitest';
import { axesWorth, brushBetween, dimensionOf, passing, placeOf, ticksOf } from './parallel.ts';

describe('parallel coordinates', () => {
  it('scales numbers, in logarithms where asked and possible', () => {
    const linear = dimensionOf('width', [10, 1000, null, 505], false);
    expect(linear.kind).toBe('number');
    expect(placeOf(linear, 505)).toBeCloseTo(0.5);
    const log = dimensionOf('width', [10, 1000], true);
    expect(placeOf(log, 100)).toBeCloseTo(0.5);
    expect(dimensionOf('delta', [-1, 1], true).log).toBe(false);
    expect(placeOf(linear, null)).toBeNull();
    expect(placeOf(linear, Number.NaN)).toBeNull();
  });
  it('puts one value alone in the middle', () => {
    expect(placeOf(dimensionOf('seed', [7, 7], false), 7)).toBeCloseTo(0.5);
    expect(placeOf(dimensionOf('seed', [0], false), 0)).toBeCloseTo(0.5);
  });
  it('gives anything else a place for each category', () => {
    const kinds = dimensionOf('ffn.kind', ['moe', 'dense', 'moe', null], true);
    expect(kinds.categories).toEqual(['dense', 'moe']);
    expect([placeOf(kinds, 'dense'), placeOf(kinds, 'moe'), placeOf(kinds, 'hash')]).toEqual([
      0.25,
      0.75,
      null,
    ]);
    expect(dimensionOf('warmup', [10, 'auto'], false).kind).toBe('category');
    expect(ticksOf(kinds, String).map((tick) => tick.text)).toEqual(['dense', 'moe']);
    expect(ticksOf(dimensionOf('a', [0, 4], false), String).map((tick) => tick.text)).toEqual([
      '0',
      '1',
      '2',
      '3',
      '4',
    ]);
  });
  it('lets only through what every brush holds', () => {
    const rows = [
      { id: 'a', places: [0.1, 0.9] },
      { id: 'b', places: [0.5, null] },
      { id: 'c', places: [0.6, 0.4] },
    ];
    expect(passing(rows, [null, null])).toEqual(['a', 'b', 'c']);
    expect(passing(rows, [{ low: 0.4, high: 0.6 }, null])).toEqual(['b', 'c']);
    expect(
      passing(rows, [
        { low: 0.4, high: 0.6 },
        { low: 0, high: 1 },
      ]),
    ).toEqual(['c']);
  });
  it('takes a drag for a brush, a click for none', () => {
    expect(brushBetween(0.8, 0.2)).toEqual({ low: 0.2, high: 0.8 });
    expect(brushBetween(-1, 2)).toEqual({ low: 0, high: 1 });
    expect(brushBetween(0.5, 0.505)).toBeNull();
  });
  it('offers the fields that differ', () => {
    const values: Record<string, number[]> = { a: [1, 1], b: [1, 2], c: [3, 4] };
    expect(axesWorth(['a', 'b', 'c'], (field) => values[field]!, 1)).toEqual(['b']);
  });
});
