import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bandOf, momentsOf, studentQuantile } from './bands.ts';

describe('bands over seeds', () => {
  const a = { x: [0, 10, 20], y: [4, 2, 1] };
  const b = { x: [0, 10, 20, 30], y: [6, 4, 3, 2] };
  it('means where every member has values, from least to most', () => {
    expect(bandOf([a, b], 'range')).toEqual({
      x: [0, 10, 20],
      mean: [5, 3, 2],
      low: [4, 2, 1],
      high: [6, 4, 3],
      members: 2,
    });
  });
  it('spans one sample standard deviation, or the interval of the mean by Student t', () => {
    const deviation = Math.SQRT2; // of 4 and 6, n - 1
    expect(bandOf([a, b], 'deviation')?.high[0]).toBeCloseTo(5 + deviation, 12);
    expect(bandOf([a, b], 'interval')?.high[0]).toBeCloseTo(5 + (12.706 * deviation) / Math.SQRT2, 9);
  });
  it('reads members between their points', () => {
    const band = bandOf(
      [
        { x: [0, 20], y: [0, 20] },
        { x: [0, 5, 10, 20], y: [0, 5, 10, 20] },
      ],
      'range',
    );
    expect(band?.mean).toEqual([0, 5, 10, 20]);
    expect(band?.low).toEqual(band?.high);
  });
  it('leaves out what is not finite, and knows nothing of nothing', () => {
    expect(bandOf([], 'range')).toBeNull();
    expect(bandOf([{ x: [1], y: [Number.NaN] }], 'range')).toBeNull();
    expect(bandOf([{ x: [1, 2, 3], y: [1, Number.NaN, 3] }], 'range')?.x).toEqual([1, 3]);
    expect(
      bandOf(
        [
          { x: [1, 2], y: [1, 1] },
          { x: [3, 4], y: [1, 1] },
        ],
        'range',
      )?.x,
    ).toEqual([]);
  });
  it('is flat for equal seeds, whatever the band', () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: -1e3, max: 1e3, noNaN: true }), { minLength: 2, maxLength: 20 }),
        fc.constantFrom('range' as const, 'deviation' as const, 'interval' as const),
        (y, kind) => {
          const line = { x: y.map((_, index) => index), y };
          const band = bandOf([line, line, line], kind)!;
          for (const [index, value] of y.entries()) {
            expect(band.low[index]).toBeCloseTo(value, 6);
            expect(band.high[index]).toBeCloseTo(value, 6);
          }
        },
      ),
    );
  });
  it('knows moments and quantiles', () => {
    expect(momentsOf([1])).toEqual({ mean: 1, deviation: 0 });
    expect(studentQuantile(0)).toBe(0);
    expect(studentQuantile(4)).toBe(2.776);
    // Tables: 2.021 for 40, 1.980 for 120.
    expect(studentQuantile(40)).toBeCloseTo(2.021, 3);
    expect(studentQuantile(120)).toBeCloseTo(1.98, 3);
  });
});
