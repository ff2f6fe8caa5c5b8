/** Finished runs that can be compared with the document on the canvas, by expert layout. */
import { useEffect, useMemo } from 'react';
import type { RunSummary } from '../../../shared/rpc/contract.ts';
import { type LayoutLoss, layoutLosses } from '../../logic/layoutLosses.ts';
import type { Cost } from '../../logic/layoutTrade.ts';
import { useTraining } from '../../state/training.ts';
import { loadDetail, useWorkspace } from '../../state/workspace.ts';
import { useDocument } from './useDocument.ts';

const noRuns: readonly RunSummary[] = [];
/** Runs looked at, newest first: their documents are fetched one by one. */
const most = 40;

/** `target`: what a layer must cost (`costOf`), as near as a trade comes, to be comparable. */
export function useLayoutLosses(block: number, cost: Cost, target: number): readonly LayoutLoss[] {
  const document = useDocument();
  const configuration = useTraining((training) => training.configuration);
  const runs = useWorkspace((workspace) => workspace.runs.value ?? noRuns);
  const details = useWorkspace((workspace) => workspace.details);
  const kind = document.blocks[block]?.ffn.kind;
  const candidates = useMemo(
    () =>
      runs
        .filter(
          (run) =>
            run.state === 'finished' &&
            run.validationLoss !== null &&
            run.ffnKinds.some((other) => other === kind),
        )
        .slice(0, most)
        .map((run) => run.run)
        .join(' '),
    [runs, kind],
  );
  useEffect(() => {
    for (const run of candidates.split(' ')) {
      if (run !== '' && useWorkspace.getState().details[run] === undefined) void loadDetail(run);
    }
  }, [candidates]);
  return useMemo(
    () =>
      layoutLosses(
        document,
        block,
        configuration,
        candidates.split(' ').flatMap((run) => details[run]?.value ?? []),
        { cost, target },
      ),
    [document, block, configuration, candidates, details, cost, target],
  );
}
