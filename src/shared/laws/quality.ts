/**
 * How good a prediction was, at checkpoints after its prefix (definitions of the paper's file, section 4; MAPE and coverage
 * are ours).
 */
import type { PredictedPoint } from './types.ts';

export interface PredictionQuality {
  /** Checkpoints compared. */
  readonly points: number;
  /** 1 - sum (y - yhat)^2 / sum (y - mean y)^2; null when there is one point, or all losses are the same. */
  readonly r2: number | null;
  /** Mean squared error, nats^2. */
  readonly mse: number;
  /** Mean of |y - yhat| / y, a share (0.01 is 1 %). */
  readonly mape: number;
  /** yhat - y at the last checkpoint, nats: positive when the run ended better than predicted. */
  readonly finalError: number;
  /** |yhat - y| / y at the last checkpoint. */
  readonly finalRelativeError: number;
  /** Shares of checkpoints inside the intervals; null when the prediction has none. */
  readonly coverage50: number | null;
  readonly coverage95: number | null;
  /** Whether the last checkpoint lies inside; null as above. */
  readonly finalInside50: boolean | null;
  readonly finalInside95: boolean | null;
}

/** Whether a loss lies in the prediction's interval of the level; null when the prediction has none. */
export function inside(point: PredictedPoint, level: 50 | 95, loss: number): boolean | null {
  const [low, high] = level === 50 ? [point.low50, point.high50] : [point.low95, point.high95];
  if (low === undefined || high === undefined) return null;
  return low <= loss && loss <= high;
}

/**
 * Compares predictions with the losses then measured, one to one and in order of tokens. The caller gives later checkpoints
 * only. Throws RangeError when there are none, or the tokens differ.
 */
export function predictionQuality(
  predicted: readonly PredictedPoint[],
  observed: readonly { readonly tokens: number; readonly loss: number }[],
): PredictionQuality {
  if (observed.length === 0 || predicted.length !== observed.length) {
    throw new RangeError(`${predicted.length} predictions for ${observed.length} measured losses`);
  }
  const mean = observed.reduce((sum, { loss }) => sum + loss, 0) / observed.length;
  let [squares, total, relative] = [0, 0, 0];
  for (const [i, { tokens, loss }] of observed.entries()) {
    const point = predicted[i]!;
    if (point.tokens !== tokens)
      throw new RangeError(`prediction ${i} is for ${point.tokens} tokens, not ${tokens}`);
    squares += (loss - point.loss) ** 2;
    total += (loss - mean) ** 2;
    relative += Math.abs(loss - point.loss) / loss;
  }
  const share = (level: 50 | 95) => {
    const hits = observed.map(({ loss }, i) => inside(predicted[i]!, level, loss));
    return hits.includes(null) ? null : hits.filter(Boolean).length / hits.length;
  };
  const [last, final] = [observed.at(-1)!, predicted.at(-1)!];
  return {
    points: observed.length,
    r2: total > 0 ? 1 - squares / total : null,
    mse: squares / observed.length,
    mape: relative / observed.length,
    finalError: final.loss - last.loss,
    finalRelativeError: Math.abs(final.loss - last.loss) / last.loss,
    coverage50: share(50),
    coverage95: share(95),
    finalInside50: inside(final, 50, last.loss),
    finalInside95: inside(final, 95, last.loss),
  };
}
