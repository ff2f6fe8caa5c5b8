/**
 * Fits one form to one series by variable projection: the least error over a grid of theta with linear least squares
 * inside, then golden-section search about it.
 */
import type { FormContext, TemporalForm } from './forms.ts';
import { goldenSection, median, type Solution, solveColumns } from './numeric.ts';
import { simplex } from './simplex.ts';
import type { FormFit } from './types.ts';

/** Huber's threshold in robust standard deviations: 95 % efficiency for normal errors. */
const huberThreshold = 1.345;

/** Value of one fitted form at N = `tokens`. */
export function evaluateForm(
  form: TemporalForm,
  fit: Pick<FormFit, 'theta' | 'coefficients'>,
  tokens: number,
  context: FormContext,
): number {
  const columns = form.columns(tokens, fit.theta, context);
  let value = 0;
  for (let k = 0; k < columns.length; k++) value += fit.coefficients[k]! * columns[k]!;
  return value;
}

/**
 * Least-squares fit of one form to values y [m] at `tokens` [m], squared errors times `weights`; a global optimum over
 * theta up to the grid. robust 'huber' repeats it with iterated weights. `quick`: theta roughly, on pooled checkpoints and
 * by squared errors, for comparing forms; the objective is then that of the pooled ones.
 */
export function fitForm<Id extends string>(
  form: TemporalForm<Id>,
  tokens: readonly number[],
  y: readonly number[],
  context: FormContext,
  weights: readonly number[] | null = null,
  quick = false,
): FormFit<Id> {
  if (quick) {
    const few = pooled(tokens, y, weights) ?? { tokens, y, weights };
    return describe(form, context, fitWeighted(form, few.tokens, few.y, context, few.weights, true));
  }
  if (context.options.robust !== 'huber')
    return describe(form, context, fitWeighted(form, tokens, y, context, weights));
  let robust = weights;
  let found = fitWeighted(form, tokens, y, context, robust);
  let objective = found.sse;
  for (let round = 0; round < 10; round++) {
    const residuals = y.map((value, j) => value - evaluateForm(form, found, tokens[j]!, context));
    const scaled = residuals.map((value, j) => Math.abs(value) * Math.sqrt(weights?.[j] ?? 1));
    const threshold = huberThreshold * 1.4826 * median(scaled);
    if (!(threshold > 0)) break;
    robust = scaled.map((value, j) => (weights?.[j] ?? 1) * (value <= threshold ? 1 : threshold / value));
    objective = scaled.reduce(
      (sum, value) => sum + (value <= threshold ? value * value : threshold * (2 * value - threshold)),
      0,
    );
    found = fitWeighted(form, tokens, y, context, robust);
  }
  return describe(form, context, { ...found, sse: objective });
}

type Found = Solution & { readonly theta: readonly number[] };

function describe<Id extends string>(
  form: TemporalForm<Id>,
  context: FormContext,
  found: Found,
): FormFit<Id> {
  const { theta, coefficients, sse } = found;
  const parameters = form.parameters(theta, coefficients, context);
  return { form: form.id, theta, coefficients, objective: sse, heldOut: null, parameters };
}

function fitWeighted(
  form: TemporalForm,
  tokens: readonly number[],
  y: readonly number[],
  context: FormContext,
  weights: readonly number[] | null,
  quick = false,
): Found {
  const grid = form.grid(tokens, context);
  if (grid.length === 0) {
    const held = { ...context, options: { ...context.options, separation: 'none' as const } };
    return fitWeighted(form, tokens, y, held, weights, quick); // nowhere to separate: the early piece alone
  }
  const solveAt = solver(form, tokens, y, context, weights);
  const axes = grid[0]!.map((_, axis) =>
    [...new Set(grid.map((theta) => theta[axis]!))].sort((a, b) => a - b),
  );
  const open = axes.map((_, axis) => axis).filter((axis) => axes[axis]!.length > 1);
  if (open.length === 0) return solveAt(grid[0]!);
  if (open.length === 1) return along(open[0]!, axes, bestOf(grid, solveAt), solveAt, quick ? 1e-4 : 1e-12);
  return refinePair(form, tokens, y, context, weights, grid, axes, quick);
}

type Solver = (theta: readonly number[]) => Found;

