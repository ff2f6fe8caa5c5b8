/** The loss that a study ranks by: one measured set, or a weighted mean over several. */
import { combineSets } from '../laws/combine.ts';
import type { Trajectory, TrajectoryPoint } from '../laws/types.ts';
import type { StudyTarget } from './studyPlan.ts';

/** The target's loss by position at every step that all of its sets were measured at; [] where a set is missing. */
export function targetPoints(
  sets: readonly Pick<Trajectory, 'set' | 'points'>[],
  target: StudyTarget,
): TrajectoryPoint[] {
  const missing = target.some(({ set }) => !sets.some((found) => found.set === set));
  if (missing) return [];
  return combineSets(sets, Object.fromEntries(target.map(({ set, weight }) => [set, weight])));
}

/** Mean over the positions, nats per token. */
export function meanOver({ loss }: Pick<TrajectoryPoint, 'loss'>): number {
  return loss.reduce((sum, value) => sum + value, 0) / loss.length;
}
