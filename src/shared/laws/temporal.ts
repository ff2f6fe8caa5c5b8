/**
 * The temporal law: one form for each of a0, a1 and a2 over the training tokens, fitted to the checkpoints of a prefix.
 * A form is linear but for theta: the least error over a grid of theta, then golden-section search about it. The forms are
 * chosen together, by how well those fitted to the first 70 % of the prefix predict the mean loss over the rest.
 */
import { FinegrainError } from '../errors.ts';
import { evaluateForm, fitForm } from './formFit.ts';
import {
  a0Registry,
  a1Registry,
  a2Registry,
  type FormContext,
  leastInPiece,
  separations,
  type TemporalForm,
} from './forms.ts';
import { mean, median } from './numeric.ts';
import { meanShape, positionShapes, sliceSeries, solveGiven } from './position.ts';
import { decayStart } from './schedule.ts';
import {
  type A0Form,
  type A1Form,
  type A2Form,
  a0Forms,
  a1Forms,
  a2Forms,
  type FormFit,
  type LawOptions,
  type ParameterFit,
  type ParameterSeries,
  type Schedule,
  type Separation,
  type TemporalFit,
  type UsedSeries,
} from './types.ts';

/** Share of the prefix's checkpoints that the fits are made on when forms are compared; the rest scores them. */
export const selectionShare = 0.7;
/** A separation must lower the squared error of a2 by this share, or the prefix does not show it. */
export const separationGain = 0.25;
/** Share of a2 at the end of the prefix that a believable late piece leaves at the horizon. */
export const leastLeft = 0.5;
/** Forms other than the simplest are taken if they lower the held-out squared error by this share. */
export const choiceGain = 0.5;
/** With fewer checkpoints a choice by held-out error is chance: the simplest forms are taken. */
export const leastForChoice = 16;
/** Least share of the differences between positions that the position law must explain (median over checkpoints). */
export const leastShape = 0.1;
/** Checkpoints from this many warm-ups on are used, while at least `leastSettled` are left; else all after warm-up. */
export const settle = 2;
export const leastSettled = 5;

/** a0, a1, a2 at N = `tokens`, held to what is physical (a0 >= 0, a1 and a2 not negative), and the mean loss they give. */
export function evaluateTemporal(fit: TemporalFit, tokens: number, context: FormContext) {
  const { low, high } = positionShapes[fit.law];
  const a0 = Math.max(0, evaluateForm(a0Registry[fit.a0.chosen.form], fit.a0.chosen, tokens, context));
  const a1 = Math.min(
    high,
    Math.max(low, evaluateForm(a1Registry[fit.a1.chosen.form], fit.a1.chosen, tokens, context)),
  );
  const a2 = Math.max(0, evaluateForm(a2Registry[fit.a2.chosen.form], fit.a2.chosen, tokens, context));
  return { a0, a1, a2, loss: a0 * meanShape(fit.law, a1, fit.positions) + a2 };
}

/**
 * Weights of the squared errors of a1: the mean loss is a0 h(a1) + a2 with the mean shape h, so an error of a1 counts by
 * how much it moves the mean loss, a0 |h'(a1)|. A flat loss (a0 near 0) leaves a1 open and has no say.
 */
function a1Weights(series: ParameterSeries, recency: readonly number[]): number[] {
  const squares = series.a1.map((a1, j) => {
    const [low, high] = [a1 * 0.999, a1 * 1.001];
    const slope =
      (meanShape(series.law, high, series.positions) - meanShape(series.law, low, series.positions)) /
      (high - low);
    return a1 > 0 ? (series.a0[j]! * slope) ** 2 : 0;
  });
  const scale = mean(squares);
  return scale > 0 ? squares.map((value, j) => (value / scale) * recency[j]!) : [...recency];
}

/** Late checkpoints say more about what follows: weight N / N_last. */
export function recencyWeights(tokens: readonly number[]): number[] {
  return tokens.map((value) => value / tokens.at(-1)!);
}

/**
 * Fits the temporal law to a series that ends with the prefix (`prefixOf`). Checkpoints before the end of warm-up are left
 * out: the law describes training at a rate that has settled. Some milliseconds for 500 checkpoints.
 * Throws `input.invalid` where fewer checkpoints remain than a forced form (or every allowed one) has parameters.
 */
