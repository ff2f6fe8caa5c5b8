import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { appendPoints, emptyCurve, halveCurve, hasBand, truncateCurve } from './curve.ts';

const point = (step: number, value: number) => ({
  step,
  tokens: step * 2048,
  flops: step * 1e9,
  seconds: step * 0.3,
  value,
});

describe('live curves', () => {
  it('appends new points on the axis of the curve and skips repeats', () => {
    const first = appendPoints(emptyCurve('train/loss', 'tokens'), [point(1, 7), point(2, 6)]);
    const second = appendPoints(first, [point(2, 6), point(3, 5)]);
    expect(second.steps).toEqual([1, 2, 3]);
    expect(second.x).toEqual([2048, 4096, 6144]);
    expect(second.last).toEqual([7, 6, 5]);
    expect(hasBand(second)).toBe(false);
  });

  it('stays below its limit and keeps both ends and every extreme', () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: -10, max: 10, noNaN: true }), { minLength: 1, maxLength: 400 }),
        (values) => {
          let curve = emptyCurve('train/loss', 'step');
          values.forEach((value, index) => {
            curve = appendPoints(curve, [point(index, value)], 32);
          });
          expect(curve.x.length).toBeLessThanOrEqual(32);
          expect(curve.last[0]).toBe(values[0]);
          expect(curve.last.at(-1)).toBe(values.at(-1));
          expect(Math.min(...curve.min)).toBe(Math.min(...values));
          expect(Math.max(...curve.max)).toBe(Math.max(...values));
          expect(curve.steps).toEqual([...curve.steps].sort((a, b) => a - b));
        },
      ),
    );
  });

  it('cuts what lies behind a rewind', () => {
    const curve = appendPoints(
      emptyCurve('train/loss', 'step'),
      [10, 20, 30, 40].map((step) => point(step, step)),
    );
    const cut = truncateCurve(curve, 20);
    expect(cut.steps).toEqual([10, 20]);
    expect(appendPoints(cut, [point(30, 3)]).last).toEqual([10, 20, 3]);
    expect(truncateCurve(curve, 99)).toBe(curve);
  });

  it('merges neighbours without losing an odd bucket', () => {
    const curve = appendPoints(
      emptyCurve('m', 'step'),
      [1, 2, 3, 4, 5, 6].map((step) => point(step, -step)),
    );
    const halved = halveCurve(curve);
    expect(halved.steps).toEqual([1, 3, 5, 6]);
    expect(halved.min).toEqual([-1, -3, -5, -6]);
    expect(halved.max).toEqual([-1, -2, -4, -6]);
    expect(hasBand(halved)).toBe(true);
  });
});
