import { describe, expect, it } from 'vitest';
import { indicesWithin, inlierRange, quantile, widened } from './chartRange.ts';

describe('ranges of charts', () => {
  const values = Array.from({ length: 100 }, (_, index) => 1 + index / 100);
  it('leaves one spike out of a hundred out of the range', () => {
    const [low, high] = inlierRange([...values, 1000], false)!;
    expect(high).toBeLessThan(2.2);
    expect(low).toBeGreaterThan(0.9);
  });
  it('is in powers of ten on a logarithmic axis, without what it cannot show', () => {
    const [low, high] = inlierRange([...values, 0, -1, Number.NaN, Number.POSITIVE_INFINITY], true)!;
    expect(low).toBeGreaterThan(-0.1);
    expect(high).toBeLessThan(0.35);
  });
  it('does not judge few values, or equal ones', () => {
    expect(inlierRange([1, 2, 3], false)).toBeNull();
    expect(inlierRange(Array(50).fill(2), false)).toBeNull();
  });
  it('asks for more than is shown, from 0 on', () => {
    expect(widened({ from: 100, to: 200 })).toEqual({ from: 50, to: 205 });
    expect(widened({ from: 10, to: 210 }).from).toBe(0);
  });
  it('interpolates quantiles', () => {
    expect(quantile([1, 2, 3, 4], 0.5)).toBe(2.5);
    expect(quantile([1], 0.9)).toBe(1);
  });
  it('keeps a neighbour on either side of a zoomed range', () => {
    expect(indicesWithin([0, 1, 2, 3, 4], { from: 1.5, to: 2.5 })).toEqual([1, 4]);
    expect(indicesWithin([0, 1, 2], null)).toEqual([0, 3]);
    expect(indicesWithin([0, 1, 2], { from: 5, to: 6 })).toEqual([2, 3]);
    expect(indicesWithin([], { from: 0, to: 1 })).toEqual([0, 0]);
  });
});
