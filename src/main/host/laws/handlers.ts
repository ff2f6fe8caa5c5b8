/** Handlers of `laws.*` and `studies.*`. */

import type { LawsOutputs } from '../../../shared/rpc/contract/laws.ts';
import type { Handlers } from '../../../shared/rpc/contract.ts';
import type { Store } from '../../store/index.ts';
import { QualityService } from './quality.ts';
import { scalingFits } from './scaling.ts';
import type { StudyService } from './studies.ts';

export function lawHandlers({
  store,
  studies,
}: {
  readonly store: Store;
  readonly studies: StudyService;
}): Pick<Handlers, keyof LawsOutputs> {
  const quality = new QualityService(store);
  return {
    'laws.quality': async ({ set }, context) => quality.of(set, context?.signal),
    'laws.scaling': async ({ set, parameters }) => scalingFits(store, set, parameters),
    'studies.start': async (input) => studies.start(input),
    'studies.list': async () => studies.list(),
    'studies.get': async ({ study }) => studies.get(study),
    'studies.stop': async ({ study }) => {
      studies.stop(study);
      return null;
    },
    'studies.continue': async ({ study, candidates }) => {
      await studies.continue(study, candidates);
      return null;
    },
  };
}