export function fitTemporal(
  series: ParameterSeries,
  schedule: Schedule,
  options: LawOptions = {},
): TemporalFit {
  const context: FormContext = { schedule, options };
  const settled = afterWarmup(series, schedule);
  const allowed = allowedOf(settled.tokens.length, series.tokens.length, options);
  const scores = compare(settled, context, allowed);
  const best = scores?.best ?? { a0: allowed.a0[0]!.id, a1: allowed.a1.at(-1)!.id, a2: allowed.a2[0]!.id };
  const fitted = fitForms(settled, context, allowed, best.a1, best);
  const scored = <Id extends string>(
    fits: readonly FormFit<Id>[],
    id: string,
    errors?: ReadonlyMap<string, number>,
  ) => {
    const candidates = fits.map((fit) => ({ ...fit, heldOut: errors?.get(fit.form) ?? null }));
    return { chosen: candidates.find((fit) => fit.form === id)!, candidates } satisfies ParameterFit<Id>;
  };
  const a2 = scored(fitted.a2, best.a2, scores?.a2);
  const fit: TemporalFit = {
    law: series.law,
    positions: series.positions,
    a0: scored(fitted.a0, best.a0, scores?.a0),
    a1: scored(fitted.a1, best.a1, scores?.a1),
    a2,
    separation: separationOf(a2.chosen, fitted.used, context),
    used: fitted.used,
    meanResidual: 0,
  };
  const residuals = settled.tokens.map(
    (tokens, j) => settled.mean[j]! - evaluateTemporal(fit, tokens, context).loss,
  );
  return { ...fit, meanResidual: Math.sqrt(mean(residuals.map((value) => value * value))) };
}

/**
 * Whether the losses differ so little by position that a0 and a1 are what tokens happen to stand there. Then a0 = 0 and a2
 * is the mean: a0 and a2 extrapolated apart would lead anywhere.
 */
export function isFlat(series: ParameterSeries): boolean {
  return median(series.fits.map(({ r2 }) => r2)) < leastShape;
}

/** Checkpoints at a settled learning rate. */
export function afterWarmup(series: ParameterSeries, schedule: Schedule): ParameterSeries {
  const end = series.tokens.length;
  const from = (tokens: number) => {
    const start = series.tokens.findIndex((value) => value >= tokens);
    return start < 0 ? end : start;
  };
  const settled = from(settle * schedule.warmupTokens);
  const start = end - settled >= leastSettled ? settled : from(schedule.warmupTokens);
  return sliceSeries(series, start, end);
}

interface Allowed {
  readonly a0: readonly TemporalForm<A0Form>[];
  readonly a1: readonly TemporalForm<A1Form>[];
  readonly a2: readonly TemporalForm<A2Form>[];
}

/** Forms that `options` allow and that have no more free parameters than there are checkpoints. */
function allowedOf(checkpoints: number, all: number, options: LawOptions): Allowed {
  const among = <Id extends string>(
    parameter: string,
    ids: readonly Id[],
    registry: Readonly<Record<Id, TemporalForm<Id>>>,
    chosen: Id | 'auto' = 'auto',
  ) => {
    const wanted = (chosen === 'auto' ? ids : [chosen]).map((id) => registry[id]);
    const possible = wanted.filter((form) => form.freeParameters(options) <= checkpoints);
    if (possible.length > 0) return possible;
    const least = wanted.reduce((a, b) => (b.freeParameters(options) < a.freeParameters(options) ? b : a));
    throw new FinegrainError(
      'input.invalid',
      `The prefix holds ${checkpoints} checkpoints after warm-up (${all} in all); the form ${least.id} of ${parameter} has ${least.freeParameters(options)} free parameters.`,
      'Take a longer prefix, or measure more often.',
    );
  };
  return {
    a0: among('a0', a0Forms, a0Registry, options.a0Form),
    a1: among('a1', a1Forms, a1Registry, options.a1Form),
    a2: among('a2', a2Forms, a2Registry, options.a2Form),
  };
}

/**
 * All allowed forms on one stretch of checkpoints: a1 first, then a0 and a2 given the law of a1 named `a1Form`. Those named
 * in `exact` are fitted in full, the others roughly, for the comparison.
 */
