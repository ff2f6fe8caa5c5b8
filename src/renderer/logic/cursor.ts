/** What the lines of a chart say at the place of the cursor. */
import type { Line } from './bands.ts';

export interface Named extends Line {
  readonly run: string;
  readonly name: string;
  readonly colour: string;
}

export interface Reading {
  readonly run: string;
  readonly name: string;
  readonly colour: string;
  /** x and y of the nearest point. */
  readonly x: number;
  readonly value: number;
  /** From the pointer, in shares of the axis; null when the pointer is on another chart. */
  readonly distance: number | null;
}

/** Index of the point nearest to `x` in ascending `points`; -1 when there is none. */
export function nearestIndex(points: readonly number[], x: number): number {
  let [low, high] = [0, points.length - 1];
  if (high < 0) return -1;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (points[middle]! <= x) low = middle;
    else high = middle;
  }
  return Math.abs(points[high]! - x) < Math.abs(x - points[low]!) ? high : low;
}

/**
 * The value of every line at the point nearest to `x`, nearest to the pointer first; on other charts, largest first. A line
 * that ends before `x`, or begins after it, says nothing.
 * `place` turns a value into a share of the axis; `pointer` is that of the pointer.
 */
export function readingsAt(
  lines: readonly Named[],
  x: number,
  pointer: number | null,
  place: (value: number) => number,
  slack: number,
): Reading[] {
  const readings = lines.flatMap((line): Reading[] => {
    const index = nearestIndex(line.x, x);
    const value = line.y[index];
    if (index < 0 || value === undefined || !Number.isFinite(value)) return [];
    if (x < line.x[0]! - slack || x > line.x.at(-1)! + slack) return [];
    const distance = pointer === null ? null : Math.abs(place(value) - pointer);
    return [{ run: line.run, name: line.name, colour: line.colour, x: line.x[index]!, value, distance }];
  });
  return readings.sort((a, b) => (a.distance ?? -a.value) - (b.distance ?? -b.value));
}
