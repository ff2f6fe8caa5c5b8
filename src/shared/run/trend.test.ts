import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { trendOf } from './trend.ts';

const number = fc.double({ min: -50, max: 50, noNaN: true });

describe('trend lines', () => {
  it('finds any straight line, and explains it wholly', () => {
    fc.assert(
      fc.property(number, number, (slope, intercept) => {
        const trend = trendOf(
          [1, 2, 5, 9].map((x) => ({ x, y: slope * x + intercept })),
          false,
          false,
        )!;
        expect(trend.slope).toBeCloseTo(slope, 6);
        expect(trend.intercept).toBeCloseTo(intercept, 6);
        // A slope lost in rounding explains nothing.
        if (Math.abs(slope) > 1e-3) expect(trend.r2).toBeCloseTo(1, 6);
      }),
    );
  });
  it('finds a power law on logarithmic axes', () => {
    const trend = trendOf(
      [10, 100, 1000].map((x) => ({ x, y: 3 * x ** -0.5 })),
      true,
      true,
    )!;
    expect(trend.slope).toBeCloseTo(-0.5, 12);
    expect(10 ** trend.intercept).toBeCloseTo(3, 10);
    expect(trend.line[1].y).toBeCloseTo(3 * 1000 ** -0.5, 10);
  });
  it('agrees with a textbook regression', () => {
    // Anscombe's first set.
    const x = [10, 8, 13, 9, 11, 14, 6, 4, 12, 7, 5];
    const y = [8.04, 6.95, 7.58, 8.81, 8.33, 9.96, 7.24, 4.26, 10.84, 4.82, 5.68];
    const trend = trendOf(
      x.map((value, index) => ({ x: value, y: y[index]! })),
      false,
      false,
    )!;
    expect(trend.slope).toBeCloseTo(0.5001, 4);
    expect(trend.intercept).toBeCloseTo(3.0001, 4);
    expect(trend.r2).toBeCloseTo(0.6665, 4);
  });
  it('is silent on two points, on one x, and on what a logarithm cannot show', () => {
    expect(
      trendOf(
        [
          { x: 1, y: 1 },
          { x: 2, y: 2 },
        ],
        false,
        false,
      ),
    ).toBeNull();
    expect(
      trendOf(
        [1, 2, 3].map((y) => ({ x: 4, y })),
        false,
        false,
      ),
    ).toBeNull();
    expect(
      trendOf(
        [-1, 0, 1, 2].map((x) => ({ x, y: 1 })),
        true,
        false,
      ),
    ).toBeNull();
    expect(
      trendOf(
        [1, 2, 3].map((x) => ({ x, y: 2 })),
        false,
        false,
      )?.r2,
    ).toBe(1);
  });
});
