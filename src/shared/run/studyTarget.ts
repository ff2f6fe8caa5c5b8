/** The loss that a study ranks by: one measured set, or a weighted mean over several. */
import type { MeasuredSet, Measurement } from './measurement.ts';
import type { StudyTarget } from './studyPlan.ts';

/**
 * The target's loss by position at every step that all of its sets were measured at. Standard errors are those of a
 * weighted mean of independent sets. Empty where a set is missing.
 */
export function targetPoints(sets: readonly MeasuredSet[], target: StudyTarget): Measurement[] {
  const total = target.reduce((sum, { weight }) => sum + weight, 0);
  const chosen = target.map(({ set, weight }) => ({
    share: weight / total,
    points: new Map(sets.find((found) => found.set === set)?.points.map((point) => [point.step, point])),
  }));
  const [first] = chosen;
  if (first === undefined) return [];
  if (chosen.length === 1) return [...first.points.values()];
  return [...first.points.values()].flatMap((point) => {
    const parts = chosen.map(({ share, points }) => ({ share, point: points.get(point.step) }));
    if (parts.some((part) => part.point === undefined)) return [];
    const weighted = (i: number): number =>
      parts.reduce((sum, { share, point: measured }) => sum + share * measured!.loss[i]!, 0);
    return [
      {
        ...point,
        loss: point.loss.map((_, i) => weighted(i)),
        standardError: point.loss.map((_, i) =>
          Math.sqrt(
            parts.reduce(
              (sum, { share, point: measured }) => sum + (share * measured!.standardError[i]!) ** 2,
              0,
            ),
          ),
        ),
        sequences: parts.reduce((sum, { point: measured }) => sum + measured!.sequences, 0),
      },
    ];
  });
}

/** Mean over the positions, nats per token. */
export function meanOver({ loss }: Pick<Measurement, 'loss'>): number {
  return loss.reduce((sum, value) => sum + value, 0) / loss.length;
}
