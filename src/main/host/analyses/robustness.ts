/**
 * Routing robustness: the loss when the expert of the highest probability is taken from every token and the top K of the
 * rest run (CartesianMoE, arXiv 2410.16077, Table 4). In nats as well, since perplexities explode.
 */
import type { RobustnessAnalysis } from '../../../shared/run/analysis.ts';
import { layersToDisable } from '../../training/analyses/disable.ts';
import type { LayerRoutes } from '../../training/analyses/routes.ts';
import { meanOf } from './buckets.ts';
import { routedLayer } from './routing.ts';
import { type AnalysisParts, asked, openReading, type ReadingInput, subjectOf } from './subject.ts';

export async function analyseRobustness(
  parts: AnalysisParts,
  input: ReadingInput,
  signal?: AbortSignal,
): Promise<RobustnessAnalysis> {
  const reading = await openReading(parts, input);
  const routes = await parts.inference.ask({ kind: 'routes', ...asked(reading), shown: 0 }, signal);
  const layers = layersToDisable(routes);
  const lossWith = async (disableTop1: 'none' | RobustnessAnalysis['disabled'][number]['routers']) => {
    const { losses } = await parts.inference.ask({ kind: 'losses', ...asked(reading), disableTop1 }, signal);
    return meanOf(losses);
  };
  const loss = await lossWith('none');
  const twoRouters = layers.some(({ groups }) => groups === 2);
  const disabled: RobustnessAnalysis['disabled'][number][] = [];
  for (const routers of twoRouters ? (['first', 'second', 'both'] as const) : (['both'] as const)) {
    const without = await lossWith(routers);
    disabled.push({
      routers,
      loss: without,
      perplexity: Math.exp(without),
      lossIncrease: without - loss,
      perplexityIncrease: Math.exp(without) - Math.exp(loss),
    });
  }
  return {
    kind: 'robustness',
    ...subjectOf(parts, input.run, { step: routes.step, source: reading.source, tokens: routes.ids.length }),
    loss,
    perplexity: Math.exp(loss),
    disabled,
    layers: layers.map((layer) => ({ ...routedLayer(layer), kept: keptShare(layer) })),
  };
}

/** Share of tokens, group by group, that see no more experts than they choose and so keep them (MaskMoE, V <= K). */
export function keptShare({
  visible,
  chosen,
  most,
}: Pick<LayerRoutes, 'visible' | 'chosen' | 'most'>): number {
  let kept = 0;
  visible.forEach((seen, row) => {
    const ran = chosen.subarray(row * most, (row + 1) * most).filter((expert) => expert >= 0).length;
    if (seen <= ran) kept++;
  });
  return visible.length === 0 ? 0 : kept / visible.length;
}
