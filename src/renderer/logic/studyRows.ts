/** Candidates of a study as its table lists them. */
import type { StudyCandidate, StudyRow } from '../../shared/rpc/contract.ts';
import type { SweepValues } from '../../shared/run/sweep.ts';

/** By measured final loss where a candidate has ended, else by prediction, else by what was observed; unknown ones last. */
export function orderedCandidates({ candidates }: Pick<StudyRow, 'candidates'>): StudyCandidate[] {
  const key = ({ ranked, observed }: StudyCandidate): readonly [number, number] => {
    if (ranked?.predicted != null) return [0, ranked.predicted.loss];
    return observed === null ? [2, 0] : [1, observed.loss];
  };
  return [...candidates].sort((a, b) => {
    const [left, right] = [key(a), key(b)];
    return left[0] - right[0] || left[1] - right[1];
  });
}

export type Decision = 'waits' | 'trains' | 'held' | 'kept' | 'stopped' | 'done';

/** What became of a candidate so far. */
export function decisionOf(
  { decisions, steps }: Pick<StudyRow, 'decisions' | 'steps'>,
  { run, step, due, state }: StudyCandidate,
): Decision {
  if (state === 'finished' || step >= steps) return 'done';
  const ranked = decisions.findLast(({ ranking }) => ranking.some((row) => row.run === run));
  if (ranked?.stopped.includes(run) === true && due === null) return 'stopped';
  if (ranked?.continued.includes(run) === true || (ranked !== undefined && due === steps)) return 'kept';
  if (state === 'failed' || state === 'stopped') return 'stopped';
  if (step === 0) return 'waits';
  return due !== null && step < due ? 'trains' : 'held';
}

/** Proportions in the order of `names`, from the values `data.NAME` of a candidate. */
export function sharesOf(values: SweepValues, names: readonly string[]): number[] {
  return names.map((name) => Number(values[`data.${name}`] ?? 0));
}
