/**
 * Uniform learning (arXiv 2404.17785, v1 abstract: models learn uniformly over positions although the loss itself is
 * unequal): how fast the loss falls at every position, over stretches of training. The statistic is ours
 * (papers/temporal-scaling-law.md, section 4): standard deviation over i of dL_i/dN, divided by its mean.
 */
import type { TrajectoryPoint } from './types.ts';

export interface UniformityStretch {
  readonly from: number; // tokens
  readonly to: number; // tokens
  readonly checkpoints: number;
  /** dL_i/dN at position i = 1..n, nats per million tokens, [n]: least-squares slope over the stretch's checkpoints. */
  readonly slope: readonly number[];
  /** Mean of `slope` over positions. */
  readonly mean: number;
  /** Standard deviation of `slope` over its mean, without sign; null where the mean is 0. */
  readonly unevenness: number | null;
}

const million = 1e6;

/**
 * The last `octaves` halvings of the measured training: the second half, the quarter before it, and so on, earliest first.
 * A stretch with fewer than two checkpoints is left out. The last one is what the statistic of section 4 is taken over.
 */
export function uniformityStretches(
  points: readonly Pick<TrajectoryPoint, 'tokens' | 'loss'>[],
  octaves = 4,
): UniformityStretch[] {
  const last = points.at(-1)?.tokens ?? 0;
  if (last <= 0) return [];
  return Array.from({ length: octaves }, (_, index) => octaves - 1 - index).flatMap((halvings) => {
    const [from, to] = [last / 2 ** (halvings + 1), last / 2 ** halvings];
    const within = points.filter(({ tokens }) => tokens >= from && tokens <= to);
    return within.length < 2 ? [] : [stretchOf(within, from, to)];
  });
}

function stretchOf(
  points: readonly Pick<TrajectoryPoint, 'tokens' | 'loss'>[],
  from: number,
  to: number,
): UniformityStretch {
  const n = points[0]!.loss.length;
  const centre = points.reduce((sum, { tokens }) => sum + tokens, 0) / points.length;
  const spread = points.reduce((sum, { tokens }) => sum + (tokens - centre) ** 2, 0);
  const slope = Array.from(
    { length: n },
    (_, i) =>
      (million * points.reduce((sum, { tokens, loss }) => sum + (tokens - centre) * loss[i]!, 0)) / spread,
  );
  const mean = slope.reduce((sum, value) => sum + value, 0) / n;
  const variance = slope.reduce((sum, value) => sum + (value - mean) ** 2, 0) / n;
  const unevenness = mean === 0 ? null : Math.sqrt(variance) / Math.abs(mean);
  return { from, to, checkpoints: points.length, slope, mean, unevenness };
}
