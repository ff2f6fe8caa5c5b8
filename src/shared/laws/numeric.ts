/** Small numerical tools of the fits: least squares of a few columns, golden-section search, digamma. */

/** Result of a least-squares fit: coefficients [k] and the weighted sum of squared residuals. */
export interface Solution {
  readonly coefficients: number[];
  readonly sse: number;
}

/** Work space of `solveFree`, grown as needed: thousands of small solves a fit would keep the garbage collector busy. */
const space: Float64Array[] = Array.from({ length: 6 }, () => new Float64Array(0));

function workSpace(index: number, size: number): Float64Array {
  if (space[index]!.length < size) space[index] = new Float64Array(2 * size);
  return space[index]!;
}

/**
 * Minimises sum_j w_j (y_j - sum_k c_k X_kj)^2 by modified Gram-Schmidt with one reorthogonalisation (columns are few,
 * accuracy is that of QR). A column that depends on those before it gets coefficient 0.
 * `columns` has shape [k][m], k <= 4, `y` and `weights` [m].
 */
function solveFree(
  columns: readonly ArrayLike<number>[],
  y: ArrayLike<number>,
  weights: ArrayLike<number> | null,
): number[] {
  const m = y.length;
  const k = columns.length;
  const residual = workSpace(4, m);
  const roots = workSpace(5, m);
  for (let j = 0; j < m; j++) {
    const root = weights === null ? 1 : Math.sqrt(weights[j]!);
    roots[j] = root;
    residual[j] = y[j]! * root;
  }
  const upper: number[][] = [];
  const projections: number[] = [];
  for (let c = 0; c < k; c++) {
    const vector = workSpace(c, m);
    const column = columns[c]!;
    let before = 0;
    for (let j = 0; j < m; j++) {
      const value = column[j]! * roots[j]!;
      vector[j] = value;
      before += value * value;
    }
    const row = new Array<number>(c + 1).fill(0);
    for (let pass = 0; pass < 2 && c > 0; pass++) {
      for (let b = 0; b < c; b++) {
        const q = space[b]!;
        let dot = 0;
        for (let j = 0; j < m; j++) dot += q[j]! * vector[j]!;
        row[b]! += dot;
        for (let j = 0; j < m; j++) vector[j]! -= dot * q[j]!;
      }
    }
    let norm = 0;
    for (let j = 0; j < m; j++) norm += vector[j]! * vector[j]!;
    const dependent = !(norm > 1e-24 * before);
    const length = dependent ? 0 : Math.sqrt(norm);
    const scale = dependent ? 0 : 1 / length;
    let projection = 0;
    for (let j = 0; j < m; j++) {
      vector[j]! *= scale;
      projection += vector[j]! * residual[j]!;
    }
    for (let j = 0; j < m; j++) residual[j]! -= projection * vector[j]!;
    row[c] = length;
    upper.push(row);
    projections.push(projection);
  }
  const coefficients = new Array<number>(k).fill(0);
  for (let c = k - 1; c >= 0; c--) {
    const diagonal = upper[c]![c]!;
    if (diagonal === 0) continue;
    let value = projections[c]!;
    for (let d = c + 1; d < k; d++) value -= upper[d]![c]! * coefficients[d]!;
    coefficients[c] = value / diagonal;
  }
  return coefficients;
}

function weightedError(
  columns: readonly ArrayLike<number>[],
  y: ArrayLike<number>,
  weights: ArrayLike<number> | null,
  coefficients: readonly number[],
): number {
  let sse = 0;
  for (let j = 0; j < y.length; j++) {
    let residual = y[j]!;
    for (let c = 0; c < columns.length; c++) residual -= coefficients[c]! * columns[c]![j]!;
    sse += (weights === null ? 1 : weights[j]!) * residual * residual;
  }
  return sse;
}

/**
 * Weighted linear least squares of up to four columns ([k][m]), with `nonNegative` columns bounded below by 0.
 * Exact: where the free solution breaks a bound, every set of bounded columns held at 0 is tried.
 */
export function solveColumns(
  columns: readonly ArrayLike<number>[],
  y: ArrayLike<number>,
  weights: ArrayLike<number> | null = null,
  nonNegative: readonly number[] = [],
): Solution {
  const coefficients = solveFree(columns, y, weights);
  const breaks = (values: readonly number[]) => nonNegative.some((column) => values[column]! < 0);
  if (!breaks(coefficients)) return { coefficients, sse: weightedError(columns, y, weights, coefficients) };
  let best: Solution | null = null;
  for (let mask = 1; mask < 1 << nonNegative.length; mask++) {
    const dropped = nonNegative.filter((_, bit) => mask & (1 << bit));
    const kept = columns.map((_, column) => column).filter((column) => !dropped.includes(column));
    const part = solveFree(
      kept.map((column) => columns[column]!),
      y,
      weights,
    );
    const full = new Array<number>(columns.length).fill(0);
    for (const [at, column] of kept.entries()) full[column] = part[at]!;
    if (breaks(full)) continue;
    const sse = weightedError(columns, y, weights, full);
    if (best === null || sse < best.sse) best = { coefficients: full, sse };
  }
  return best!; // the mask that drops every bounded column breaks none
}

/** Least point of `f` on [low, high] by golden-section search, to `tolerance` of the interval's ends. */
export function goldenSection(
  f: (x: number) => number,
  low: number,
  high: number,
  tolerance = 1e-10,
): number {
  const ratio = (Math.sqrt(5) - 1) / 2;
  let [a, b] = [low, high];
  let [c, d] = [b - ratio * (b - a), a + ratio * (b - a)];
  let [atC, atD] = [f(c), f(d)];
  const enough = tolerance * Math.max(1e-300, Math.abs(low), Math.abs(high));
  for (let round = 0; round < 120 && b - a > enough; round++) {
    if (atC <= atD) {
      [b, d, atD] = [d, c, atC];
      c = b - ratio * (b - a);
      atC = f(c);
    } else {
      [a, c, atC] = [c, d, atD];
      d = a + ratio * (b - a);
      atD = f(d);
    }
  }
  return atC <= atD ? c : d;
}

/** Digamma of x > 0, to about 1e-15: recurrence up to 12, then the asymptotic series (Abramowitz and Stegun 6.3.18). */
export function digamma(x: number): number {
  let [shifted, sum] = [x, 0];
  while (shifted < 12) {
    sum -= 1 / shifted;
    shifted += 1;
  }
  const square = 1 / (shifted * shifted);
  const series =
    square *
    (1 / 12 -
      square *
        (1 / 120 - square * (1 / 252 - square * (1 / 240 - square * (1 / 132 - (square * 691) / 32760)))));
  return sum + Math.log(shifted) - 0.5 / shifted - series;
}

/** `count` values from low to high, evenly spaced in their logarithm. */
export function logSpaced(low: number, high: number, count: number): number[] {
  return Array.from({ length: count }, (_, k) => low * (high / low) ** (k / Math.max(1, count - 1)));
}

export function mean(values: ArrayLike<number>): number {
  let sum = 0;
  for (let j = 0; j < values.length; j++) sum += values[j]!;
  return sum / values.length;
}

/** Middle value; the mean of the two middle ones for an even count. */
export function median(values: ArrayLike<number>): number {
  const sorted = Float64Array.from(values).sort();
  const half = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[half]! : (sorted[half - 1]! + sorted[half]!) / 2;
}
