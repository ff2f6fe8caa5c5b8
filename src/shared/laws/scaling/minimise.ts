/**
 * BFGS with a weak Wolfe line search (Nocedal and Wright, Numerical Optimization, algorithms 6.1 and 3.5 by bisection):
 * for smooth objectives of a handful of variables. Ours have a Huber loss, so a least-squares method would need
 * reweighting around it; this follows the objective itself, as SciPy's L-BFGS does.
 */

/** Objective at `x`; writes its gradient into `gradient`, of the same length. */
export type Objective = (x: readonly number[], gradient: number[]) => number;

export interface Minimum {
  readonly x: readonly number[];
  readonly value: number;
  readonly iterations: number;
}

const dot = (a: readonly number[], b: readonly number[]): number =>
  a.reduce((sum, v, i) => sum + v * b[i]!, 0);

/** A step along `direction` that lowers the objective enough and flattens its slope; null when rounding allows none. */
function lineSearch(
  objective: Objective,
  x: readonly number[],
  value: number,
  slope: number,
  direction: readonly number[],
): { x: number[]; value: number; gradient: number[] } | null {
  let [low, high, step] = [0, Number.POSITIVE_INFINITY, 1];
  let best: { x: number[]; value: number; gradient: number[] } | null = null;
  for (let attempt = 0; attempt < 40; attempt++) {
    const next = x.map((v, i) => v + step * direction[i]!);
    const gradient = new Array<number>(x.length).fill(0);
    const nextValue = objective(next, gradient);
    if (!(nextValue <= value + 1e-4 * step * slope)) {
      high = step;
    } else {
      best = { x: next, value: nextValue, gradient };
      if (dot(gradient, direction) >= 0.9 * slope) return best;
      low = step;
    }
    step = Number.isFinite(high) ? (low + high) / 2 : 2 * low;
  }
  return best;
}

/**
 * The local minimum that is reached from `start`. Stops when an iteration lowers the objective by less than `tolerance`
 * of its value (twice in a row), or when the gradient vanishes.
 */
export function minimise(
  objective: Objective,
  start: readonly number[],
  options: { iterations?: number; tolerance?: number } = {},
): Minimum {
  const { iterations = 500, tolerance = 1e-12 } = options;
  const size = start.length;
  const identity = (): number[][] => start.map((_, i) => start.map((_, j) => (i === j ? 1 : 0)));
  let x: readonly number[] = start;
  let gradient = new Array<number>(size).fill(0);
  let value = objective(x, gradient);
  let inverse = identity(); // of the Hessian, [size][size]
  let fresh = true;
  let flat = 0;
  let iteration = 0;
  for (; iteration < iterations; iteration++) {
    if (gradient.every((g) => Math.abs(g) < 1e-14)) break;
    let direction = inverse.map((row) => -dot(row, gradient));
    let slope = dot(direction, gradient);
    if (!(slope < 0)) {
      inverse = identity();
      direction = gradient.map((g) => -g);
      slope = -dot(gradient, gradient);
      fresh = true;
    }
    if (fresh) {
      const length = Math.sqrt(dot(direction, direction));
      const scale = Math.min(1, 0.1 / length); // nothing is known of the curvature yet
      direction = direction.map((v) => v * scale);
      slope *= scale;
    }
    const next = lineSearch(objective, x, value, slope, direction);
    if (next === null) {
      if (fresh) break;
      inverse = identity();
      fresh = true;
      continue;
    }
    const step = next.x.map((v, i) => v - x[i]!);
    const change = next.gradient.map((v, i) => v - gradient[i]!);
    const curvature = dot(step, change);
    if (curvature > 1e-300) {
      if (fresh) {
        const scale = curvature / dot(change, change);
        inverse = identity().map((row) => row.map((v) => v * scale));
      }
      const moved = inverse.map((row) => dot(row, change));
      const factor = 1 + dot(change, moved) / curvature;
      inverse = inverse.map((row, i) =>
        row.map(
          (v, j) =>
            v + (factor * step[i]! * step[j]! - moved[i]! * step[j]! - step[i]! * moved[j]!) / curvature,
        ),
      );
      fresh = false;
    }
    flat = value - next.value <= tolerance * (Math.abs(next.value) + 1e-300) ? flat + 1 : 0;
    x = next.x;
    gradient = next.gradient;
    value = next.value;
    if (flat >= 2) break;
  }
  return { x, value, iterations: iteration };
}

/**
 * The best of the minima reached from `starts`: a short descent from each, then a long one from the `finalists` best, so
 * that a grid of hundreds of starts stays cheap.
 */
export function minimiseFromMany(
  objective: Objective,
  starts: readonly (readonly number[])[],
  finalists = 6,
): Minimum {
  const short = starts
    .map((start) => minimise(objective, start, { iterations: 25, tolerance: 1e-6 }))
    .filter(({ value }) => Number.isFinite(value))
    .sort((a, b) => a.value - b.value);
  const long = short
    .slice(0, finalists)
    .map(({ x }) => minimise(objective, x, { iterations: 2000, tolerance: 1e-13 }));
  return long.reduce((best, candidate) => (candidate.value < best.value ? candidate : best));
}

/** Huber's loss of a residual: half its square up to `delta`, a line beyond; with its derivative. */
export function huber(residual: number, delta: number): { loss: number; slope: number } {
  const size = Math.abs(residual);
  if (size <= delta) return { loss: (residual * residual) / 2, slope: residual };
  return { loss: delta * (size - delta / 2), slope: delta * Math.sign(residual) };
}
