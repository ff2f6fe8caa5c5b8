import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { smooth } from './smoothing.ts';

describe('smooth', () => {
  it('leaves a constant series constant and starts at the first value', () => {
    for (const value of smooth(Array(50).fill(3.7), 0.98)) expect(value).toBeCloseTo(3.7, 10);
    expect(smooth([5, 1, 1], 0.9)[0]).toBeCloseTo(5, 12);
  });
  it('stays between the extremes of what it has seen', () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: -100, max: 100, noNaN: true }), { minLength: 1 }),
        fc.double({ min: 0, max: 0.999, noNaN: true }),
        (values, weight) => {
          smooth(values, weight).forEach((value, index) => {
            const seen = values.slice(0, index + 1);
            expect(value).toBeGreaterThanOrEqual(Math.min(...seen) - 1e-9);
            expect(value).toBeLessThanOrEqual(Math.max(...seen) + 1e-9);
          });
        },
      ),
    );
  });
  it('passes gaps through without letting them into the average', () => {
    const smoothed = smooth([2, Number.NaN, 2], 0.9);
    expect(smoothed[1]).toBeNaN();
    expect(smoothed[2]).toBeCloseTo(2, 12);
  });
});
