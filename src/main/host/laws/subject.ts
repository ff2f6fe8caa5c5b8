/** Runs as the laws see them: a trajectory of measured losses, and the schedule that was planned. */
import { FinegrainError } from '../../../shared/errors.ts';
import { scheduleOfRun } from '../../../shared/laws/schedule.ts';
import type { Trajectory, TrajectoryPoint } from '../../../shared/laws/types.ts';
import type { StudyTarget } from '../../../shared/run/studyPlan.ts';
import { targetPoints } from '../../../shared/run/studyTarget.ts';
import type { Store, StoredRun } from '../../store/index.ts';

/** Tokens of one optimiser step. */
export function tokensPerStep({
  architecture,
  configuration,
}: Pick<StoredRun, 'architecture' | 'configuration'>) {
  const { batch, accumulate, context } = configuration;
  return batch * accumulate * (context ?? architecture.context);
}

/** What was measured of a run, as points of the target; [] where one of its sets was not measured. */
export function measuredTarget(store: Store, run: string, target: StudyTarget): TrajectoryPoint[] {
  return targetPoints(store.measurements.of(run).sets, target);
}

/** The trajectory of a run on the target. `set` of it names the sets. */
export function trajectoryOf(store: Store, stored: StoredRun, target: StudyTarget): Trajectory {
  return {
    set: target.map(({ set }) => set).join(' + '),
    points: measuredTarget(store, stored.run, target),
    schedule: scheduleOfRun(stored.configuration, tokensPerStep(stored)),
  };
}

/** The same, where there is something to fit. Throws `input.invalid`, naming the set and those that there are. */
export function measuredTrajectory(store: Store, stored: StoredRun, target: StudyTarget): Trajectory {
  const trajectory = trajectoryOf(store, stored, target);
  if (trajectory.points.length > 0) return trajectory;
  const sets = store.measurements.of(stored.run).sets.map(({ set }) => set);
  const missing = target.find(({ set }) => !sets.includes(set))?.set ?? trajectory.set;
  throw new FinegrainError(
    'input.invalid',
    sets.length === 0
      ? `Run ${stored.run} has no measured losses by position.`
      : `Run ${stored.run} was not measured on ${missing}; it was on ${sets.join(', ')}.`,
    sets.length === 0
      ? 'Train it with --measure-points above 0, or wait for its first measurement.'
      : 'Name one of these, or train with --measure NAME.',
  );
}
