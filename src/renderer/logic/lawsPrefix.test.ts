import { describe, expect, it } from 'vitest';
import { clampCount, countForKey, countNear, countOfStep, firstCount, spreadOver } from './lawsPrefix.ts';

const points = [1, 2, 4, 8, 16, 32, 64, 80, 100].map((step) => ({ step, tokens: 1000 * step }));

describe('prefix of a law', () => {
  it('begins at 40 % of an ended run, and with all of a live one', () => {
    expect(firstCount(points, 100_000, false)).toBe(6); // to step 32
    expect(firstCount(points, 400_000, true)).toBe(9);
  });

  it('never has fewer checkpoints than a law needs, nor more than there are', () => {
    expect(clampCount(points, 1)).toBe(5);
    expect(clampCount(points, 50)).toBe(9);
    expect(clampCount(points.slice(0, 3), 1)).toBe(3);
  });

  it('goes to the checkpoint that lies nearest on the axis as drawn', () => {
    expect(countNear(points, 23_000, false)).toBe(5); // 16 is 7 away, 32 is 9
    expect(countNear(points, 23_000, true)).toBe(6); // in log, 32 is nearer
    expect(countNear(points, 0, true)).toBe(5);
    expect(countNear(points, 1e9, true)).toBe(9);
  });

  it('finds a stored step again, also after further measurements', () => {
    expect(countOfStep(points, 40)).toBe(6);
    expect(countOfStep(points, 0)).toBeNull();
    expect(countOfStep(points, null)).toBeNull();
  });

  it('moves by arrows, pages and to the ends', () => {
    expect(countForKey('ArrowRight', points, 6, false)).toBe(7);
    expect(countForKey('ArrowLeft', points, 5, false)).toBe(5);
    expect(countForKey('Home', points, 8, false)).toBe(5);
    expect(countForKey('End', points, 6, false)).toBe(9);
    expect(countForKey('a', points, 6, false)).toBeNull();
  });

  it('spreads evenly and keeps the last', () => {
    expect(spreadOver([1, 2, 3, 4, 5, 6, 7, 8], 4)).toEqual([2, 4, 6, 8]);
    expect(spreadOver([1, 2], 4)).toEqual([1, 2]);
  });
});
