/** Live curves: what the host sent in buckets, with new points appended, kept at a bounded number of buckets. */
import type { Curve, CurveAxis } from '../../shared/run/metrics.ts';

export interface AxisPoint {
  readonly step: number;
  readonly tokens: number;
  readonly flops: number;
  readonly seconds: number;
  readonly value: number;
}

export function emptyCurve(metric: string, axis: CurveAxis): Curve {
  return { metric, axis, x: [], last: [], min: [], max: [], steps: [] };
}

export function axisValue(point: AxisPoint, axis: CurveAxis): number {
  return axis === 'step' ? point.step : point[axis];
}

/**
 * The curve with new points at its end. Points at or before the last step are skipped: a live event may repeat what the
 * curve already had. (After a rewind the caller cuts the curve with `truncateCurve` first.)
 * Above `limit` buckets, neighbours are merged in pairs (min of mins, max of maxes, last of lasts).
 */
export function appendPoints(curve: Curve, points: readonly AxisPoint[], limit = 1600): Curve {
  if (points.length === 0) return curve;
  const x = [...curve.x];
  const last = [...curve.last];
  const min = [...curve.min];
  const max = [...curve.max];
  const steps = [...curve.steps];
  for (const point of points) {
    if ((steps.at(-1) ?? -1) >= point.step) continue;
    x.push(axisValue(point, curve.axis));
    last.push(point.value);
    min.push(point.value);
    max.push(point.value);
    steps.push(point.step);
  }
  const appended: Curve = { ...curve, x, last, min, max, steps };
  return appended.x.length > limit ? halveCurve(appended) : appended;
}

/** Merges neighbouring buckets; the first and the last stay as they are, so that both ends of the curve remain exact. */
export function halveCurve(curve: Curve): Curve {
  const count = curve.x.length;
  if (count < 4) return curve;
  const groups: number[][] = [[0]];
  for (let index = 1; index < count - 1; index += 2)
    groups.push(index + 1 < count - 1 ? [index, index + 1] : [index]);
  groups.push([count - 1]);
  const pick = (values: number[], group: number[]) => group.map((index) => values[index] as number);
  return {
    ...curve,
    x: groups.map((group) => pick(curve.x, group).at(-1) as number),
    last: groups.map((group) => pick(curve.last, group).at(-1) as number),
    min: groups.map((group) => Math.min(...pick(curve.min, group))),
    max: groups.map((group) => Math.max(...pick(curve.max, group))),
    steps: groups.map((group) => pick(curve.steps, group).at(-1) as number),
  };
}

/** The part of the curve up to and including `step`; what remains after a rewind. */
export function truncateCurve(curve: Curve, step: number): Curve {
  const end = curve.steps.findIndex((candidate) => candidate > step);
  if (end === -1) return curve;
  const cut = (values: number[]) => values.slice(0, end);
  return {
    ...curve,
    x: cut(curve.x),
    last: cut(curve.last),
    min: cut(curve.min),
    max: cut(curve.max),
    steps: cut(curve.steps),
  };
}

/** True where min or max of some bucket differ from its last value, so that a band is worth drawing. */
export function hasBand(curve: Curve): boolean {
  return curve.last.some((value, index) => curve.min[index] !== value || curve.max[index] !== value);
}
