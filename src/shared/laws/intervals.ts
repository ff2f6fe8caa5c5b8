/**
 * Prediction intervals of the temporal law, from resampled fits. What they hold, and why:
 *
 * - **Noise of the checkpoints.** Residuals of a0, a1 and a2 are resampled together, checkpoint by checkpoint, as AR(1) noise
 *   with each innovation multiplied in place by a normal number (a wild bootstrap: early checkpoints stay noisier than late
 *   ones, and the three stay as correlated as they are). Plain moving blocks were too narrow here: with some tens of
 *   checkpoints a fit absorbs slow noise, so correlation and variance are matched through the fit (`seriesNoise`).
 * - **How well that noise is known.** Each draw's noise is scaled as Student's t over the effective degrees of freedom.
 * - **The refit**, theta (separation, rates) included. A moved a1 moves a0 and a2 with it, as their position fits would.
 * - **The choice of form.** Forms are drawn with weights 1 / (held-out squared error)^2: held-out checkpoints follow
 *   one another and count as four.
 * - **The checkpoint predicted** is measured with noise too, on the same held-out sequences. Their sampling error is shared by
 *   all checkpoints, so it is no part of the intervals: those are for the loss on these sequences.
 * - **A late piece not seen yet.** Where the learning rate falls between the prefix and the target and the prefix shows no late
 *   piece, the drop still predicted is uncertain by a fifth (log-normal; a round number of ours, as nothing in the prefix
 *   tells it).
 * - **A law that is wrong.** The law fitted to the first 60 % of the prefix predicts the rest; where it misses by more than twice its own spread,
 *   all intervals are widened, and `missed` says by how much. What only other runs can tell is added by `calibration.ts`.
 */
import { uniforms } from '../random.ts';
import { a0Registry, a1Registry, a2Registry, type FormContext, type TemporalForm } from './forms.ts';
import { normals, type SeriesNoise, seriesNoise, studentFactor } from './noise.ts';
import { meanShape, positionShapes, solveGiven } from './position.ts';
import { type FormSampler, formSampler } from './resample.ts';
import { annealedShare } from './schedule.ts';
import type {
  FormFit,
  LawOptions,
  ParameterFit,
  ParameterSeries,
  PositionLaw,
  PredictedPoint,
  Schedule,
  TemporalFit,
} from './types.ts';

export interface DrawOptions {
  /** Default 200. */
  readonly resamples?: number;
  readonly seed?: number;
  /** Of the fit, as given to `fitTemporal`. */
  readonly law?: LawOptions;
}

export interface PredictionDraws {
  /** Tokens of the predictions, [targets]. */
  readonly at: readonly number[];
  /** Mean losses that could be measured there, nats per token, [resamples][targets]. */
  readonly draws: readonly Float64Array[];
  /** By how many of its own standard deviations the law of the first 60 % missed the rest of the prefix; null if untested. */
  readonly missed: number | null;
  /** Factor by which the draws were spread for it, >= 1. */
  readonly widened: number;
  /** Whether the learning rate falls only behind the prefix, so that the drop still to come was made uncertain. */
  readonly unseenLatePiece: boolean;
}

/** Checkpoints are averaged in groups down to this many before resampling. */
const mostCheckpoints = 48;
/** Held-out checkpoints count as this many independent ones when forms are weighted. */
const independentHeldOut = 2;
const mostForms = 4;
/** Log-normal deviation of the drop still to come while the late piece of a2 is unknown. */
const unknownDrop = 0.2;
const testedShare = 0.6;
const testResamples = 60;

/** The checkpoints of a fit, pooled; all arrays [m]. */
interface Pooled {
  readonly tokens: readonly number[];
  readonly a0: Float64Array;
  readonly a1: Float64Array;
  readonly a2: Float64Array;
  readonly mean: Float64Array;
  readonly weights: readonly number[];
  readonly a1Weights: readonly number[];
  /** How a0 and a2 of the position fits answer to a1. */
  readonly slope0: Float64Array;
  readonly slope2: Float64Array;
}

/** A form to resample; coefficients null: fitted when it is needed. */
type Member = Pick<FormFit, 'form' | 'theta' | 'heldOut'> & {
  readonly coefficients: readonly number[] | null;
};

interface Fits {
  readonly a0: readonly Member[];
  readonly a1: readonly Member[];
  readonly a2: readonly Member[];
}

/**
 * Losses that could be measured at `at` tokens, if the law holds: `resamples` draws, the same for the same seed. `series` is
 * the prefix that `fit` was made of. 200 resamples over 500 checkpoints take some tens of milliseconds.
 */
