import { describe, expect, it } from 'vitest';
import { nearestIndex, readingsAt } from './cursor.ts';

describe('the linked cursor', () => {
  const line = (run: string, x: number[], y: number[]) => ({ run, name: run, colour: '#000000', x, y });
  const lines = [line('a', [0, 10, 20], [1, 2, 3]), line('b', [0, 10], [5, 4]), line('c', [15, 20], [0, 0])];
  it('finds the nearest point', () => {
    expect(nearestIndex([0, 10, 20], 14)).toBe(1);
    expect(nearestIndex([0, 10, 20], 16)).toBe(2);
    expect(nearestIndex([0, 10, 20], -5)).toBe(0);
    expect(nearestIndex([0, 10, 20], 99)).toBe(2);
    expect(nearestIndex([7], 1)).toBe(0);
    expect(nearestIndex([], 1)).toBe(-1);
  });
  it('puts the value nearest to the pointer first, the largest on other charts', () => {
    const place = (value: number) => value / 10;
    expect(readingsAt(lines, 9, 0.21, place, 0).map(({ run, value }) => [run, value])).toEqual([
      ['a', 2],
      ['b', 4],
    ]);
    expect(readingsAt(lines, 9, null, place, 0).map(({ run }) => run)).toEqual(['b', 'a']);
  });
  it('says nothing for a line that has ended or not begun, nor of a gap', () => {
    expect(readingsAt(lines, 17, null, (value) => value, 0).map(({ run }) => run)).toEqual(['a', 'c']);
    expect(readingsAt([line('d', [0, 1], [Number.NaN, 1])], 0, null, (value) => value, 0)).toEqual([]);
    expect(readingsAt([line('e', [0, 10], [1, 1])], 11, null, (value) => value, 2)).toHaveLength(1);
  });
});
