/** Hindcasts of many runs in few numbers: by share of the run that was read, and by method. */
import type { PredictionMethod } from './types.ts';

/** The part of a hindcast that is summed up. */
export interface ScoredHindcast {
  readonly fraction: number;
  readonly method: PredictionMethod;
  /** null: no prediction was possible. */
  readonly quality: {
    readonly r2: number | null;
    readonly mape: number;
    readonly finalRelativeError: number;
    readonly coverage95: number | null;
  } | null;
}

export interface HindcastSummary {
  readonly fraction: number;
  readonly method: PredictionMethod;
  /** Runs with a prediction, of how many that were tried. */
  readonly runs: number;
  readonly of: number;
  /** Median over runs of |predicted / observed - 1| of the final loss; null without runs. */
  readonly medianError: number | null;
  readonly medianMape: number | null;
  /** Mean over runs of the share of later checkpoints within the 95 % interval; null without intervals. */
  readonly coverage95: number | null;
}

/** In order of fraction, then of first appearance of the method. */
export function summariseHindcasts(rows: readonly ScoredHindcast[]): HindcastSummary[] {
  const fractions = [...new Set(rows.map(({ fraction }) => fraction))].sort((a, b) => a - b);
  const methods = [...new Set(rows.map(({ method }) => method))];
  return fractions.flatMap((fraction) =>
    methods.flatMap((method): HindcastSummary[] => {
      const own = rows.filter((row) => row.fraction === fraction && row.method === method);
      if (own.length === 0) return [];
      const scores = own.flatMap(({ quality }) => (quality === null ? [] : [quality]));
      const covered = scores.flatMap(({ coverage95 }) => (coverage95 === null ? [] : [coverage95]));
      return [
        {
          fraction,
          method,
          runs: scores.length,
          of: own.length,
          medianError: median(scores.map(({ finalRelativeError }) => Math.abs(finalRelativeError))),
          medianMape: median(scores.map(({ mape }) => mape)),
          coverage95: covered.length === 0 ? null : covered.reduce((a, b) => a + b, 0) / covered.length,
        },
      ];
    }),
  );
}

function median(values: readonly number[]): number | null {
  if (values.length === 0) return null;
  const sorted = [...values].sort((a, b) => a - b);
  const middle = (sorted.length - 1) / 2;
  return (sorted[Math.floor(middle)]! + sorted[Math.ceil(middle)]!) / 2;
}