export function predictionDraws(
  series: ParameterSeries,
  fit: TemporalFit,
  schedule: Schedule,
  at: readonly number[],
  options: DrawOptions = {},
): PredictionDraws {
  const { resamples = 200, seed = 0, law = {} } = options;
  const context: FormContext = { schedule, options: law };
  const pooled = pool(series, fit);
  const uniform = uniforms(seed, 'laws.intervals');
  const fits = { a0: plausible(fit.a0), a1: plausible(fit.a1), a2: plausible(fit.a2) };
  const missed = missedInside(pooled, fit, context, uniform);
  const widened = Math.min(10, Math.sqrt(1 + Math.max(0, (missed ?? 0) ** 2 - 4)));
  const draw = drawer(pooled, fits, fit, context, at, uniform, singleNoise(fit, pooled, context));
  const draws = Array.from({ length: resamples }, draw);
  if (widened > 1) spread(draws, widened);
  const unseen = unseenLatePiece(fit, schedule, at);
  if (unseen.includes(true)) scaleDrop(draws, unseen, series.mean.at(-1)!, uniform);
  const most = Math.max(...series.mean); // a resampled law may blow up; a loss above all that were measured is none
  for (const row of draws) for (let t = 0; t < row.length; t++) row[t] = Math.min(most, row[t]!);
  return { at, draws, missed, widened, unseenLatePiece: unseen.includes(true) };
}

/** Fills the intervals of `points` from draws at the same tokens; an interval always holds its prediction. */
export function withIntervals(
  points: readonly PredictedPoint[],
  { draws }: Pick<PredictionDraws, 'draws'>,
  levels: readonly number[] = [0.5, 0.95],
): PredictedPoint[] {
  return points.map((point, target) => {
    const sorted = Float64Array.from(draws, (row) => row[target]!).sort();
    const ends = (level: number): [number, number] => [
      Math.min(point.loss, quantile(sorted, (1 - level) / 2)),
      Math.max(point.loss, quantile(sorted, (1 + level) / 2)),
    ];
    const [half, most] = [levels.includes(0.5) ? ends(0.5) : null, levels.includes(0.95) ? ends(0.95) : null];
    return {
      ...point,
      ...(half === null ? {} : { low50: half[0], high50: half[1] }),
      ...(most === null ? {} : { low95: most[0], high95: most[1] }),
    };
  });
}

/** Quantile of ascending values, linear in between. */
export function quantile(sorted: ArrayLike<number>, share: number): number {
  const place = share * (sorted.length - 1);
  const low = Math.floor(place);
  const high = Math.min(sorted.length - 1, low + 1);
  return sorted[low]! + (place - low) * (sorted[high]! - sorted[low]!);
}

/** Forms in play, at most `mostForms`: the chosen one first, the others if their held-out error gives them 5 % or more. */
function plausible<Id extends string>({ chosen, candidates }: ParameterFit<Id>): FormFit[] {
  const others = candidates.filter((fit) => fit.form !== chosen.form && weightBeside(chosen, fit) > 0.05);
  others.sort((a, b) => a.heldOut! - b.heldOut!);
  return [chosen, ...others.slice(0, mostForms - 1)];
}

/** Weight of a form relative to the chosen one, at most 1; 0 where either was not scored. */
function weightBeside(chosen: Pick<FormFit, 'heldOut'>, fit: Pick<FormFit, 'heldOut'>): number {
  if (fit === chosen) return 1;
  if (fit.heldOut === null || chosen.heldOut === null) return 0;
  return Math.min(1, ((chosen.heldOut + 1e-300) / (fit.heldOut + 1e-300)) ** (independentHeldOut / 2));
}

function formWeights(fits: readonly Member[]): number[] {
  const raw = fits.map((fit) => weightBeside(fits[0]!, fit));
  const sum = raw.reduce((a, b) => a + b, 0);
  return raw.map((value) => value / sum);
}

