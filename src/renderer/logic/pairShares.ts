/** How often each pair of CartesianMoE's two sets ran, from the co-activation of a probe. */
import { coActivation, type LayerProbe } from '../../shared/run/probe.ts';

/**
 * Share of tokens for which sub-expert A (row) and sub-expert B (column) both ran: the block [0, e) x [e, 2e) of the
 * co-activation, mean over the layers of that size. null where no layer logged it.
 */
export function pairShares(layers: readonly LayerProbe[], e: number): number[][] | null {
  const matrices = layers.flatMap(({ experts }) => {
    if (experts === null || experts.groups !== 2 || experts.count !== 2 * e) return [];
    const matrix = coActivation(experts);
    return matrix === null ? [] : [matrix];
  });
  if (matrices.length === 0) return null;
  return Array.from({ length: e }, (_, a) =>
    Array.from(
      { length: e },
      (_, b) => matrices.reduce((sum, matrix) => sum + matrix[a]![e + b]!, 0) / matrices.length,
    ),
  );
}
