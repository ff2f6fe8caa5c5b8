/**
 * The position law L_i = a0 / (1 + a1 i) + a2 at one checkpoint (arXiv 2404.17785, from a third-party description), with
 * a power and a logarithmic curve beside it. Linear but for a1: fitted by variable projection (Golub and Pereyra 1973), a
 * grid over log a1 and golden-section search, with non-negative least squares of a0 and a2 inside. No starts, no luck.
 */
import { FinegrainError } from '../errors.ts';
import { digamma, goldenSection, logSpaced, mean, type Solution, solveColumns } from './numeric.ts';
import type { ParameterSeries, PositionFit, PositionLaw, PositionOptions, Trajectory } from './types.ts';

interface Shape {
  readonly label: string;
  readonly equation: string;
  readonly standing: string;
  /** Range of a1. */
  readonly low: number;
  readonly high: number;
  /** What a0 multiplies at position i. */
  at(a1: number, i: number): number;
}

/** All three have three parameters a0 >= 0, a1 > 0, a2 >= 0. */
export const positionShapes: Readonly<Record<PositionLaw, Shape>> = {
  hyperbolic: {
    label: 'hyperbola',
    equation: 'L_i = a0 / (1 + a1 i) + a2',
    standing: 'from a third-party description',
    low: 1e-5,
    high: 10, // beyond, the shape is 1 / i up to a factor that a0 takes
    at: (a1, i) => 1 / (1 + a1 * i),
  },
  power: {
    label: 'power of the position',
    equation: 'L_i = a0 i^(-a1) + a2',
    standing: 'ours, for comparison',
    low: 1e-3,
    high: 20,
    at: (a1, i) => i ** -a1,
  },
  log: {
    label: 'logarithm of the position',
    equation: 'L_i = a2 - a0 log(1 + a1 i)',
    standing: 'ours, for comparison',
    low: 1e-5,
    high: 1e4,
    at: (a1, i) => -Math.log1p(a1 * i),
  },
};

const gridSize = 36;

/** Loss of the fitted law at position `i` (0: before the first; the law is defined there for hyperbolic and log). */
export function positionLoss(fit: Pick<PositionFit, 'law' | 'a0' | 'a1' | 'a2'>, i: number): number {
  return fit.a0 * positionShapes[fit.law].at(fit.a1, i) + fit.a2;
}

/**
 * Mean of the law over positions 1..n. Hyperbolic, in closed form:
 *   a0 / (a1 n) [digamma(n + 1 + 1/a1) - digamma(1 + 1/a1)] + a2;
 * below a1 = 1e-6 that cancels, and the sum is taken.
 */
export function meanLoss(fit: Pick<PositionFit, 'law' | 'a0' | 'a1' | 'a2'>, n: number): number {
  return fit.a0 * meanShape(fit.law, fit.a1, n) + fit.a2;
}

/** Mean over positions 1..n of what a0 multiplies. */
export function meanShape(law: PositionLaw, a1: number, n: number): number {
  if (law === 'hyperbolic' && a1 >= 1e-6) {
    const inverse = 1 / a1;
    return (inverse / n) * (digamma(n + 1 + inverse) - digamma(1 + inverse));
  }
  const { at } = positionShapes[law];
  let sum = 0;
  for (let i = 1; i <= n; i++) sum += at(a1, i);
  return sum / n;
}

/**
 * Least-squares fit of the position law to `loss` [n], position i = index + 1. `weights` [n] multiply the squared errors.
 * Throws `input.invalid` for fewer than 4 fitted positions (three parameters) or a loss that is not finite.
 */
export function fitPosition(
  loss: readonly number[],
  options: PositionOptions = {},
  weights: readonly number[] | null = null,
): PositionFit {
  return fitWith(grid(loss.length, options), loss, weights);
}

interface Grid {
  readonly law: PositionLaw;
  readonly first: number;
  readonly a1: readonly number[];
  /** Column of a0 for every a1 of the grid, [grid][fitted positions]. */
  readonly columns: readonly Float64Array[];
  readonly ones: Float64Array;
}

function grid(n: number, options: PositionOptions): Grid {
  const law = options.positionLaw ?? 'hyperbolic';
  const first = options.dropFirstPosition ? 2 : 1;
  const count = n - first + 1;
  if (count < 4) {
    throw new FinegrainError(
      'input.invalid',
      `The position law has 3 parameters and is fitted to 4 positions or more; these losses have ${Math.max(0, count)}.`,
      'Measure over a longer context.',
    );
  }
  const { low, high } = positionShapes[law];
  const a1 = logSpaced(low, high, gridSize);
  return {
    law,
    first,
    a1,
    columns: a1.map((value) => shapeColumn(law, value, first, count)),
    ones: new Float64Array(count).fill(1),
  };
}

