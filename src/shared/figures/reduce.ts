/** Curves made fit to draw: fewer points without losing spikes, and smoothing that neither lags at the start nor bends a constant. */
import type { Curve } from '../run/metrics.ts';

/** Min, max and last per bucket, in order of x; what a raw curve is drawn from. */
export interface BucketedCurve {
  readonly x: readonly number[];
  readonly min: readonly number[];
  readonly max: readonly number[];
  readonly last: readonly number[];
}

/** Points of a curve whose values are finite and whose x lies within [from, to]. Filtering comes before bucketing. */
export function finiteCurve(
  curve: Curve,
  from = Number.NEGATIVE_INFINITY,
  to = Number.POSITIVE_INFINITY,
): Curve {
  const keep = curve.x.flatMap((x, index) => {
    const values = [curve.last[index]!, curve.min[index]!, curve.max[index]!];
    return Number.isFinite(x) && x >= from && x <= to && values.every(Number.isFinite) ? [index] : [];
  });
  if (keep.length === curve.x.length) return curve;
  const pick = (values: readonly number[]): number[] => keep.map((index) => values[index]!);
  return {
    ...curve,
    x: pick(curve.x),
    last: pick(curve.last),
    min: pick(curve.min),
    max: pick(curve.max),
    steps: pick(curve.steps),
  };
}

/**
 * Pieces of a curve in which x does not run backwards. A resumed run that kept points past its checkpoint draws as two
 * lines, not as one that doubles back.
 */
export function forwardPieces(curve: Curve): Curve[] {
  const pieces: Curve[] = [];
  let start = 0;
  for (let index = 1; index <= curve.x.length; index++) {
    if (index < curve.x.length && curve.x[index]! >= curve.x[index - 1]!) continue;
    if (index > start) {
      pieces.push({
        ...curve,
        x: curve.x.slice(start, index),
        last: curve.last.slice(start, index),
        min: curve.min.slice(start, index),
        max: curve.max.slice(start, index),
        steps: curve.steps.slice(start, index),
      });
    }
    start = index;
  }
  return pieces;
}

/**
 * Joins neighbouring points into at most `buckets` equal stretches of the axis (of its logarithm on a log axis). Every
 * minimum and maximum survives; the first and last points stay points of their own.
 */
export function bucketCurve(
  curve: BucketedCurve,
  buckets: number,
  scale: 'linear' | 'log' = 'linear',
): BucketedCurve {
  const count = curve.x.length;
  if (count <= buckets || count < 3) return curve;
  const position = (x: number): number => (scale === 'log' ? Math.log(Math.max(x, Number.MIN_VALUE)) : x);
  const low = position(curve.x[0]!);
  const span = position(curve.x[count - 1]!) - low;
  const x: number[] = [];
  const min: number[] = [];
  const max: number[] = [];
  const last: number[] = [];
  let current = -1;
  for (let index = 0; index < count; index++) {
    const share = span === 0 ? 0 : (position(curve.x[index]!) - low) / span;
    const inner = Math.min(buckets - 3, Math.floor(share * (buckets - 2)));
    const bucket = index === 0 ? 0 : index === count - 1 ? buckets - 1 : inner + 1;
    if (bucket !== current) {
      current = bucket;
      x.push(curve.x[index]!);
      min.push(curve.min[index]!);
      max.push(curve.max[index]!);
      last.push(curve.last[index]!);
      continue;
    }
    const end = x.length - 1;
    x[end] = curve.x[index]!;
    min[end] = Math.min(min[end]!, curve.min[index]!);
    max[end] = Math.max(max[end]!, curve.max[index]!);
    last[end] = curve.last[index]!;
  }
  return { x, min, max, last };
}

/** Half-life of the smoothing of a loss curve: 1 % of the steps it spans, at least 2 steps. */
export function defaultHalfLife(steps: readonly number[]): number {
  if (steps.length < 2) return 2;
  return Math.max(2, 0.01 * (steps[steps.length - 1]! - steps[0]!));
}

/**
 * Debiased exponential moving average over steps: a value's weight halves every `halfLife` steps, and dividing by the sum
 * of weights keeps a constant constant from the first point on. Uneven steps weigh by their distance.
 */
export function smooth(steps: readonly number[], values: readonly number[], halfLife: number): number[] {
  let total = 0;
  let weight = 0;
  return values.map((value, index) => {
    const distance = index === 0 ? 0 : Math.max(0, steps[index]! - steps[index - 1]!);
    const decay = 0.5 ** (distance / halfLife);
    total = total * decay + value;
    weight = weight * decay + 1;
    return total / weight;
  });
}

/** The value below which a share of the values lies (nearest rank). */
export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  const rank = Math.min(sorted.length - 1, Math.max(0, Math.ceil(share * sorted.length) - 1));
  return sorted[rank]!;
}
