/** Candidates of a study ranked by predicted final loss, with the probability of being the best. */
import type { PredictedPoint, Trust } from '../laws/types.ts';
import { uniforms } from '../random.ts';
import { normal } from './mixture.ts';

export interface CandidatePrediction {
  readonly run: string;
  /** The last measurement that was read. */
  readonly step: number;
  /** Measured loss of the target there, nats per token. */
  readonly observed: number;
  /** Of the target at the final step; null where no law could be fitted, and `trust` says why. */
  readonly predicted: Omit<PredictedPoint, 'tokens'> | null;
  readonly identifiable: boolean;
  readonly trust: Trust;
}

export interface RankedCandidate extends CandidatePrediction {
  /** From 1; candidates without a prediction come last, by what was measured. */
  readonly rank: number;
  /** Probability that it ends with the lowest loss of all; null where it has no interval. */
  readonly chance: number | null;
}

/** Standard normal scores of the quantiles that a prediction states. */
const score95 = 1.959964;
const score50 = 0.67449;

/**
 * Best first. The chance is estimated by `draws` joint draws, each candidate's final loss drawn by itself from the
 * distribution whose quantiles are the prediction's interval ends (normal between and beyond them). Errors that the
 * candidates share would cancel in a comparison, so that taking them as independent makes the chances cautious.
 */
export function rankCandidates(
  predictions: readonly CandidatePrediction[],
  { draws = 4000, seed = 0 }: { readonly draws?: number; readonly seed?: number } = {},
): RankedCandidate[] {
  const chances = chancesOfBest(predictions, draws, seed);
  const key = ({ predicted, observed }: CandidatePrediction): [number, number] =>
    predicted === null ? [1, observed] : [0, predicted.loss];
  return predictions
    .map((prediction, at) => ({ ...prediction, chance: chances[at]! }))
    .sort((a, b) => {
      const [left, right] = [key(a), key(b)];
      return left[0] - right[0] || left[1] - right[1];
    })
    .map((prediction, at) => ({ ...prediction, rank: at + 1 }));
}

function chancesOfBest(
  predictions: readonly CandidatePrediction[],
  draws: number,
  seed: number,
): (number | null)[] {
  const quantiles = predictions.map(({ predicted }) => (predicted === null ? null : knots(predicted)));
  const known = quantiles.filter((found) => found !== null).length;
  if (known === 0) return predictions.map(() => null);
  const next = uniforms(seed, 'study ranking');
  const wins = predictions.map(() => 0);
  for (let draw = 0; draw < draws; draw++) {
    let best = -1;
    let lowest = Number.POSITIVE_INFINITY;
    for (const [at, found] of quantiles.entries()) {
      if (found === null) continue;
      const value = valueAt(found, normal(next));
      if (value < lowest) [best, lowest] = [at, value];
    }
    wins[best]!++;
  }
  return wins.map((count, at) => (quantiles[at] === null ? null : count / draws));
}

type Knots = readonly (readonly [score: number, value: number])[];

/** Null without a 95 % interval. Ends are put in order, should a resampled median lie outside them. */
function knots({ loss, low50, high50, low95, high95 }: Omit<PredictedPoint, 'tokens'>): Knots | null {
  if (low95 === undefined || high95 === undefined) return null;
  const values =
    low50 === undefined || high50 === undefined
      ? [low95, loss, high95]
      : [low95, low50, loss, high50, high95];
  const scores = values.length === 3 ? [-score95, 0, score95] : [-score95, -score50, 0, score50, score95];
  const ordered = [...values].sort((a, b) => a - b);
  return scores.map((score, at) => [score, ordered[at]!] as const);
}

/** Linear between the knots in the normal score, and on beyond the outer two. */
function valueAt(found: Knots, score: number): number {
  let at = 1;
  while (at < found.length - 1 && score > found[at]![0]) at++;
  const [left, low] = found[at - 1]!;
  const [right, high] = found[at]!;
  return low + ((score - left) / (right - left)) * (high - low);
}
