/** Routing token by token: the router's probabilities and the experts that ran. */
import { FinegrainError } from '../../../shared/errors.ts';
import type { RoutedLayer, RoutingAnalysis } from '../../../shared/run/analysis.ts';
import type { LayerRoutes, Routes } from '../../training/analyses/routes.ts';
import { type AnalysisParts, asked, openReading, type ReadingInput, subjectOf } from './subject.ts';

export async function analyseRouting(
  parts: AnalysisParts,
  input: ReadingInput & { readonly tokens: number },
  signal?: AbortSignal,
): Promise<RoutingAnalysis> {
  const reading = await openReading(parts, input);
  const request = { kind: 'routes', ...asked(reading), shown: input.tokens } as const;
  const routes = await parts.inference.ask(request, signal);
  requireExperts(input.run, routes);
  const shown = routes.tokens.length;
  return {
    kind: 'routing',
    ...subjectOf(parts, input.run, { step: routes.step, source: reading.source, tokens: routes.ids.length }),
    positions: routes.tokens.map((token, at) => ({
      position: routes.positions[at]!,
      id: routes.ids[at]!,
      token,
    })),
    layers: routes.layers.map((layer) => ({
      ...routedLayer(layer),
      probabilities: layer.probabilities === null ? null : rowsOf(layer.probabilities, layer.experts, shown),
      ...chosenOf(layer, shown),
      distinctPerType: distinctPerType(layer, routes.ids),
    })),
  };
}

/** Throws `input.invalid` for a model none of whose layers switches experts off. */
export function requireExperts(run: string, routes: Routes): void {
  if (routes.layers.length > 0) return;
  throw new FinegrainError(
    'input.invalid',
    `Run ${run} routes no tokens: no layer has experts that are switched off for some of them.`,
    'Choose a run with a mixture of experts, such as moe, cartesianmoe, maskmoe or dsmoe.',
  );
}

export function routedLayer({ layer, kind, experts, groups, router }: LayerRoutes): RoutedLayer {
  return { layer, kind, experts, groups, router };
}

function rowsOf(values: Float32Array, width: number, rows: number): number[][] {
  return Array.from({ length: rows }, (_, row) => [...values.subarray(row * width, (row + 1) * width)]);
}

function chosenOf(layer: LayerRoutes, shown: number): { chosen: number[][]; weights: number[][] } {
  const width = layer.groups * layer.most;
  const chosen = Array.from({ length: shown }, (_, token) =>
    [...layer.chosen.subarray(token * width, (token + 1) * width)].filter((expert) => expert >= 0),
  );
  const weights = chosen.map((list, token) =>
    list.map((expert) => layer.weights[token * layer.experts + expert]!),
  );
  return { chosen, weights };
}

/** Distinct experts of a type over its occurrences, mean over types that occur at least twice; null: there is none. */
export function distinctPerType(
  { chosen, groups, most }: Pick<LayerRoutes, 'chosen' | 'groups' | 'most'>,
  ids: Int32Array,
): number | null {
  const width = groups * most;
  const types = new Map<number, { occurrences: number; experts: Set<number> }>();
  ids.forEach((id, token) => {
    const type = types.get(id) ?? { occurrences: 0, experts: new Set<number>() };
    types.set(id, type);
    type.occurrences++;
    for (const expert of chosen.subarray(token * width, (token + 1) * width)) {
      if (expert >= 0) type.experts.add(expert);
    }
  });
  const repeated = [...types.values()].filter(({ occurrences }) => occurrences > 1);
  if (repeated.length === 0) return null;
  return repeated.reduce((sum, { experts }) => sum + experts.size, 0) / repeated.length;
}