/** Groups of neighbouring checkpoints averaged (tokens too), with the slopes of a0 and a2 against a1 at their middle. */
function pool(series: ParameterSeries, { used }: TemporalFit): Pooled {
  const size = Math.max(1, Math.ceil(used.tokens.length / mostCheckpoints));
  const groups = Math.ceil(used.tokens.length / size);
  const average = (values: readonly number[]) =>
    Float64Array.from({ length: groups }, (_, g) => {
      const part = values.slice(g * size, (g + 1) * size);
      return part.reduce((a, b) => a + b, 0) / part.length;
    });
  const floor = (values: Float64Array) => {
    const least = 1e-6 * (values.reduce((a, b) => a + b, 0) / groups) || 1;
    return Array.from(values, (value) => Math.max(value, least));
  };
  const offset = series.tokens.length - used.tokens.length; // warm-up is no part of the fit
  const slopes = Array.from({ length: groups }, (_, g) => {
    const index = Math.min(used.tokens.length - 1, g * size + (size >> 1));
    const a1 = used.a1[index]!;
    const [low, high] = [0.98 * a1, 1.02 * a1];
    const [below, above] = [
      solveGiven(series, offset + index, low),
      solveGiven(series, offset + index, high),
    ];
    const width = high - low || 1;
    return [(above.a0 - below.a0) / width, (above.a2 - below.a2) / width] as const;
  });
  return {
    tokens: Array.from(average(used.tokens)),
    a0: average(used.a0),
    a1: average(used.a1),
    a2: average(used.a2),
    mean: average(used.mean),
    weights: floor(average(used.weights)),
    a1Weights: floor(average(used.a1Weights)),
    slope0: Float64Array.from(slopes, ([slope]) => slope),
    slope2: Float64Array.from(slopes, ([, slope]) => slope),
  };
}

const registries = { a0: a0Registry, a1: a1Registry, a2: a2Registry } as const;
type Parameter = keyof typeof registries;

interface Source {
  readonly sampler: FormSampler;
  readonly noise: SeriesNoise;
}

function lossOf(law: PositionLaw, positions: number, a0: number, a1: number, a2: number): number {
  const { low, high } = positionShapes[law];
  return Math.max(0, a0) * meanShape(law, Math.min(high, Math.max(low, a1)), positions) + Math.max(0, a2);
}

/** A function that makes one draw of the losses at `at`. `single`: noise of one checkpoint over that of a pooled one. */
function drawer(
  pooled: Pooled,
  fits: Fits,
  { law, positions }: Pick<TemporalFit, 'law' | 'positions'>,
  context: FormContext,
  at: readonly number[],
  uniform: () => number,
  single: number,
): () => Float64Array {
  const { tokens } = pooled;
  const m = tokens.length;
  const sources = (parameter: Parameter, places: readonly number[]): Source[] =>
    fits[parameter].map((fit) => {
      const form = registries[parameter][fit.form as never] as TemporalForm;
      const weights = parameter === 'a1' ? pooled.a1Weights : pooled.weights;
      const sampler = formSampler(form, fit, tokens, weights, pooled[parameter], places, context);
      const residuals = pooled[parameter].map((value, j) => value - sampler.base[j]!);
      return { sampler, noise: seriesNoise(residuals, sampler.tangent, weights) };
    });
  const ofA0 = sources('a0', at);
  const ofA1 = sources('a1', [...tokens, ...at]);
  const ofA2 = sources('a2', at);
  const shares = { a0: formWeights(fits.a0), a1: formWeights(fits.a1), a2: formWeights(fits.a2) };
  const base = tokens.map((_, j) =>
    lossOf(law, positions, ofA0[0]!.sampler.base[j]!, ofA1[0]!.sampler.base[j]!, ofA2[0]!.sampler.base[j]!),
  );
  const ofMean = seriesNoise(
    pooled.mean.map((value, j) => value - base[j]!),
    ofA2[0]!.sampler.tangent,
    pooled.weights,
  );
  const normal = normals(uniform);
  const pick = (weights: readonly number[]) => {
    let left = uniform();
    for (const [k, weight] of weights.entries()) {
      left -= weight;
      if (left < 0) return k;
    }
    return 0;
  };
  const [y0, y1, y2, steps] = [0, 1, 2, 3].map(() => new Float64Array(m)) as [
    Float64Array,
    Float64Array,
    Float64Array,
    Float64Array,
  ];
  const [v0, v1, v2] = [
    new Float64Array(at.length),
    new Float64Array(m + at.length),
    new Float64Array(at.length),
  ];
  const simulate = ({ sampler, noise }: Source, scale: number, y: Float64Array) => {
    let value = 0;
    for (let j = 0; j < m; j++) {
      value = noise.rho * value + noise.innovations[j]! * steps[j]! * scale;
      y[j] = sampler.base[j]! + value;
    }
  };
  return () => {
    const [s0, s1, s2] = [ofA0[pick(shares.a0)]!, ofA1[pick(shares.a1)]!, ofA2[pick(shares.a2)]!];
    const scale = studentFactor(ofMean.freedom, normal);
    for (let j = 0; j < m; j++) steps[j] = normal();
    simulate(s1, scale, y1);
    s1.sampler.sample(y1, v1);
    simulate(s0, scale, y0);
    simulate(s2, scale, y2);
    for (let j = 0; j < m; j++) {
      const moved = v1[j]! - s1.sampler.base[j]!;
      y0[j]! += pooled.slope0[j]! * moved;
      y2[j]! += pooled.slope2[j]! * moved;
    }
    s0.sampler.sample(y0, v0);
    s2.sampler.sample(y2, v2);
    const future = scale * single * ofMean.deviation;
    return Float64Array.from(at, (_, t) =>
      Math.max(0, lossOf(law, positions, v0[t]!, v1[m + t]!, v2[t]!) + future * normal()),
    );
  };
}

