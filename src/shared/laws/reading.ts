/**
 * One set of one run's measurements, read with a law from a prefix: what the page draws while its handle is dragged, and
 * what the figures of laws draw. Reconstruction: log / hyperbolic / piecewise-cosine family; equations ours.
 */
import { type ErrorShape, toErrorShape } from '../errors.ts';
import { baselineMethods, predictBaseline } from './baselines.ts';
import { curveDraws, isCurve } from './curveIntervals.ts';
import { predictionDraws, withIntervals } from './intervals.ts';
import { fitPositions, prefixOf } from './position.ts';
import { fitAndPredict, toPrediction } from './predict.ts';
import { evaluateTemporal } from './temporal.ts';
import type {
  LawOptions,
  ParameterSeries,
  Prediction,
  PredictionMethod,
  Schedule,
  Separation,
  TemporalFit,
  Trajectory,
} from './types.ts';

export interface MeasuredPoint {
  readonly step: number;
  readonly tokens: number;
  /** Mean over positions, nats per token. */
  readonly loss: number;
  /** Lies in the prefix: the fit has seen it. */
  readonly used: boolean;
}

export const parameterNames = ['a0', 'a1', 'a2'] as const;
export type ParameterName = (typeof parameterNames)[number];

export interface ParameterTrack {
  readonly name: ParameterName;
  /** The form of its curve; null where none was fitted. */
  readonly form: string | null;
  readonly points: readonly { readonly tokens: number; readonly value: number; readonly used: boolean }[];
  readonly curve: readonly { readonly tokens: number; readonly value: number }[];
}

export interface LawReading {
  readonly set: string;
  /** Number of positions n. */
  readonly positions: number;
  readonly measured: readonly MeasuredPoint[];
  /** The last checkpoint that is used, and how many are. */
  readonly prefix: { readonly step: number; readonly tokens: number; readonly checkpoints: number };
  /** Tokens at which the run is planned to end. */
  readonly horizon: number;
  /** Our law first, where it could be fitted; each at the same tokens, the last of them the horizon. */
  readonly predictions: readonly Prediction[];
  /** Why our law was not fitted; null where it was. */
  readonly problem: ErrorShape | null;
  readonly parameters: readonly ParameterTrack[];
  readonly separation: Separation | null;
  /** Measured mean loss at the horizon; null before the run got there. */
  readonly truth: number | null;
}

export interface ReadingOptions {
  /** The last step that is read. */
  readonly untilStep: number;
  readonly law?: LawOptions;
  readonly intervals?: { readonly resamples: number; readonly seed: number } | null;
  /** false: only our law has intervals, as while the prefix moves. */
  readonly baselineIntervals?: boolean;
  /** Baselines to leave out: the costly ones while the prefix moves. */
  readonly without?: readonly PredictionMethod[];
  /** Places between prefix and horizon at which curves are evaluated. */
  readonly places?: number;
}

/**
 * `series`: the position fits of `trajectory` under the same law options, which do not change with the prefix; absent:
 * made here. Throws `input.invalid` where no checkpoint lies in the prefix.
 */
export function readLaw(
  trajectory: Trajectory,
  {
    untilStep,
    law = {},
    intervals = null,
    baselineIntervals = true,
    without = [],
    places = 60,
  }: ReadingOptions,
  series: ParameterSeries = fitPositions(trajectory, law),
): LawReading {
  const used = series.steps.filter((step) => step <= untilStep).length;
  const at = Math.max(0, used - 1);
  const prefix = { step: series.steps[at]!, tokens: series.tokens[at]!, checkpoints: used };
  const horizon = Math.max(trajectory.schedule.totalTokens, series.tokens.at(-1)!);
  const grid = tokenGrid(prefix.tokens, horizon, places);
  const seen = prefixOf(series, prefix.tokens);
  const { schedule } = trajectory;
  const measured = series.mean.map((loss, k) => ({
    step: series.steps[k]!,
    tokens: series.tokens[k]!,
    loss,
    used: k < used,
  }));
  let own: Prediction | null = null;
  let fit: TemporalFit | null = null;
  let problem: ErrorShape | null = null;
  try {
    const predicted = fitAndPredict(seen, schedule, grid, law);
    fit = predicted.fit;
    own = toPrediction(seen, schedule, fit, grid, predicted.losses, law);
    if (intervals !== null) {
      const draws = predictionDraws(seen, fit, schedule, grid, { ...intervals, law });
      own = { ...own, at: withIntervals(own.at, draws) };
    }
  } catch (error) {
    problem = toErrorShape(error);
  }
  const baselines = baselineMethods
    .filter((method) => !without.includes(method))
    .flatMap((method) => baseline(method, seen, schedule, grid, baselineIntervals ? intervals : null));
  const context = { schedule, options: law };
  const everywhere = tokenGrid(series.tokens[0]!, horizon, 2 * places);
  const curves =
    fit === null ? [] : everywhere.map((tokens) => ({ tokens, ...evaluateTemporal(fit, tokens, context) }));
  const parameters = parameterNames.map(
    (name): ParameterTrack => ({
      name,
      form: fit?.[name].chosen.form ?? null,
      points: series[name].map((value, k) => ({ tokens: series.tokens[k]!, value, used: k < used })),
      curve: curves.map((at) => ({ tokens: at.tokens, value: at[name] })),
    }),
  );
  const last = measured.at(-1)!;
  return {
    set: trajectory.set,
    positions: series.positions,
    measured,
    prefix,
    horizon,
    predictions: own === null ? baselines : [own, ...baselines],
    problem,
    parameters,
    separation: fit?.separation ?? null,
    truth: last.tokens >= horizon * (1 - 1e-9) && last.step > prefix.step ? last.loss : null,
  };
}

/** [] where the prefix has too few checkpoints for it. */
function baseline(
  method: (typeof baselineMethods)[number],
  seen: ParameterSeries,
  schedule: Schedule,
  grid: readonly number[],
  intervals: ReadingOptions['intervals'],
): Prediction[] {
  try {
    const prediction = predictBaseline(method, seen, schedule, grid, {});
    if (intervals == null || !isCurve(method)) return [prediction];
    const draws = curveDraws(method, seen, schedule, grid, intervals);
    return [{ ...prediction, at: withIntervals(prediction.at, { draws }) }];
  } catch (error) {
    if (toErrorShape(error).code !== 'input.invalid') throw error;
    return [];
  }
}

/** Token counts from `from` to `to`, both included, evenly spaced in their logarithm. */
export function tokenGrid(from: number, to: number, places: number): number[] {
  if (!(to > from)) return [to];
  const start = Math.max(from, to / 1e6);
  return Array.from({ length: places }, (_, k) =>
    k === places - 1 ? to : start * (to / start) ** (k / (places - 1)),
  );
}
