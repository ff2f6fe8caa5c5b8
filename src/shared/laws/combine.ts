/** A target over several sets, e.g. the mean over three domains: their loss vectors, averaged position by position. */
import { FinegrainError } from '../errors.ts';
import type { Trajectory, TrajectoryPoint } from './types.ts';

/**
 * Weighted average of the sets' losses at the steps that all of them have. `weights` by set name, 0 or more, normalised
 * to sum 1; a set without one is left out. Standard errors add in squares (the sets' sequences are different ones) and
 * are kept where every set has them. Throws `input.invalid` for a weight without a set, weights that sum to 0 or less,
 * or sets of different context.
 */
export function combineSets(
  sets: readonly Pick<Trajectory, 'set' | 'points'>[],
  weights: Readonly<Record<string, number>>,
): TrajectoryPoint[] {
  const names = sets.map(({ set }) => set);
  for (const [name, weight] of Object.entries(weights)) {
    if (!names.includes(name)) {
      throw new FinegrainError(
        'input.invalid',
        `weights.${name}: no set of this name is measured; there are ${names.join(', ') || 'none'}.`,
        'Name a measured set, or measure this one too.',
      );
    }
    if (!(weight >= 0) || !Number.isFinite(weight)) {
      throw new FinegrainError(
        'input.invalid',
        `weights.${name} is ${weight}.`,
        'Give a weight of 0 or more.',
      );
    }
  }
  const used = sets.filter(({ set }) => (weights[set] ?? 0) > 0);
  const total = used.reduce((sum, { set }) => sum + weights[set]!, 0);
  if (!(total > 0)) {
    throw new FinegrainError(
      'input.invalid',
      `The weights ${JSON.stringify(weights)} sum to ${total}.`,
      'Give at least one set a weight above 0.',
    );
  }
  const shares = used.map(({ set }) => weights[set]! / total);
  const byStep = used.map(({ points }) => new Map(points.map((point) => [point.step, point])));
  const combined: TrajectoryPoint[] = [];
  for (const { step } of used[0]!.points) {
    const points = byStep.map((map) => map.get(step));
    if (points.every((point) => point !== undefined)) combined.push(average(points, shares));
  }
  return combined;
}

function average(points: readonly TrajectoryPoint[], shares: readonly number[]): TrajectoryPoint {
  const { step, tokens, learningRate, loss } = points[0]!;
  if (points.some((point) => point.loss.length !== loss.length)) {
    throw new FinegrainError(
      'input.invalid',
      `At step ${step} the sets have ${points.map((point) => point.loss.length).join(', ')} positions.`,
      'Combine sets measured over the same context.',
    );
  }
  const mixed = loss.map((_, i) => points.reduce((sum, point, k) => sum + shares[k]! * point.loss[i]!, 0));
  if (points.some((point) => point.standardError === undefined))
    return { step, tokens, learningRate, loss: mixed };
  const squares = loss.map((_, i) =>
    points.reduce((sum, point, k) => sum + (shares[k]! * point.standardError![i]!) ** 2, 0),
  );
  return { step, tokens, learningRate, loss: mixed, standardError: squares.map(Math.sqrt) };
}
