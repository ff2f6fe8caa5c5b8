/**
 * Hindcasts: what would have been predicted from the first part of a finished run, by our law and by every baseline, against
 * what came. Only checkpoints of the prefix are read by a prediction, only later ones score it.
 */
import { FinegrainError } from '../errors.ts';
import { baselineMethods, predictBaseline } from './baselines.ts';
import { curveDraws, isCurve } from './curveIntervals.ts';
import { type PredictionDraws, predictionDraws, withIntervals } from './intervals.ts';
import { fitPositions, prefixOf } from './position.ts';
import { fitAndPredict, toPrediction } from './predict.ts';
import { type PredictionQuality, predictionQuality } from './quality.ts';
import type { LawOptions, ParameterSeries, Prediction, PredictionMethod, Trajectory } from './types.ts';

/** Shares of the run that are read (the paper file's `prefixFractions`). */
export const prefixFractions: readonly number[] = [0.05, 0.1, 0.2, 0.4];

export interface HindcastOptions {
  readonly fractions?: readonly number[];
  readonly law?: LawOptions;
  /** null: no intervals. Default 200 resamples, seed 0. */
  readonly intervals?: { readonly resamples: number; readonly seed: number } | null;
}

export interface HindcastRow {
  /** Share of the run's tokens that was read. */
  readonly fraction: number;
  /** Tokens and checkpoints that were read. */
  readonly tokens: number;
  readonly checkpoints: number;
  readonly method: PredictionMethod;
  /** At every later checkpoint; null where none was possible, and `reason` says why. */
  readonly prediction: Prediction | null;
  readonly reason: string | null;
  readonly quality: PredictionQuality | null;
  /**
   * For each later checkpoint the share of the draws below the loss that came, in [0, 1]: uniform if the intervals are
   * honest. null without intervals.
   */
  readonly below: readonly number[] | null;
}

export interface Hindcast {
  readonly set: string;
  /** Tokens of the last checkpoint. */
  readonly totalTokens: number;
  /** By fraction, our law first, then the baselines. */
  readonly rows: readonly HindcastRow[];
}

/** The host's name for it. */
export type RunHindcast = Hindcast;

type Draws = Pick<PredictionDraws, 'draws'>;
type Observed = readonly { readonly tokens: number; readonly loss: number }[];

/**
 * Hindcasts of one finished run. A prefix too short for a method gives a row with the reason. Throws `input.invalid` for
 * fewer than two checkpoints.
 */
export function hindcastRun(trajectory: Trajectory, options: HindcastOptions = {}): Hindcast {
  const { fractions = prefixFractions } = options;
  const last = trajectory.points.at(-1);
  if (last === undefined || trajectory.points.length < 2) {
    throw new FinegrainError(
      'input.invalid',
      `The run has ${trajectory.points.length} checkpoints on ${trajectory.set}; a hindcast needs two or more.`,
      'Train with measure.points of 30 or so.',
    );
  }
  const series = fitPositions(trajectory, options.law); // each checkpoint by itself: nothing of a later one enters
  const rows = fractions.flatMap((fraction): HindcastRow[] => {
    const prefix = prefixOf(series, fraction * last.tokens);
    const observed = series.tokens
      .map((tokens, k) => ({ tokens, loss: series.mean[k]! }))
      .slice(prefix.tokens.length);
    const row = { fraction, tokens: prefix.tokens.at(-1) ?? 0, checkpoints: prefix.tokens.length };
    const methods: PredictionMethod[] = ['temporal', ...baselineMethods];
    return methods.map((method) => ({
      ...row,
      method,
      ...scored(method, prefix, trajectory, observed, options),
    }));
  });
  return { set: trajectory.set, totalTokens: last.tokens, rows };
}

type Scored = Pick<HindcastRow, 'prediction' | 'reason' | 'quality' | 'below'>;

function scored(
  method: PredictionMethod,
  prefix: ParameterSeries,
  trajectory: Trajectory,
  observed: Observed,
  options: HindcastOptions,
): Scored {
  const nothing = (reason: string): Scored => ({ prediction: null, reason, quality: null, below: null });
  if (observed.length === 0) return nothing('No checkpoint lies behind the prefix.');
  if (prefix.tokens.length === 0) return nothing('No checkpoint lies in the prefix.');
  try {
    const { prediction, draws } = predict(method, prefix, trajectory, observed, options);
    return {
      prediction,
      reason: null,
      quality: predictionQuality(prediction.at, observed),
      below: draws === null ? null : observed.map(({ loss }, k) => shareBelow(draws, k, loss)),
    };
  } catch (error) {
    if (!(error instanceof FinegrainError) || error.code !== 'input.invalid') throw error;
    return nothing(error.message);
  }
}

function predict(
  method: PredictionMethod,
  prefix: ParameterSeries,
  { schedule }: Trajectory,
  observed: Observed,
  options: HindcastOptions,
): { prediction: Prediction; draws: Draws | null } {
  const at = observed.map(({ tokens }) => tokens);
  const { law = {} } = options;
  if (method !== 'temporal') {
    const baseline = baselineMethods.find((one) => one === method);
    if (baseline === undefined) throw new FinegrainError('input.invalid', `No method is named ${method}.`);
    const prediction = predictBaseline(baseline, prefix, schedule, at, { law });
    if (options.intervals === null || !isCurve(baseline)) return { prediction, draws: null };
    const draws = curveDraws(baseline, prefix, schedule, at, options.intervals);
    return { prediction: { ...prediction, at: withIntervals(prediction.at, { draws }) }, draws: { draws } };
  }
  const { fit, losses } = fitAndPredict(prefix, schedule, at, law);
  const prediction = toPrediction(prefix, schedule, fit, at, losses, law);
  if (options.intervals === null) return { prediction, draws: null };
  const draws = predictionDraws(prefix, fit, schedule, at, { ...options.intervals, law });
  return { prediction: { ...prediction, at: withIntervals(prediction.at, draws) }, draws };
}

/** Share of the draws at target `k` below `loss`; draws equal to it count half. */
function shareBelow({ draws }: Draws, k: number, loss: number): number {
  const below = draws.reduce((sum, row) => sum + (row[k]! < loss ? 1 : row[k]! === loss ? 0.5 : 0), 0);
  return below / draws.length;
}
