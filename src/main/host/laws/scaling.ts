/** Final losses of all finished runs, and the scaling laws fitted to them. */
import { FinegrainError } from '../../../shared/errors.ts';
import { fitChinchilla, fitKaplan, fitStepLaw } from '../../../shared/laws/scaling/index.ts';
import type { FinishedRun, Fitted, LawsScaling } from '../../../shared/rpc/contract.ts';
import { meanOver } from '../../../shared/run/studyTarget.ts';
import type { Store } from '../../store/index.ts';
import { measuredTarget, tokensPerStep } from './subject.ts';

/** Finished runs that were measured on `set` at their last step. */
export function finishedRuns(store: Store, set: string): FinishedRun[] {
  return store.runs
    .list()
    .filter(({ state }) => state === 'finished')
    .flatMap((row) => {
      const last = measuredTarget(store, row.run, [{ set, weight: 1 }]).at(-1);
      if (last === undefined || last.step !== row.steps) return [];
      const stored = store.runs.get(row.run);
      return [
        {
          ...{ run: row.run, name: row.name },
          ...{ parameters: row.parameters, activeParameters: row.activeParameters },
          tokens: last.tokens,
          learningRate: stored.configuration.learningRate,
          batchTokens: tokensPerStep(stored),
          loss: meanOver(last),
        },
      ];
    });
}

/** Each fit, or why these runs allow none. `counted`: which parameters are N. */
export function scalingFits(store: Store, set: string, counted: 'all' | 'active'): LawsScaling {
  const runs = finishedRuns(store, set);
  const rows = runs.map((row) => ({
    ...row,
    parameters: counted === 'all' ? row.parameters : row.activeParameters,
  }));
  return {
    set,
    runs,
    chinchilla: fitted(() => fitChinchilla(rows)),
    kaplan: fitted(() => fitKaplan(rows)),
    stepLaw: fitted(() => fitStepLaw(rows)),
  };
}

function fitted<Fit>(fit: () => Fit): Fitted<Fit> {
  try {
    return { fit: fit() };
  } catch (error) {
    if (!(error instanceof FinegrainError)) throw error;
    return { notPossible: error.hint === undefined ? error.message : `${error.message} ${error.hint}` };
  }
}
