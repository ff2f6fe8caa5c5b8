/**
 * Step Law (arXiv 2503.04715): where the best learning rate and batch size lie,
 *
 *   lr(N, D) = c N^alpha D^beta        B(D) = d D^gamma
 *
 * The form is the paper's, with N the non-embedding parameters and D and B in tokens; the constants here are always
 * fitted to the user's own sweeps, by least squares in logarithms. First `sweepOptima` reads the best rate and batch off
 * each (N, D); then `fitStepLaw` fits the law to those.
 */
import { FinegrainError } from '../../errors.ts';

/** One finished run of a sweep over learning rate and perhaps batch size. */
export interface SweepRun {
  /** N. */
  readonly parameters: number;
  /** D, tokens trained on. */
  readonly tokens: number;
  /** Peak learning rate. */
  readonly learningRate: number;
  /** Tokens in a batch. */
  readonly batchTokens: number;
  /** Final loss, nats per token. */
  readonly loss: number;
}

/** The best rate or batch found for one model size and token count. */
export interface SweepOptimum {
  readonly parameters: number;
  readonly tokens: number;
  readonly learningRate: number;
  readonly batchTokens: number;
  /** Loss of the best run. */
  readonly loss: number;
  readonly runs: number;
  /** A best value at the rim of what was tried: the true one may lie beyond, and the law is not fitted to it. */
  readonly atEdge: { readonly learningRate: boolean; readonly batchTokens: boolean };
}

/** y = constant * product of x_k^exponent_k. */
export interface PowerFit {
  readonly constant: number;
  readonly exponents: readonly number[];
  /** Standard errors of the exponents; null with no more points than free parameters. */
  readonly standardErrors: readonly number[] | null;
  /** Of ln y. */
  readonly r2: number;
  readonly points: number;
}

export interface StepLawFit {
  /** exponents: alpha (of N), beta (of D). null with the reason when the sweep cannot tell. */
  readonly learningRate: PowerFit | { readonly notIdentifiable: string };
  /** exponents: gamma (of D). */
  readonly batchTokens: PowerFit | { readonly notIdentifiable: string };
  readonly optima: readonly SweepOptimum[];
}

/** Solves the symmetric positive definite system m x = rhs by Gauss-Jordan; also returns the inverse's diagonal. */
function solve(
  m: readonly (readonly number[])[],
  rhs: readonly number[],
): { x: number[]; diagonal: number[] } | null {
  const size = rhs.length;
  const rows = m.map((row, i) => [...row, rhs[i]!, ...row.map((_, j) => (i === j ? 1 : 0))]);
  for (let pivot = 0; pivot < size; pivot++) {
    let best = pivot;
    for (let i = pivot; i < size; i++)
      if (Math.abs(rows[i]![pivot]!) > Math.abs(rows[best]![pivot]!)) best = i;
    [rows[pivot], rows[best]] = [rows[best]!, rows[pivot]!];
    const divisor = rows[pivot]![pivot]!;
    if (Math.abs(divisor) < 1e-10) return null;
    rows[pivot] = rows[pivot]!.map((v) => v / divisor);
    for (let i = 0; i < size; i++) {
      if (i === pivot) continue;
      const factor = rows[i]![pivot]!;
      rows[i] = rows[i]!.map((v, j) => v - factor * rows[pivot]![j]!);
    }
  }
  return { x: rows.map((row) => row[size]!), diagonal: rows.map((row, i) => row[size + 1 + i]!) };
}

/** Least squares of ln y on the ln of each row of `x`; null when those do not vary independently. */
export function fitPower(x: readonly (readonly number[])[], y: readonly number[]): PowerFit | null {
  const free = (x[0]?.length ?? 0) + 1;
  if (y.length === 0 || y.length < free) return null;
  const logs = x.map((row) => row.map(Math.log));
  const means = logs[0]!.map((_, k) => logs.reduce((sum, row) => sum + row[k]!, 0) / logs.length);
  const centred = logs.map((row) => row.map((v, k) => v - means[k]!));
  const logY = y.map(Math.log);
  const meanY = logY.reduce((a, b) => a + b, 0) / y.length;
  const products = means.map((_, a) =>
    means.map((__, b) => centred.reduce((sum, row) => sum + row[a]! * row[b]!, 0)),
  );
  const solved = solve(
    products,
    means.map((_, a) => centred.reduce((sum, row, i) => sum + row[a]! * (logY[i]! - meanY), 0)),
  );
  if (solved === null) return null;
  const residual = (row: readonly number[], i: number) =>
    logY[i]! - meanY - row.reduce((sum, v, k) => sum + v * solved.x[k]!, 0);
  const unexplained = centred.reduce((sum, row, i) => sum + residual(row, i) ** 2, 0);
  const total = logY.reduce((sum, v) => sum + (v - meanY) ** 2, 0);
  return {
    constant: Math.exp(meanY - means.reduce((sum, v, k) => sum + v * solved.x[k]!, 0)),
    exponents: solved.x,
    standardErrors:
      y.length > free ? solved.diagonal.map((v) => Math.sqrt((v * unexplained) / (y.length - free))) : null,
    r2: total > 0 ? 1 - unexplained / total : 1,
    points: y.length,
  };
}

