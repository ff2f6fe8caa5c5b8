/** The prefix that a law is fitted to: a count of measured checkpoints, moved by hand along the tokens. */
import { fewestCheckpoints } from '../../shared/run/studyPlan.ts';

interface Point {
  readonly step: number;
  readonly tokens: number;
}

/** Fewest checkpoints that the handle leaves in the prefix; all, where there are not so many. */
export function leastCount(points: readonly Point[]): number {
  return Math.min(points.length, fewestCheckpoints);
}

/** Where the handle stands at first: everything of a run that still trains, 40 % of one that has ended. */
export function firstCount(points: readonly Point[], horizon: number, live: boolean): number {
  if (live) return points.length;
  return clampCount(points, countUpTo(points, 0.4 * horizon));
}

export function countUpTo(points: readonly Point[], tokens: number): number {
  return points.filter((point) => point.tokens <= tokens).length;
}

export function clampCount(points: readonly Point[], count: number): number {
  return Math.max(leastCount(points), Math.min(points.length, count));
}

/** The count whose last checkpoint lies nearest to a place, on the axis as it is drawn. */
export function countNear(points: readonly Point[], tokens: number, log: boolean): number {
  const scaled = (value: number) => (log ? Math.log(Math.max(1e-9, value)) : value);
  let best = leastCount(points);
  let distance = Number.POSITIVE_INFINITY;
  points.forEach((point, index) => {
    const own = Math.abs(scaled(point.tokens) - scaled(tokens));
    if (own < distance && index + 1 >= leastCount(points)) [best, distance] = [index + 1, own];
  });
  return best;
}

/** The count that a stored step means; null where nothing is stored or nothing is measured so early. */
export function countOfStep(points: readonly Point[], step: number | null | undefined): number | null {
  if (step === null || step === undefined) return null;
  const count = points.filter((point) => point.step <= step).length;
  return count === 0 ? null : clampCount(points, count);
}

/** Steps of the handle by keyboard: one checkpoint, or a tenth of them. */
export function countForKey(
  key: string,
  points: readonly Point[],
  count: number,
  shift: boolean,
): number | null {
  const large = Math.max(1, Math.round(points.length / 10));
  const stride = shift ? large : 1;
  const moves: Readonly<Record<string, number>> = {
    ArrowRight: count + stride,
    ArrowUp: count + stride,
    ArrowLeft: count - stride,
    ArrowDown: count - stride,
    PageUp: count + large,
    PageDown: count - large,
    Home: 0,
    End: points.length,
  };
  const wanted = moves[key];
  return wanted === undefined ? null : clampCount(points, wanted);
}

/** Some checkpoints, evenly over their list, the last among them: those whose losses by position are drawn. */
export function spreadOver<Value>(values: readonly Value[], most: number): Value[] {
  if (values.length <= most) return [...values];
  return Array.from({ length: most }, (_, k) => values[Math.round(((k + 1) * values.length) / most) - 1]!);
}
