/**
 * Refits of one form to many resampled series, fast enough for a page: for each value of theta worth trying an orthonormal
 * basis of the weighted columns is made once; a refit is then the projection onto each and the choice of the longest.
 */
import type { FormContext, TemporalForm } from './forms.ts';

/** Values of theta kept per form: those whose fit to the data is not plainly worse than the best. */
const mostThetas = 40;

/** Values of theta taken from a form's own grid, evenly. An odd stride of a grid of two thetas still meets all of both. */
const mostOfGrid = 41;

interface Basis {
  readonly theta: readonly number[];
  /** Orthonormal, of the columns times the roots of the weights, [columns][checkpoints]. */
  readonly q: readonly Float64Array[];
  /** Upper triangle: column c = sum_b upper[c][b] q[b]. */
  readonly upper: readonly (readonly number[])[];
  /** From projections to values at the places asked for, [places][columns]; made when first needed. */
  map: readonly Float64Array[] | null;
}

export interface FormSampler {
  /** The law as fitted, at the checkpoints. */
  readonly base: Float64Array;
  /** Linear and non-linear parameters in use. */
  readonly free: number;
  /** Basis of what the fit can absorb near its optimum, weighted, [free][checkpoints]. */
  readonly tangent: readonly Float64Array[];
  /** Refits to y [checkpoints] and writes the law's values at the places [places] to `out`. */
  sample(y: Float64Array, out: Float64Array): void;
}

/** Gram-Schmidt, twice; dependent columns become zero. */
function orthonormal(columns: readonly Float64Array[]): { q: Float64Array[]; upper: number[][] } {
  const q: Float64Array[] = [];
  const upper: number[][] = [];
  for (const column of columns) {
    const vector = column.slice();
    const before = dot(vector, vector);
    const row = q.map(() => 0);
    for (let pass = 0; pass < 2; pass++) {
      for (const [b, other] of q.entries()) {
        const along = dot(other, vector);
        row[b]! += along;
        for (let j = 0; j < vector.length; j++) vector[j]! -= along * other[j]!;
      }
    }
    const left = dot(vector, vector);
    const length = left > 1e-20 * before ? Math.sqrt(left) : 0;
    for (let j = 0; j < vector.length; j++) vector[j] = length === 0 ? 0 : vector[j]! / length;
    q.push(vector);
    upper.push([...row, length]);
  }
  return { q, upper };
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let j = 0; j < a.length; j++) sum += a[j]! * b[j]!;
  return sum;
}

/**
 * A sampler of `form` around its `fit`; coefficients null: the fit is made here, the best of the thetas tried. `tokens`, `weights` and `values` belong to the checkpoints ([m]); `places` are the
 * tokens at which refitted laws are asked for.
 */
export function formSampler(
  form: TemporalForm,
  fit: { readonly theta: readonly number[]; readonly coefficients: readonly number[] | null },
  tokens: readonly number[],
  weights: readonly number[],
  values: Float64Array,
  places: readonly number[],
  context: FormContext,
): FormSampler {
  const roots = weights.map(Math.sqrt);
  const width = form.columns(tokens[0]!, fit.theta, context).length;
  const bounded = new Set(form.nonNegative);
  // Bounded columns last: leaving the last one out is then leaving out its projection.
  const order = Array.from({ length: width }, (_, k) => k).sort(
    (a, b) => Number(bounded.has(a)) - Number(bounded.has(b)) || a - b,
  );
  const lastBounded = bounded.has(order[width - 1]!);
  const weighted = (theta: readonly number[]): Float64Array[] => {
    const rows = tokens.map((at) => form.columns(at, theta, context));
    return order.map((k) => Float64Array.from(rows, (row, j) => row[k]! * roots[j]!));
  };
  const basisOf = (theta: readonly number[]): Basis => ({
    theta,
    ...orthonormal(weighted(theta)),
    map: null,
  });
  const project = (basis: Basis, y: Float64Array, into: number[]): number => {
    let length = 0;
    for (let k = 0; k < width; k++) {
      let along = dot(basis.q[k]!, y);
      if (k === width - 1 && lastBounded && along < 0) along = 0;
      into[k] = along;
      length += along * along;
    }
    return length;
  };
  const scaled = values.map((value, j) => value * roots[j]!);
  const bases = worthTrying(
    thetasAround(form, fit.theta, tokens, context).map(basisOf),
    (basis) => dot(scaled, scaled) - project(basis, scaled, new Array<number>(width)),
    tokens.length - width,
  );
  const mapOf = (basis: Basis): readonly Float64Array[] =>
    places.map((at) => {
      const row = form.columns(at, basis.theta, context);
      const result = new Float64Array(width);
      // Solves result R = row, forwards, for column c = sum_b upper[c][b] q[b].
      for (let c = 0; c < width; c++) {
        let value = row[order[c]!]!;
        for (let b = 0; b < c; b++) value -= result[b]! * basis.upper[c]![b]!;
        const length = basis.upper[c]![c]!;
        result[c] = length === 0 ? 0 : value / length;
      }
      return result;
    });
  const center = fit.coefficients === null ? bestOf(bases, scaled, project, order) : fit;
  const { theta } = center;
  const value = (row: readonly number[]) =>
    row.reduce((sum, column, k) => sum + column * center.coefficients![k]!, 0);
  const base = Float64Array.from(tokens, (at) => value(form.columns(at, theta, context)));
  const moved = theta
    .map((own, axis) => theta.map((other, k) => (k === axis ? own * 1.001 : other)))
    .filter((_, axis) => Number.isFinite(theta[axis]!))
    .map((near) =>
      Float64Array.from(tokens, (at, j) => (value(form.columns(at, near, context)) - base[j]!) * roots[j]!),
    );
  const tangent = orthonormal([...weighted(theta), ...moved]).q.filter((vector) => dot(vector, vector) > 0.5);
  const work = new Float64Array(tokens.length);
  const best = new Array<number>(width).fill(0);
  const tried = new Array<number>(width).fill(0);
  return {
    base,
    free: tangent.length,
    tangent,
    sample(y, out) {
      for (let j = 0; j < y.length; j++) work[j] = y[j]! * roots[j]!;
      let longest = -1;
      let chosen = bases[0]!;
      for (const basis of bases) {
        const length = project(basis, work, tried);
        if (length <= longest) continue;
        longest = length;
        chosen = basis;
        for (let k = 0; k < width; k++) best[k] = tried[k]!;
      }
      chosen.map ??= mapOf(chosen);
      for (let t = 0; t < places.length; t++) {
        let value = 0;
        const row = chosen.map[t]!;
        for (let k = 0; k < width; k++) value += row[k]! * best[k]!;
        out[t] = value;
      }
    },
  };
}