/** Value of a power fit at `x`. */
export const powerAt = (fit: PowerFit, x: readonly number[]): number =>
  x.reduce((value, v, k) => value * v ** fit.exponents[k]!, fit.constant);

/**
 * Where a convex curve through (x, loss) is lowest, in ln x: the vertex of the parabola through the best value and its
 * neighbours on either side. `edge` when the best value is the smallest or the largest tried.
 */
function vertex(points: ReadonlyMap<number, number>): { value: number; edge: boolean } {
  const sorted = [...points].sort(([a], [b]) => a - b);
  let best = 0;
  for (const [i, [, loss]] of sorted.entries()) if (loss < sorted[best]![1]) best = i;
  if (best === 0 || best === sorted.length - 1) return { value: sorted[best]![0], edge: true };
  const [[xa, a], [xb, b], [xc, c]] = [sorted[best - 1]!, sorted[best]!, sorted[best + 1]!];
  const [left, right] = [Math.log(xb / xa), Math.log(xc / xb)];
  const shift = lowestOfParabola(left, right, a - b, c - b) ?? 0;
  return { value: xb * Math.exp(Math.max(-left, Math.min(right, shift))), edge: false };
}

/** Of the parabola through (-left, a), (0, 0), (right, c), its lowest point; null when it has none. */
function lowestOfParabola(left: number, right: number, a: number, c: number): number | null {
  const curvature = (a / left + c / right) / (left + right);
  if (!(curvature > 0)) return null;
  const slope = c / right - curvature * right;
  return -slope / (2 * curvature);
}

/** The best rate and batch of each (N, D) of a sweep, in order of N, then D; sizes equal to 3 digits are one group. */
export function sweepOptima(runs: readonly SweepRun[]): SweepOptimum[] {
  const groups = new Map<string, SweepRun[]>();
  for (const run of runs) {
    const key = `${run.parameters.toPrecision(3)} ${run.tokens.toPrecision(3)}`;
    groups.set(key, [...(groups.get(key) ?? []), run]);
  }
  const least = (group: readonly SweepRun[], field: 'learningRate' | 'batchTokens') => {
    const points = new Map<number, number>();
    for (const run of group) {
      points.set(run[field], Math.min(run.loss, points.get(run[field]) ?? Number.POSITIVE_INFINITY));
    }
    return vertex(points);
  };
  return [...groups.values()]
    .map((group) => {
      const best = group.reduce((a, b) => (b.loss < a.loss ? b : a));
      const [rate, batch] = [least(group, 'learningRate'), least(group, 'batchTokens')];
      return {
        parameters: best.parameters,
        tokens: best.tokens,
        learningRate: rate.value,
        batchTokens: batch.value,
        loss: best.loss,
        runs: group.length,
        atEdge: { learningRate: rate.edge, batchTokens: batch.edge },
      };
    })
    .sort((a, b) => a.parameters - b.parameters || a.tokens - b.tokens);
}

/** Fits both laws to a sweep; optima at the edge of what was tried are left out. `input.invalid` on non-positive values. */
export function fitStepLaw(runs: readonly SweepRun[]): StepLawFit {
  for (const [index, run] of runs.entries()) {
    for (const [field, value] of Object.entries(run)) {
      if (Number.isFinite(value) && value > 0) continue;
      throw new FinegrainError(
        'input.invalid',
        `${field} of sweep run ${index + 1} is ${value}; Step Law needs a positive number.`,
        'Leave the run out.',
      );
    }
  }
  const optima = sweepOptima(runs);
  const rates = optima.filter(({ atEdge }) => !atEdge.learningRate);
  const batches = optima.filter(({ atEdge }) => !atEdge.batchTokens);
  const reason = (what: string, found: number, needed: number) => ({
    notIdentifiable:
      `The ${what} needs ${needed} or more (N, D) with an optimum inside the range tried, at different N and D; ` +
      `there are ${found} of ${optima.length}.`,
  });
  return {
    learningRate:
      fitPower(
        rates.map(({ parameters, tokens }) => [parameters, tokens]),
        rates.map(({ learningRate }) => learningRate),
      ) ?? reason('learning rate', rates.length, 3),
    batchTokens:
      fitPower(
        batches.map(({ tokens }) => [tokens]),
        batches.map(({ batchTokens }) => batchTokens),
      ) ?? reason('batch size', batches.length, 2),
    optima,
  };
}