function fitForms(
  series: ParameterSeries,
  context: FormContext,
  allowed: Allowed,
  a1Form: A1Form,
  exact: { readonly a0: string; readonly a1: string; readonly a2: string } | null,
) {
  const { tokens } = series;
  const weights = recencyWeights(tokens);
  const ofA1 = a1Weights(series, weights);
  const a1 = allowed.a1.map((form) => fitForm(form, tokens, series.a1, context, ofA1, form.id !== exact?.a1));
  const chosen = a1.find(({ form }) => form === a1Form)!;
  const { low, high } = positionShapes[series.law];
  const flat = isFlat(series);
  const given = tokens.map((value, j) => {
    if (flat) return { a0: 0, a2: series.mean[j]! };
    const smooth = evaluateForm(a1Registry[chosen.form], chosen, value, context);
    return solveGiven(series, j, Math.min(high, Math.max(low, smooth)));
  });
  const used: UsedSeries = {
    tokens,
    a0: given.map((one) => one.a0),
    a1: series.a1,
    a2: given.map((one) => one.a2),
    mean: series.mean,
    weights,
    a1Weights: ofA1,
  };
  const a0 = allowed.a0.map((form) =>
    fitForm(form, tokens, used.a0, context, weights, form.id !== exact?.a0),
  );
  const a2 = allowed.a2.map((form) => fitA2(form, used, context, form.id !== exact?.a2));
  return { used, a0, a1, a2 };
}

/** a2 with its separation if the prefix shows one, else its early piece alone (theta[0] = Infinity). */
function fitA2<Id extends string>(
  form: TemporalForm<Id>,
  used: UsedSeries,
  context: FormContext,
  quick: boolean,
): FormFit<Id> {
  const { tokens, a2, weights } = used;
  const fit = fitForm(form, tokens, a2, context, weights, quick);
  if (fit.theta.length === 0 || fit.theta[0] === Number.POSITIVE_INFINITY) return fit;
  const early: FormContext = { ...context, options: { ...context.options, separation: 'none' } };
  const whole = fitForm(form, tokens, a2, early, weights, quick);
  if (typeof context.options.separation === 'number') return fit.theta[0]! < tokens.at(-1)! ? fit : whole;
  const rounding = 1e-22 * a2.reduce((sum, value) => sum + value * value, 0);
  const extra = form.freeParameters(context.options) - form.freeParameters(early.options);
  // Bayesian information criterion, and a gain worth the name: neighbouring checkpoints are not independent.
  const most = Math.min(1 - separationGain, Math.exp((-2 * extra * Math.log(tokens.length)) / tokens.length));
  const shown = whole.objective > rounding && fit.objective < most * whole.objective;
  const late = fit.coefficients[form.nonNegative[0]!]!;
  if (!shown || (late <= 0 && context.options.cosPhase !== 'free')) return whole;
  // A late piece seen at its start only can have any size: one that takes most of a2 away is not believed.
  const [now, end] = [tokens.at(-1)!, Math.max(tokens.at(-1)!, context.schedule.totalTokens)].map((value) =>
    evaluateForm(form, fit, value, context),
  ) as [number, number];
  return end >= leastLeft * now ? fit : whole;
}

function separationOf(
  chosen: FormFit<A2Form>,
  used: UsedSeries,
  { schedule, options }: FormContext,
): Separation {
  if (chosen.form === 'logPlusSchedule') {
    return { notIdentifiable: 'The form logPlusSchedule has no separation: both parts act at all times.' };
  }
  const at = chosen.theta[0]!;
  if (at !== Number.POSITIVE_INFINITY) return { tokens: at };
  const { tokens } = used;
  const last = tokens.at(-1)!;
  const start = decayStart(schedule);
  if (options.separation === 'none')
    return { notIdentifiable: 'The separation is switched off (separation: none).' };
  if (start === Number.POSITIVE_INFINITY) {
    return { notIdentifiable: 'The learning rate never falls under this schedule: there is no late piece.' };
  }
  if (typeof options.separation === 'number') {
    return {
      notIdentifiable: `The separation set, ${options.separation} tokens, lies behind the prefix of ${last} tokens.`,
    };
  }
  if (start >= last) {
    return {
      notIdentifiable: `The learning rate begins to fall at ${start} tokens, behind the prefix of ${last}.`,
    };
  }
  if (separations(tokens, { schedule, options }).length === 0) {
    return {
      notIdentifiable: `The prefix has too few checkpoints: ${leastInPiece} are needed on either side of a separation while the learning rate falls.`,
    };
  }
  return {
    notIdentifiable: `No separation inside the prefix of ${last} tokens makes a2 fit enough better and leaves a believable late piece.`,
  };
}