/** Noise of single checkpoints relative to that of the pooled ones, from the scatter of the measured mean about the law. */
function singleNoise({ used, ...fit }: TemporalFit, pooled: Pooled, context: FormContext): number {
  if (used.tokens.length === pooled.tokens.length) return 1;
  const residual = (tokens: number, mean: number) => {
    const value = (parameter: Parameter) => {
      const chosen = fit[parameter].chosen as FormFit;
      const form = registries[parameter][chosen.form as never] as TemporalForm;
      return form
        .columns(tokens, chosen.theta, context)
        .reduce((sum, column, k) => sum + column * chosen.coefficients[k]!, 0);
    };
    return (mean - lossOf(fit.law, fit.positions, value('a0'), value('a1'), value('a2'))) ** 2;
  };
  const rms = (tokens: readonly number[], mean: ArrayLike<number>) =>
    Math.sqrt(tokens.reduce((sum, at, j) => sum + residual(at, mean[j]!), 0) / tokens.length);
  const together = rms(pooled.tokens, pooled.mean);
  return together > 0 ? Math.max(1, rms(used.tokens, used.mean) / together) : 1;
}

/** See the head of this file, "A law that is wrong". */
function missedInside(
  pooled: Pooled,
  fit: TemporalFit,
  context: FormContext,
  uniform: () => number,
): number | null {
  const count = Math.floor(testedShare * pooled.tokens.length);
  if (count < 8) return null;
  const cut = <T extends readonly number[] | Float64Array>(values: T) => values.slice(0, count) as T;
  const early: Pooled = {
    tokens: cut(pooled.tokens),
    a0: cut(pooled.a0),
    a1: cut(pooled.a1),
    a2: cut(pooled.a2),
    mean: cut(pooled.mean),
    weights: cut(pooled.weights),
    a1Weights: cut(pooled.a1Weights),
    slope0: cut(pooled.slope0),
    slope2: cut(pooled.slope2),
  };
  const refit = (parameter: Parameter): Member[] => [{ ...fit[parameter].chosen, coefficients: null }];
  const fits = { a0: refit('a0'), a1: refit('a1'), a2: refit('a2') };
  const places = pooled.tokens.slice(count);
  const draw = drawer(early, fits, fit, context, places, uniform, 1);
  const draws = Array.from({ length: testResamples }, draw);
  let squares = 0;
  for (let t = 0; t < places.length; t++) {
    const centre = draws.reduce((sum, row) => sum + row[t]!, 0) / testResamples;
    const variance = draws.reduce((sum, row) => sum + (row[t]! - centre) ** 2, 0) / (testResamples - 1);
    squares += (pooled.mean[count + t]! - centre) ** 2 / (variance + 1e-24);
  }
  return Math.sqrt(squares / places.length);
}

/** For each target: does the rate fall from the prefix to it, while a2 has its early piece alone? */
function unseenLatePiece({ a2, used }: TemporalFit, schedule: Schedule, at: readonly number[]): boolean[] {
  const early = a2.chosen.theta[0] === Number.POSITIVE_INFINITY;
  const now = annealedShare(schedule, used.tokens.at(-1)!);
  return at.map((tokens) => early && annealedShare(schedule, tokens) < 0.98 * now);
}

/** Multiplies each draw's drop below `last` by one log-normal number, at the targets concerned. */
function scaleDrop(
  draws: readonly Float64Array[],
  concerned: readonly boolean[],
  last: number,
  uniform: () => number,
): void {
  const normal = normals(uniform);
  for (const row of draws) {
    const factor = Math.exp(unknownDrop * normal());
    for (const [t, yes] of concerned.entries())
      if (yes) row[t] = Math.max(0, last + factor * (row[t]! - last));
  }
}

/** Moves every draw away from the middle one of its target, by `factor`. */
function spread(draws: readonly Float64Array[], factor: number): void {
  const targets = draws[0]?.length ?? 0;
  for (let t = 0; t < targets; t++) {
    const middle = quantile(Float64Array.from(draws, (row) => row[t]!).sort(), 0.5);
    for (const row of draws) row[t] = Math.max(0, middle + factor * (row[t]! - middle));
  }
}