function shapeColumn(
  law: PositionLaw,
  a1: number,
  first: number,
  count: number,
  column = new Float64Array(count),
): Float64Array {
  if (law === 'hyperbolic') {
    for (let j = 0; j < count; j++) column[j] = 1 / (1 + a1 * (first + j)); // inlined: most of the time goes here
    return column;
  }
  const { at } = positionShapes[law];
  for (let j = 0; j < count; j++) column[j] = at(a1, first + j);
  return column;
}

function fitWith(grid: Grid, loss: readonly number[], allWeights: readonly number[] | null): PositionFit {
  const { law, first, ones } = grid;
  const y = Float64Array.from(loss.slice(first - 1));
  const weights = allWeights === null ? null : allWeights.slice(first - 1);
  const bad = y.findIndex((value) => !Number.isFinite(value));
  if (bad >= 0) {
    throw new FinegrainError(
      'input.invalid',
      `The loss at position ${first + bad} is ${y[bad]}, not a finite number.`,
      'Leave this checkpoint out.',
    );
  }
  const solve = (column: Float64Array) => solvePair(column, y, weights);
  let best = 0;
  let least = Number.POSITIVE_INFINITY;
  for (const [index, column] of grid.columns.entries()) {
    const { sse } = solve(column);
    if (sse < least) [best, least] = [index, sse];
  }
  const low = grid.a1[Math.max(0, best - 1)]!;
  const high = grid.a1[Math.min(gridSize - 1, best + 1)]!;
  const column = new Float64Array(y.length);
  const logA1 = goldenSection(
    (value) => solve(shapeColumn(law, Math.exp(value), first, y.length, column)).sse,
    Math.log(low),
    Math.log(high),
    1e-9,
  );
  let a1 = Math.exp(logA1);
  let solution = solve(shapeColumn(law, a1, first, y.length));
  if (solution.sse > least) [a1, solution] = [grid.a1[best]!, solve(grid.columns[best]!)];
  // Once more by the orthogonal method: the quick one above loses digits where the column is nearly constant.
  const exact = solveColumns([shapeColumn(law, a1, first, y.length), ones], y, weights, [0, 1]);
  const [a0, a2] = exact.coefficients as [number, number];
  return { law, a0, a1, a2, ...quality({ law, a0, a1, a2 }, y, first), sse: exact.sse };
}

/** Weighted least squares of a0 column + a2 with both >= 0, about weighted means: fast, for the search. */
function solvePair(column: Float64Array, y: Float64Array, weights: readonly number[] | null): Solution {
  const m = y.length;
  let [total, meanX, meanY] = [0, 0, 0];
  for (let j = 0; j < m; j++) {
    const w = weights === null ? 1 : weights[j]!;
    total += w;
    meanX += w * column[j]!;
    meanY += w * y[j]!;
  }
  meanX /= total;
  meanY /= total;
  let [xx, xy] = [0, 0];
  for (let j = 0; j < m; j++) {
    const w = weights === null ? 1 : weights[j]!;
    const x = column[j]! - meanX;
    xx += w * x * x;
    xy += w * x * (y[j]! - meanY);
  }
  const a0 = xx > 0 ? xy / xx : 0;
  const a2 = meanY - a0 * meanX;
  if (a0 < 0 || a2 < 0) return solveColumns([column, new Float64Array(m).fill(1)], y, weights, [0, 1]);
  let sse = 0;
  for (let j = 0; j < m; j++) {
    const residual = y[j]! - a0 * column[j]! - a2;
    sse += (weights === null ? 1 : weights[j]!) * residual * residual;
  }
  return { coefficients: [a0, a2], sse };
}

function quality(fit: Pick<PositionFit, 'law' | 'a0' | 'a1' | 'a2'>, y: Float64Array, first: number) {
  const middle = mean(y);
  const residuals = y.map((value, j) => value - positionLoss(fit, first + j));
  let [sse, sst, lagged] = [0, 0, 0];
  for (let j = 0; j < y.length; j++) {
    sse += residuals[j]! ** 2;
    sst += (y[j]! - middle) ** 2;
    if (j > 0) lagged += residuals[j]! * residuals[j - 1]!;
  }
  const noise = 1e-24 * y.length * middle * middle; // rounding, not misfit
  return { r2: sst > noise ? 1 - sse / sst : 1, residualLag1: sse > noise ? lagged / sse : 0 };
}

