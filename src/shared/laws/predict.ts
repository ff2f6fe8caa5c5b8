/**
 * Predicts the loss later in training from the checkpoints of a prefix. Reconstruction (arXiv 2404.17785): log /
 * hyperbolic / piecewise-cosine family; equations ours. Whatever lies behind the prefix is dropped before any fit.
 */
import { type BaselineMethod, baselineMethods, predictBaseline } from './baselines.ts';
import { predictionDraws, withIntervals } from './intervals.ts';
import { mean, median } from './numeric.ts';
import { fitPositions } from './position.ts';
import { evaluateTemporal, fitTemporal } from './temporal.ts';
import type {
  LawOptions,
  ParameterSeries,
  Prediction,
  PredictionOptions,
  Schedule,
  TemporalFit,
  Trajectory,
  Trust,
} from './types.ts';

/** The trajectory up to `untilStep` and `untilTokens`; the rest is gone. */
export function cutTrajectory(
  trajectory: Trajectory,
  { untilStep, untilTokens }: PredictionOptions = {},
): Trajectory {
  const points = trajectory.points.filter(
    ({ step, tokens }) => step <= (untilStep ?? Infinity) && tokens <= (untilTokens ?? Infinity),
  );
  return { ...trajectory, points };
}

/**
 * Our law's prediction of the mean loss at token counts `at`. Throws `input.invalid` where the prefix has too few
 * checkpoints (both counts named) or the losses cannot be fitted.
 */
export function predictLoss(
  trajectory: Trajectory,
  at: readonly number[],
  options: PredictionOptions = {},
): Prediction {
  const cut = cutTrajectory(trajectory, options);
  return predictSeries(fitPositions(cut, options.law), trajectory.schedule, at, options);
}

/** All baselines whose parameters the prefix has checkpoints for. */
export function predictBaselines(
  trajectory: Trajectory,
  at: readonly number[],
  options: PredictionOptions = {},
): Prediction[] {
  const cut = cutTrajectory(trajectory, options);
  return predictSeriesBaselines(fitPositions(cut, options.law), trajectory.schedule, at, options);
}

/** `predictBaselines` from position fits made before, of the prefix only. */
export function predictSeriesBaselines(
  series: ParameterSeries,
  schedule: Schedule,
  at: readonly number[],
  options: PredictionOptions = {},
  methods: readonly BaselineMethod[] = baselineMethods,
): Prediction[] {
  const predictions: Prediction[] = [];
  for (const method of methods) {
    try {
      predictions.push(predictBaseline(method, series, schedule, at, options));
    } catch (error) {
      if ((error as { code?: string }).code !== 'input.invalid') throw error;
    }
  }
  return predictions;
}

/** `predictLoss` from position fits made before, of the prefix only (`prefixOf`): what the page calls while dragging. */
export function predictSeries(
  series: ParameterSeries,
  schedule: Schedule,
  at: readonly number[],
  options: PredictionOptions = {},
): Prediction {
  const { intervals, law } = options;
  const { fit, losses } = fitAndPredict(series, schedule, at, law);
  const prediction = toPrediction(series, schedule, fit, at, losses, law);
  if (intervals === null || intervals === undefined) return prediction;
  const { resamples, seed, levels } = intervals;
  const draws = predictionDraws(series, fit, schedule, at, {
    resamples,
    seed,
    ...(law === undefined ? {} : { law }),
  });
  return { ...prediction, at: withIntervals(prediction.at, draws, levels) };
}

/** The fit and its mean losses at token counts `at`: the seam for resampling and for callers that draw the fit. */
export function fitAndPredict(
  series: ParameterSeries,
  schedule: Schedule,
  at: readonly number[],
  options: LawOptions = {},
): { fit: TemporalFit; losses: number[] } {
  const fit = fitTemporal(series, schedule, options);
  return { fit, losses: at.map((tokens) => evaluateTemporal(fit, tokens, { schedule, options }).loss) };
}

/** What a caller is told about a fit and its losses at `at`. */
export function toPrediction(
  series: ParameterSeries,
  schedule: Schedule,
  fit: TemporalFit,
  at: readonly number[],
  losses: readonly number[],
  options: LawOptions = {},
): Prediction {
  const [a0, a1, a2] = [fit.a0.chosen, fit.a1.chosen, fit.a2.chosen];
  return {
    method: 'temporal',
    at: at.map((tokens, k) => ({ tokens, loss: losses[k]! })),
    identifiable: identifiable(fit, schedule, options),
    trust: trustIn(fit, series, schedule, at, losses, options),
    forms: { a0: a0.form, a1: a1.form, a2: a2.form },
    parameters: { ...a0.parameters, ...a1.parameters, ...a2.parameters },
    separation: fit.separation,
  };
}

/** Whether every part of the law that acts later could be told from the prefix. */
function identifiable(fit: TemporalFit, schedule: Schedule, options: LawOptions): boolean {
  return (
    'tokens' in fit.separation ||
    fit.a2.chosen.form === 'logPlusSchedule' ||
    schedule.kind === 'constant' ||
    options.separation === 'none'
  );
}

const percent = (share: number): string => `${Math.round(100 * share)} %`;

/** How far to trust a prediction, from facts about its fit, each of them named. */
function trustIn(
  fit: TemporalFit,
  series: ParameterSeries,
  schedule: Schedule,
  at: readonly number[],
  losses: readonly number[],
  options: LawOptions,
): Trust {
  const checkpoints = fit.used.tokens.length;
  const lastTokens = fit.used.tokens.at(-1)!;
  const lastMean = series.mean.at(-1)!;
  const reach = Math.max(...at, lastTokens) / lastTokens;
  const r2 = median(series.fits.slice(-checkpoints).map((one) => one.r2));
  const misfit = fit.meanResidual / mean(fit.used.mean);
  const against: string[] = [];
  const never: string[] = [];
  if (losses.some((loss) => !(loss > 0) || !Number.isFinite(loss)))
    never.push('the law predicts a loss of 0');
  if (reach > 25) never.push(`it reaches ${reach.toFixed(0)} times beyond the prefix`);
  if (losses.some((loss, k) => loss > 1.5 * lastMean && at[k]! > lastTokens)) {
    never.push('it rises far above the last measured loss');
  } else if (losses.some((loss, k) => loss > 1.02 * lastMean && at[k]! > lastTokens)) {
    against.push('it rises above the last measured loss');
  }
  if (checkpoints < 8) against.push(`only ${checkpoints} checkpoints lie behind the warm-up`);
  if (reach > 5.5 && reach <= 25) against.push(`it reaches ${reach.toFixed(1)} times beyond the prefix`);
  if (r2 < 0.5)
    against.push(
      `the position law explains ${percent(Math.max(0, r2))} of the differences between positions`,
    );
  if (misfit > 0.03) against.push(`the law misses the prefix by ${percent(misfit)}`);
  if (!identifiable(fit, schedule, options))
    against.push('the late piece of a2 cannot be told from this prefix');
  if (never.length > 0)
    return { level: 'none', sentence: `Not to be trusted: ${[...never, ...against].join('; ')}.` };
  if (against.length > 0) return { level: 'doubtful', sentence: `Doubtful: ${against.join('; ')}.` };
  return {
    level: 'good',
    sentence: `Fitted to ${checkpoints} checkpoints within ${(100 * misfit).toFixed(1)} %, reaching ${reach.toFixed(1)} times as far.`,
  };
}
