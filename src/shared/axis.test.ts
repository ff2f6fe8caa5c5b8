import { describe, expect, it } from 'vitest';
import { type Axis, decades, pathOf, place, significant, valueAt } from './axis.ts';

const linear: Axis = { from: 0, to: 1, start: 10, end: 110, log: false };
const log: Axis = { from: 1e3, to: 1e7, start: 0, end: 400, log: true };

describe('axes', () => {
  it('place values, and find them again', () => {
    expect(place(linear, 0.25)).toBe(35);
    expect(valueAt(linear, 35)).toBeCloseTo(0.25);
    expect(place(log, 1e5)).toBeCloseTo(200);
    expect(valueAt(log, 200)).toBeCloseTo(1e5, 3);
  });

  it('keep a drag within their ends', () => {
    expect(valueAt(linear, -50)).toBe(0);
    expect(valueAt(log, 9999)).toBeCloseTo(1e7, 1);
  });

  it('mark powers of ten, and write paths', () => {
    expect(decades(log)).toEqual([1e3, 1e4, 1e5, 1e6, 1e7]);
    expect(decades({ ...log, from: 2e3, to: 9e4 })).toEqual([1e4]);
    expect(significant(2_123_456, 3)).toBe(2_120_000);
    expect(
      pathOf([
        [0, 1],
        [2.5, 3],
      ]),
    ).toBe('M0.00 1.00L2.50 3.00');
  });
});