/** Weights 1 / standardError^2, scaled to mean 1; a standard error of 0 counts as the smallest positive one. */
function weightsOf(standardError: readonly number[] | undefined, step: number): number[] {
  const positive = (standardError ?? []).filter((value) => value > 0);
  if (standardError === undefined || positive.length === 0) {
    throw new FinegrainError(
      'input.invalid',
      `positionWeights is byStandardError, but the checkpoint at step ${step} has no standard errors.`,
      'Set positionWeights to uniform, or measure on two sequences or more.',
    );
  }
  const least = Math.min(...positive);
  const weights = standardError.map((value) => 1 / Math.max(value, least) ** 2);
  const scale = mean(weights);
  return weights.map((value) => value / scale);
}

/**
 * Position fits of every checkpoint: what temporal fits and intervals start from. Depends on each point alone, so the
 * caller keeps it while the prefix changes. About 0.1 ms a checkpoint of 256 positions.
 * Throws `input.invalid` where points differ in their number of positions or are out of order.
 */
export function fitPositions(trajectory: Trajectory, options: PositionOptions = {}): ParameterSeries {
  const { points } = trajectory;
  const positions = points[0]?.loss.length ?? 0;
  for (const [index, point] of points.entries()) {
    if (point.loss.length !== positions) {
      throw new FinegrainError(
        'input.invalid',
        `The checkpoint at step ${point.step} of ${trajectory.set} has ${point.loss.length} positions, the first one ${positions}.`,
        'Give every checkpoint the same number of positions.',
      );
    }
    if (index > 0 && !(point.tokens > points[index - 1]!.tokens)) {
      throw new FinegrainError(
        'input.invalid',
        `Tokens must increase from checkpoint to checkpoint; step ${point.step} of ${trajectory.set} has ${point.tokens} after ${points[index - 1]!.tokens}.`,
        'Sort the rows by tokens and leave out repeated ones.',
      );
    }
  }
  const shared = points.length === 0 ? null : grid(positions, options);
  const weights = points.map((point) =>
    options.positionWeights === 'byStandardError' ? weightsOf(point.standardError, point.step) : null,
  );
  const fits = points.map((point, index) => fitWith(shared!, point.loss, weights[index]!));
  return {
    law: options.positionLaw ?? 'hyperbolic',
    positions,
    tokens: points.map((point) => point.tokens),
    steps: points.map((point) => point.step),
    learningRate: points.map((point) => point.learningRate),
    a0: fits.map((fit) => fit.a0),
    a1: fits.map((fit) => fit.a1),
    a2: fits.map((fit) => fit.a2),
    mean: points.map((point) => mean(point.loss)),
    loss: points.map((point) => point.loss),
    first: options.dropFirstPosition ? 2 : 1,
    weights,
    fits,
  };
}

/** The first checkpoints of a series: those up to `tokens`. What lies behind is dropped before anything reads it. */
export function prefixOf(series: ParameterSeries, tokens: number): ParameterSeries {
  return sliceSeries(series, 0, series.tokens.findLastIndex((value) => value <= tokens) + 1);
}

/** Checkpoints `start` to before `end` of a series. */
export function sliceSeries(series: ParameterSeries, start: number, end: number): ParameterSeries {
  return {
    ...series,
    tokens: series.tokens.slice(start, end),
    steps: series.steps.slice(start, end),
    learningRate: series.learningRate.slice(start, end),
    a0: series.a0.slice(start, end),
    a1: series.a1.slice(start, end),
    a2: series.a2.slice(start, end),
    mean: series.mean.slice(start, end),
    loss: series.loss.slice(start, end),
    weights: series.weights.slice(start, end),
    fits: series.fits.slice(start, end),
  };
}

/** a0 and a2 of checkpoint `index` for a given a1: linear least squares, both >= 0. */
export function solveGiven(series: ParameterSeries, index: number, a1: number): { a0: number; a2: number } {
  const { first, law, positions } = series;
  const count = positions - first + 1;
  const y = Float64Array.from(series.loss[index]!.slice(first - 1));
  const weights = series.weights[index]?.slice(first - 1) ?? null;
  const column = shapeColumn(law, a1, first, count);
  const [a0, a2] = solvePair(column, y, weights).coefficients as [number, number];
  return { a0, a2 };
}
