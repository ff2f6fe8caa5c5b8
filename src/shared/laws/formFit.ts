/**
 * Fits one form to one series by variable projection: the least error over a grid of theta with linear least squares
 * inside, then golden-section search about it.
 */
import type { FormContext, TemporalForm } from './forms.ts';
import { goldenSection, median, type Solution, solveColumns } from './numeric.ts';
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
 * theta up to the grid. robust 'huber' repeats it with iterated weights.
 */
export function fitForm<Id extends string>(
  form: TemporalForm<Id>,
  tokens: readonly number[],
  y: readonly number[],
  context: FormContext,
  weights: readonly number[] | null = null,
): FormFit<Id> {
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
): Found {
  const solveAt = (theta: readonly number[]): Found => {
    const count = form.columns(tokens[0]!, theta, context).length;
    const columns = Array.from({ length: count }, () => new Float64Array(tokens.length));
    for (let j = 0; j < tokens.length; j++) {
      const row = form.columns(tokens[j]!, theta, context);
      for (let k = 0; k < count; k++) columns[k]![j] = row[k]!;
    }
    return { theta, ...solveColumns(columns, y, weights, form.nonNegative) };
  };
  const grid = form.grid(tokens, context);
  let best: Found | null = null;
  for (const theta of grid) {
    const found = solveAt(theta);
    if (best === null || found.sse < best.sse) best = found;
  }
  if (best === null) {
    const held = { ...context, options: { ...context.options, separation: 'none' as const } };
    return fitWeighted(form, tokens, y, held, weights); // nowhere to separate: the early piece alone
  }
  return refine(best, grid, solveAt);
}

/** Golden-section search of each theta between its neighbours on the grid, in turn, until the error no longer falls. */
function refine(
  start: Found,
  grid: readonly (readonly number[])[],
  solveAt: (theta: readonly number[]) => Found,
): Found {
  let best = start;
  const axes = start.theta.map((_, axis) =>
    [...new Set(grid.map((theta) => theta[axis]!))].sort((a, b) => a - b),
  );
  const open = axes.map((_, axis) => axis).filter((axis) => axes[axis]!.length > 1);
  const rounds = open.length > 1 ? 6 : 1;
  for (let round = 0; round < rounds; round++) {
    const before = best.sse;
    for (const axis of open) {
      const values = axes[axis]!;
      const at = values.findLastIndex((value) => value <= start.theta[axis]!);
      const low = values[Math.max(0, at - 1)]!;
      const high = values[Math.min(values.length - 1, at + 1)]!;
      const move = (log: number) => best.theta.map((value, k) => (k === axis ? Math.exp(log) : value));
      const log = goldenSection((value) => solveAt(move(value)).sse, Math.log(low), Math.log(high), 1e-12);
      const found = solveAt(move(log));
      if (found.sse < best.sse) best = found;
    }
    if (!(before - best.sse > 1e-7 * before)) break;
  }
  return best;
}