/** The fit at the best of the bases. */
function bestOf(
  bases: readonly Basis[],
  scaled: Float64Array,
  project: (basis: Basis, y: Float64Array, into: number[]) => number,
  order: readonly number[],
): { theta: readonly number[]; coefficients: number[] } {
  const along = order.map(() => 0);
  const lengths = bases.map((basis) => project(basis, scaled, along));
  const { theta, upper, ...basis } = bases[lengths.indexOf(Math.max(...lengths))]!;
  project({ theta, upper, ...basis }, scaled, along);
  const coefficients = order.map(() => 0);
  for (let c = order.length - 1; c >= 0; c--) {
    let left = along[c]!;
    for (let d = c + 1; d < order.length; d++) left -= upper[d]![c]! * coefficients[order[d]!]!;
    coefficients[order[c]!] = upper[c]![c]! === 0 ? 0 : left / upper[c]![c]!;
  }
  return { theta, coefficients };
}

/** The fitted theta, the form's own grid, and a finer one of rates about the fit. A law without late piece keeps none. */
function thetasAround(
  form: TemporalForm,
  theta: readonly number[],
  tokens: readonly number[],
  context: FormContext,
): (readonly number[])[] {
  if (theta.length === 0) return [theta];
  const isSeparation = (axis: number) => form.parameter === 'a2' && axis === 0;
  const local = theta.flatMap((value, axis) =>
    isSeparation(axis)
      ? []
      : [-8, -5, -3, -2, -1, 1, 2, 3, 5, 8].map((k) =>
          theta.map((other, at) => (at === axis ? value * 2 ** (k / 4) : other)),
        ),
  );
  const early = theta[0] === Number.POSITIVE_INFINITY;
  const options = early ? { ...context.options, separation: 'none' as const } : context.options;
  const grid = early && theta.length === 1 ? [] : form.grid(tokens, { ...context, options });
  const stride = Math.ceil(grid.length / mostOfGrid);
  return [theta, ...local, ...grid.filter((_, k) => k % stride === 0)];
}

/** The bases within 25 residual variances of the best, at most `mostThetas` of them; the fit's own stays first. */
function worthTrying(bases: readonly Basis[], error: (basis: Basis) => number, freedom: number): Basis[] {
  const scored = bases.map((basis) => ({ basis, error: Math.max(0, error(basis)) }));
  const least = Math.min(...scored.map((one) => one.error));
  const most = least * (1 + 25 / Math.max(1, freedom)) + 1e-300;
  const others = scored
    .slice(1)
    .filter((one) => one.error <= most)
    .sort((a, b) => a.error - b.error)
    .slice(0, mostThetas - 1);
  return [scored[0]!.basis, ...others.map(({ basis }) => basis)];
}
