/**
 * The noise of a fitted series: serial correlation and size, as they were before the fit took part of them away.
 */

export interface SeriesNoise {
  /** Autocorrelation at lag 1 of the noise, in [0, 0.95]. */
  readonly rho: number;
  /** Standard deviation of the noise. */
  readonly deviation: number;
  /** Innovations of each checkpoint: residual - rho * the one before, scaled to the noise's size, [m]. */
  readonly innovations: Float64Array;
  /** Degrees of freedom that the deviation rests on: checkpoints, counted as independent ones, less parameters. */
  readonly freedom: number;
}

/**
 * AR(1) noise of `residuals` [m] left by a weighted fit whose absorbed directions are `tangent` (orthonormal in the space
 * of residuals times the roots of the weights). A fit hides slow noise: it absorbs it. So rho and the variance are not read
 * off the residuals but matched: with M = 1 - H the residual-making matrix and S(rho) the noise's correlation, rho is where
 *   tr(M S M' shifted by one) / tr(M S M')
 * equals the lag-1 ratio of the residuals, and the variance is sum r^2 / tr(M S M').
 */
export function seriesNoise(
  residuals: Float64Array,
  tangent: readonly Float64Array[],
  weights: readonly number[],
): SeriesNoise {
  const m = residuals.length;
  const roots = weights.map(Math.sqrt);
  // M[i][j] = delta - (1/root_i) sum_q q_i q_j root_j
  const maker = Array.from({ length: m }, (_, i) => {
    const row = new Float64Array(m);
    for (let j = 0; j < m; j++) {
      let hat = 0;
      for (const q of tangent) hat += q[i]! * q[j]!;
      row[j] = (i === j ? 1 : 0) - (hat * roots[j]!) / roots[i]!;
    }
    return row;
  });
  // Sums of M'M and of M' shifted M over pairs of checkpoints k apart: polynomials in rho.
  const here = new Float64Array(m);
  const shifted = new Float64Array(m);
  for (let i = 0; i < m; i++) {
    const row = maker[i]!;
    const next = maker[i + 1];
    for (let a = 0; a < m; a++) {
      const value = row[a]!;
      if (value === 0) continue;
      for (let b = 0; b < m; b++) {
        const apart = a > b ? a - b : b - a;
        here[apart]! += value * row[b]!;
        if (next !== undefined) shifted[apart]! += value * next[b]!;
      }
    }
  }
  const at = (sums: Float64Array, rho: number) => sums.reduceRight((total, value) => total * rho + value, 0);
  let squares = 0;
  let products = 0;
  for (let j = 0; j < m; j++) {
    squares += residuals[j]! ** 2;
    if (j > 0) products += residuals[j]! * residuals[j - 1]!;
  }
  const target = squares > 0 ? products / squares : 0;
  let rho = 0;
  let miss = Number.POSITIVE_INFINITY;
  for (let tried = 0; tried <= 0.95001; tried += 0.05) {
    const difference = Math.abs(at(shifted, tried) / at(here, tried) - target);
    if (difference < miss) [miss, rho] = [difference, tried];
  }
  const variance = squares / Math.max(1e-9, at(here, rho));
  const innovations = new Float64Array(m);
  let size = 0;
  for (let j = 1; j < m; j++) {
    innovations[j] = residuals[j]! - rho * residuals[j - 1]!;
    size += innovations[j]! ** 2;
  }
  const wanted = variance * (1 - rho * rho);
  const scale = size > 0 ? Math.sqrt((wanted * (m - 1)) / size) : 0;
  for (let j = 1; j < m; j++) innovations[j]! *= scale;
  innovations[0] = Math.sqrt(variance) * Math.sign(residuals[0]!); // the noise itself: none came before
  const independent = (m * (1 - rho)) / (1 + rho);
  return {
    rho,
    deviation: Math.sqrt(variance),
    innovations,
    freedom: Math.max(2, independent - tangent.length),
  };
}

/** Standard normal numbers from uniform ones (Box and Muller). */
export function normals(uniform: () => number): () => number {
  let spare: number | null = null;
  return () => {
    if (spare !== null) {
      const value = spare;
      spare = null;
      return value;
    }
    const radius = Math.sqrt(-2 * Math.log(1 - uniform()));
    const angle = 2 * Math.PI * uniform();
    spare = radius * Math.sin(angle);
    return radius * Math.cos(angle);
  };
}

/** sqrt(freedom / chi^2_freedom), the factor that makes a t of a normal number: chi^2 by Wilson and Hilferty. */
export function studentFactor(freedom: number, normal: () => number): number {
  const part = 2 / (9 * freedom);
  const cube = Math.max(0.05, 1 - part + normal() * Math.sqrt(part)) ** 3;
  return 1 / Math.sqrt(cube);
}
