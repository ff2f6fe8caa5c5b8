/** What part of a chart is shown: a vertical range without outliers, and the points within a zoomed range. */

export interface Range {
  readonly from: number;
  readonly to: number;
}

const tail = 0.025; // on either side

/**
 * The range of the middle 95 % of the values, with a little air, for an axis that ignores outliers. null: too few values
 * to tell an outlier, or all the same.
 */
export function inlierRange(values: readonly number[], log: boolean): [number, number] | null {
  const sorted = values
    .filter((value) => Number.isFinite(value) && (!log || value > 0))
    .map((value) => (log ? Math.log10(value) : value))
    .sort((a, b) => a - b);
  if (sorted.length < 10) return null;
  const [low, high] = [quantile(sorted, tail), quantile(sorted, 1 - tail)];
  if (!(high > low)) return null;
  const air = 0.06 * (high - low);
  return [low - air, high + air];
}

/** Of values in ascending order, linear between neighbours. */
export function quantile(sorted: readonly number[], share: number): number {
  const place = share * (sorted.length - 1);
  const index = Math.floor(place);
  const [below, above] = [sorted[index]!, sorted[Math.min(index + 1, sorted.length - 1)]!];
  return below + (place - index) * (above - below);
}

/** Indices from one point before the range to one after it, so that the line runs on to both edges. */
export function indicesWithin(x: readonly number[], range: Range | null): [first: number, end: number] {
  if (range === null) return [0, x.length];
  let first = x.findIndex((value) => value >= range.from);
  if (first === -1) first = x.length;
  let end = x.findIndex((value) => value > range.to);
  if (end === -1) end = x.length;
  return [Math.max(0, first - 1), Math.min(x.length, end + 1)];
}

/** What to ask for to draw a zoomed range: more before it, so that smoothing has warmed up, and a little after it. */
export function widened({ from, to }: Range): Range {
  const before = from - 0.5 * (to - from);
  return { from: from > 0 ? Math.max(0, before) : before, to: to + 0.05 * (to - from) };
}
