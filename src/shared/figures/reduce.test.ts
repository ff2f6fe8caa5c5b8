import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bucketCurve, finiteCurve, forwardPieces, quantile, smooth } from './reduce.ts';
import { testCurve } from './testRuns.ts';

const points = fc
  .array(fc.double({ min: -100, max: 100, noNaN: true }), { minLength: 1, maxLength: 400 })
  .map((values) =>
    testCurve(
      'train/loss',
      values.map((_, index) => index + 1),
      values,
    ),
  );

describe('bucketing', () => {
  it('keeps the extremes, the first and the last point, and no more than asked', () => {
    fc.assert(
      fc.property(
        points,
        fc.integer({ min: 4, max: 60 }),
        fc.constantFrom('linear', 'log'),
        (curve, most, scale) => {
          const drawn = bucketCurve(curve, most, scale as 'linear' | 'log');
          expect(drawn.x.length).toBeLessThanOrEqual(Math.max(most, curve.x.length < 3 ? curve.x.length : 0));
          expect(Math.max(...drawn.max)).toBe(Math.max(...curve.max));
          expect(Math.min(...drawn.min)).toBe(Math.min(...curve.min));
          expect([drawn.x[0], drawn.last[0]]).toEqual([curve.x[0], curve.last[0]]);
          expect([drawn.x.at(-1), drawn.last.at(-1)]).toEqual([curve.x.at(-1), curve.last.at(-1)]);
        },
      ),
    );
  });
});

describe('smoothing', () => {
  it('leaves a constant constant from the first point', () => {
    for (const value of smooth([1, 2, 5, 9], [3, 3, 3, 3], 4)) expect(value).toBeCloseTo(3, 12);
  });

  it('forgets half in a half-life', () => {
    // Weights 0.5 and 1 of values 0 and 3.
    expect(smooth([0, 10], [0, 3], 10)[1]).toBeCloseTo(2, 12);
  });

  it('weighs by distance in steps, not by number of points', () => {
    const dense = smooth([0, 1, 2, 3, 4], [1, 0, 0, 0, 0], 2).at(-1)!;
    const sparse = smooth([0, 4], [1, 0], 2).at(-1)!;
    expect(sparse).toBeCloseTo(0.25 / 1.25, 12);
    expect(dense).toBeLessThan(sparse);
  });
});

describe('curves that are not tidy', () => {
  it('split where x runs backwards', () => {
    const curve = testCurve('train/loss', [1, 2, 3, 2, 3, 4], [6, 5, 4, 5, 4, 3]);
    expect(forwardPieces(curve).map((piece) => piece.steps)).toEqual([
      [1, 2, 3],
      [2, 3, 4],
    ]);
  });

  it('drop what is not finite and what is out of range, before anything else', () => {
    const curve = testCurve('train/loss', [1, 2, 3, 4], [6, Number.NaN, 4, 3]);
    expect(finiteCurve(curve, 0, 3 * 2048).steps).toEqual([1, 3]);
  });

  it('have quantiles by nearest rank', () => {
    expect([0, 0.5, 1].map((share) => quantile([3, 1, 2], share))).toEqual([1, 2, 3]);
  });
});