interface Scores {
  readonly a0: ReadonlyMap<string, number>;
  readonly a1: ReadonlyMap<string, number>;
  readonly a2: ReadonlyMap<string, number>;
  readonly best: { readonly a0: A0Form; readonly a1: A1Form; readonly a2: A2Form };
}

/**
 * Held-out errors inside the prefix; null with too few checkpoints for a choice, or none to make. A combination of forms
 * must beat the simplest (those named first, a1 constant) by `choiceGain` of its mean squared error to be taken.
 */
function compare(series: ParameterSeries, context: FormContext, allowed: Allowed): Scores | null {
  const count = Math.floor(selectionShare * series.tokens.length);
  const forms = [...allowed.a0, ...allowed.a1, ...allowed.a2];
  if (forms.length === 3 || series.tokens.length < leastForChoice) return null;
  if (count < 1 + Math.max(...forms.map((form) => form.freeParameters(context.options)))) return null;
  const early = sliceSeries(series, 0, count);
  const late = sliceSeries(series, count, series.tokens.length);
  const { low, high } = positionShapes[series.law];
  const errors = {
    a0: new Map<string, number>(),
    a1: new Map<string, number>(),
    a2: new Map<string, number>(),
  };
  const values = <Id extends string>(registry: Readonly<Record<Id, TemporalForm<Id>>>, fit: FormFit<Id>) =>
    late.tokens.map((tokens) => evaluateForm(registry[fit.form], fit, tokens, context));
  const first: Allowed = { a0: allowed.a0.slice(0, 1), a1: allowed.a1, a2: allowed.a2.slice(0, 1) };
  // The form of a1 first, with the simplest others; then those of a0 and a2 together, given it.
  const score = (among: Allowed, a1Form: A1Form) => {
    const fitted = fitForms(early, context, among, a1Form, null);
    const a1 = values(a1Registry, fitted.a1.find(({ form }) => form === a1Form)!);
    const clamped = a1.map((value) => Math.min(high, Math.max(low, value)));
    const shapes = clamped.map((value) => meanShape(series.law, value, series.positions));
    const given = late.tokens.map((_, j) => solveGiven(late, j, clamped[j]!));
    errors.a1.set(a1Form, mean(a1.map((value, j) => (value - late.a1[j]!) ** 2)));
    const a0 = fitted.a0.map((fit) => ({ form: fit.form, values: values(a0Registry, fit) }));
    const a2 = fitted.a2.map((fit) => ({ form: fit.form, values: values(a2Registry, fit) }));
    for (const one of a0)
      errors.a0.set(one.form, mean(one.values.map((value, j) => (value - given[j]!.a0) ** 2)));
    for (const one of a2)
      errors.a2.set(one.form, mean(one.values.map((value, j) => (value - given[j]!.a2) ** 2)));
    return a0.flatMap((gap) =>
      a2.map((floor) => ({
        best: { a0: gap.form, a1: a1Form, a2: floor.form },
        error: mean(
          late.mean.map((value, j) => (gap.values[j]! * shapes[j]! + floor.values[j]! - value) ** 2),
        ),
      })),
    );
  };
  const a1Scores = [...allowed.a1].reverse().map((form) => score(first, form.id)[0]!);
  const a1Form = leastOf(a1Scores).best.a1;
  return { ...errors, best: leastOf(score(allowed, a1Form)).best };
}

/** The first entry, unless another has less than (1 - choiceGain) of its error; then the least. */
function leastOf<T extends { readonly error: number }>(scores: readonly T[]): T {
  const least = scores.reduce((a, b) => (b.error < a.error ? b : a));
  return least.error < (1 - choiceGain) * scores[0]!.error ? least : scores[0]!;
}
