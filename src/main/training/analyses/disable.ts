/** Which layers of a model can do without the most probable expert of a token (CartesianMoE, Table 4). */
import { FinegrainError } from '../../../shared/errors.ts';
import type { LayerRoutes, Routes } from './routes.ts';

/** The layers with a softmax router. Throws `input.invalid` where there is none, or where no expert is left to take over. */
export function layersToDisable(routes: Pick<Routes, 'layers'>): LayerRoutes[] {
  const layers = routes.layers.filter(({ router }) => router === 'softmax');
  if (layers.length === 0) {
    throw new FinegrainError(
      'input.invalid',
      `The top-1 expert cannot be disabled: ${reasonOf(routes.layers[0])}.`,
      'Choose a run with a softmax router: moe, topp, llamamoe, maskmoe or cartesianmoe.',
    );
  }
  const full = layers.find(
    ({ experts, groups, chosenPerGroup }) => experts / groups < (chosenPerGroup ?? 1) + 1,
  );
  if (full === undefined) return layers;
  throw new FinegrainError(
    'input.invalid',
    `The top-1 expert cannot be disabled: layer ${full.layer + 1} (${full.kind}) has ` +
      `${full.experts / full.groups} experts and chooses ${full.chosenPerGroup ?? 1}, so none is left.`,
    'Choose a run with more experts than it chooses.',
  );
}

function reasonOf(layer: LayerRoutes | undefined): string {
  if (layer === undefined) return 'no layer of this model has experts that are switched off';
  return layer.router === 'gates'
    ? `${layer.kind} gates every expert by itself, so that no next one takes over`
    : `${layer.kind} assigns experts without a router, so that there is no next best one`;
}