/** Least squares of the linear coefficients for a given theta. */
function solver(
  form: TemporalForm,
  tokens: readonly number[],
  y: readonly number[],
  context: FormContext,
  weights: readonly number[] | null,
): Solver {
  let columns: Float64Array[] = [];
  return (theta) => {
    const count = form.columns(tokens[0]!, theta, context).length;
    if (columns.length !== count)
      columns = Array.from({ length: count }, () => new Float64Array(tokens.length));
    for (let j = 0; j < tokens.length; j++) {
      const row = form.columns(tokens[j]!, theta, context);
      for (let k = 0; k < count; k++) columns[k]![j] = row[k]!;
    }
    return { theta, ...solveColumns(columns, y, weights, form.nonNegative) };
  };
}

function bestOf(grid: readonly (readonly number[])[], solveAt: Solver): Found {
  return grid.map(solveAt).reduce((a, b) => (b.sse < a.sse ? b : a));
}

/** Golden-section search of one theta, in its logarithm, between the neighbours of `start` on the grid. */
function along(
  axis: number,
  axes: readonly (readonly number[])[],
  start: Found,
  solveAt: Solver,
  tolerance: number,
): Found {
  const values = axes[axis]!;
  const at = values.findLastIndex((value) => value <= start.theta[axis]!);
  const low = values[Math.max(0, at - 1)]!;
  const high = values[Math.min(values.length - 1, at + 1)]!;
  const move = (log: number) => start.theta.map((value, k) => (k === axis ? Math.exp(log) : value));
  const log = goldenSection((value) => solveAt(move(value)).sse, Math.log(low), Math.log(high), tolerance);
  const found = solveAt(move(log));
  return found.sse < start.sse ? found : start;
}

/** Checkpoints are averaged in neighbouring groups down to this many while two non-linear parameters are searched. */
const mostInSearch = 64;

/**
 * Two non-linear parameters, a separation and a rate: the best rate of every separation on the grid, then a simplex from
 * the three best separations, and from the best of those on all checkpoints.
 */
function refinePair(
  form: TemporalForm,
  tokens: readonly number[],
  y: readonly number[],
  context: FormContext,
  weights: readonly number[] | null,
  grid: readonly (readonly number[])[],
  axes: readonly (readonly number[])[],
  quick: boolean,
): Found {
  const solveAt = solver(form, tokens, y, context, weights);
  const few = pooled(tokens, y, weights);
  const solveFew = few === null ? solveAt : solver(form, few.tokens, few.y, context, few.weights);
  const tried = axes[0]!.map((separation) => {
    const start = bestOf(
      grid.filter((theta) => theta[0] === separation),
      solveFew,
    );
    return along(1, axes, start, solveFew, 1e-2);
  });
  if (quick) return tried.reduce((a, b) => (b.sse < a.sse ? b : a));
  const least = axes.map((values) => Math.log(values[0]!));
  const most = axes.map((values) => Math.log(values.at(-1)!));
  const held = (logs: readonly number[]) =>
    logs.map((log, k) => Math.exp(Math.min(most[k]!, Math.max(least[k]!, log))));
  const polish = (from: Found, solve: Solver, sizes: readonly number[]) =>
    solve(held(simplex((logs) => solve(held(logs)).sse, from.theta.map(Math.log), sizes).point));
  const best = [...tried]
    .sort((a, b) => a.sse - b.sse)
    .slice(0, 3)
    .map((from) => polish(from, solveFew, [0.05, 0.1]))
    .reduce((a, b) => (b.sse < a.sse ? b : a));
  return few === null ? best : polish(best, solveAt, [0.01, 0.02]);
}

function pooled(tokens: readonly number[], y: readonly number[], weights: readonly number[] | null) {
  if (tokens.length <= mostInSearch) return null;
  const groups = Array.from({ length: mostInSearch }, (_, g) => {
    const from = Math.floor((g * tokens.length) / mostInSearch);
    const to = Math.floor(((g + 1) * tokens.length) / mostInSearch);
    let [weight, n, value] = [0, 0, 0];
    for (let j = from; j < to; j++) {
      const w = weights?.[j] ?? 1;
      weight += w;
      n += w * tokens[j]!;
      value += w * y[j]!;
    }
    return { tokens: n / weight, y: value / weight, weight };
  }).filter((group) => group.weight > 0);
  return {
    tokens: groups.map((group) => group.tokens),
    y: groups.map((group) => group.y),
    weights: groups.map((group) => group.weight),
  };
}
