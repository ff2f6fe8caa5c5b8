/** Predictions of candidates' final losses on a study's target. */
import { toErrorShape } from '../../../shared/errors.ts';
import { predictLoss } from '../../../shared/laws/predict.ts';
import type { LawOptions, Trajectory } from '../../../shared/laws/types.ts';
import type { CandidatePrediction } from '../../../shared/run/studyRanking.ts';
import { meanOver } from '../../../shared/run/studyTarget.ts';

export interface RankingOptions {
  readonly law?: LawOptions;
  readonly resamples?: number;
  readonly seed?: number;
}

/**
 * What the law says of a run's loss after `finalTokens`, from its checkpoints up to `untilStep`. Where no law can be
 * fitted, `predicted` is null and `trust` says why.
 */
export function predictCandidate(
  run: string,
  trajectory: Trajectory,
  { untilStep, finalTokens }: { readonly untilStep: number; readonly finalTokens: number },
  { law, resamples = 200, seed = 0 }: RankingOptions = {},
): CandidatePrediction {
  const last = trajectory.points.findLast(({ step }) => step <= untilStep);
  const read = { run, step: last?.step ?? 0, observed: last === undefined ? Number.NaN : meanOver(last) };
  try {
    const { at, identifiable, trust } = predictLoss(trajectory, [finalTokens], {
      untilStep,
      intervals: { resamples, seed, levels: [0.5, 0.95] },
      ...(law === undefined ? {} : { law }),
    });
    const { tokens: _tokens, ...predicted } = at[0]!;
    return { ...read, predicted, identifiable, trust };
  } catch (error) {
    const sentence = toErrorShape(error).message;
    return { ...read, predicted: null, identifiable: false, trust: { level: 'none', sentence } };
  }
}
