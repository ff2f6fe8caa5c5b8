/** A straight line through points, by least squares, on linear or logarithmic axes. */

export interface Point {
  readonly x: number;
  readonly y: number;
}

export interface Trend {
  /** In the scale of the axes: of log10 where an axis is logarithmic. */
  readonly slope: number;
  readonly intercept: number;
  /** Share of the variance of y (or log y) that the line explains. */
  readonly r2: number;
  readonly points: number;
  /** The line at the ends of the data, in the values' own scale. */
  readonly line: readonly [Point, Point];
}

/** null: fewer than three points that the axes can show, or all at one x. */
export function trendOf(points: readonly Point[], logX: boolean, logY: boolean): Trend | null {
  const usable = points
    .filter(({ x, y }) => Number.isFinite(x) && Number.isFinite(y) && (!logX || x > 0) && (!logY || y > 0))
    .map(({ x, y }) => ({ x: logX ? Math.log10(x) : x, y: logY ? Math.log10(y) : y }));
  if (usable.length < 3) return null;
  const mean = (pick: (point: Point) => number) =>
    usable.reduce((sum, point) => sum + pick(point), 0) / usable.length;
  const [meanX, meanY] = [mean((point) => point.x), mean((point) => point.y)];
  const sum = (pick: (dx: number, dy: number) => number) =>
    usable.reduce((total, { x, y }) => total + pick(x - meanX, y - meanY), 0);
  const [xx, xy, yy] = [sum((dx) => dx * dx), sum((dx, dy) => dx * dy), sum((_, dy) => dy * dy)];
  if (!(xx > 0)) return null;
  const slope = xy / xx;
  const intercept = meanY - slope * meanX;
  const at = (x: number): Point => {
    const y = intercept + slope * x;
    return { x: logX ? 10 ** x : x, y: logY ? 10 ** y : y };
  };
  const xs = usable.map((point) => point.x);
  return {
    slope,
    intercept,
    // A level line explains a level series wholly.
    r2: yy > 0 ? (xy * xy) / (xx * yy) : 1,
    points: usable.length,
    line: [at(Math.min(...xs)), at(Math.max(...xs))],
  };
}
