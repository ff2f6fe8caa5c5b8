import { describe, expect, it } from 'vitest';
import { parseShares, placeOf, type Shares, sharesAt, simplexHeight } from './simplex.ts';

describe('simplex of three shares', () => {
  it('has the data sets at its corners, and the even mixture in its middle', () => {
    expect(placeOf([1, 0, 0])).toEqual({ x: 0, y: 0 });
    expect(placeOf([0, 1, 0])).toEqual({ x: 1, y: 0 });
    expect(placeOf([0, 0, 1])).toEqual({ x: 0.5, y: simplexHeight });
    const middle = placeOf([1 / 3, 1 / 3, 1 / 3]);
    expect(middle.x).toBeCloseTo(0.5, 12);
    expect(middle.y).toBeCloseTo(simplexHeight / 3, 12);
  });

  it('finds the shares of a place again, on multiples of the step', () => {
    for (const shares of [
      [0.5, 0.3, 0.2],
      [0, 0.05, 0.95],
      [0.35, 0.35, 0.3],
    ] as Shares[]) {
      sharesAt(placeOf(shares)).forEach((share, at) => {
        expect(share).toBeCloseTo(shares[at]!, 9);
      });
    }
  });

  it('brings every place into the triangle, and always sums to 1', () => {
    for (const x of [-1, 0.2, 0.5, 2]) {
      for (const y of [-1, 0.1, 0.4, 3]) {
        const shares = sharesAt({ x, y });
        expect(shares.reduce((a, b) => a + b, 0)).toBeCloseTo(1, 12);
        expect(Math.min(...shares)).toBeGreaterThanOrEqual(0);
      }
    }
  });

  it('reads typed shares', () => {
    expect(parseShares('5, 3, 2')).toEqual([0.5, 0.3, 0.2]);
    expect(parseShares('1 0 0')).toEqual([1, 0, 0]);
    expect(parseShares('1, 2')).toBeNull();
    expect(parseShares('0 0 0')).toBeNull();
    expect(parseShares('a b c')).toBeNull();
  });
});
