/**
 * How alike the attention maps of layers are (uniattn.md section 4; the measure is ours): a row of a map holds what one
 * position attends to, all heads side by side, [H*T]; the similarity of two layers is the cosine of their rows, mean over
 * positions and windows.
 */
import type { Model, TappedLayer } from '../../engine/types.ts';
import type { Windows } from '../passage.ts';

export interface MapSimilarity {
  readonly step: number;
  readonly context: number;
  readonly tokens: number;
  /** [L][L]; null where two layers have different numbers of heads. */
  readonly values: (number | null)[][];
}

/** `windows` holds one sequence a batch: all maps of one batch are in memory at once. */
export async function mapSimilarity(
  model: Pick<Model, 'probe'>,
  windows: Windows,
  step: number,
): Promise<MapSimilarity> {
  const sums: (number | null)[][] = [];
  for (const batch of windows.batches) {
    const layers = await model.probe(batch, 'attention');
    const rows = [...batch.mask.keys()].filter((at) => batch.mask[at] !== 0);
    addSimilarities(sums, layers, rows);
  }
  const { context, tokens } = windows;
  const values = sums.map((row) => row.map((sum) => (sum === null ? null : sum / tokens)));
  return { step, context, tokens, values };
}

/** Adds the cosines of the given rows (b * T + t) of every pair of layers. */
export function addSimilarities(
  sums: (number | null)[][],
  layers: readonly TappedLayer[],
  rows: readonly number[],
): void {
  const maps = layers.map((layer) => {
    const map = layer.taps['attention.map'];
    if (map === undefined) throw new Error(`layer ${layer.layer} has no tap attention.map`);
    return map;
  });
  for (let i = 0; i < maps.length; i++) {
    sums[i] ??= new Array<number | null>(maps.length).fill(0);
    for (let j = 0; j < maps.length; j++) {
      if (maps[i]!.shape[1] !== maps[j]!.shape[1]) sums[i]![j] = null;
    }
  }
  const context = maps[0]!.shape[3]!;
  const norms = new Float64Array(maps.length);
  for (const row of rows) {
    maps.forEach((map, layer) => {
      norms[layer] = Math.sqrt(dot(map, map, row, context));
    });
    for (let i = 0; i < maps.length; i++) {
      sums[i]![i]! += 1;
      for (let j = 0; j < i; j++) {
        if (sums[i]![j] === null) continue;
        const cosine = dot(maps[i]!, maps[j]!, row, context) / (norms[i]! * norms[j]!);
        sums[i]![j]! += cosine;
        sums[j]![i]! += cosine;
      }
    }
  }
}

type AttentionTap = TappedLayer['taps'][string]; // [B, H, T, T]

/** Inner product of two layers' rows b*T + t over all heads; keys in the future are 0 and are left out. */
function dot(a: AttentionTap, b: AttentionTap, row: number, context: number): number {
  const heads = a.shape[1]!;
  const query = row % context;
  const window = (row - query) * context * heads;
  let sum = 0;
  for (let head = 0; head < heads; head++) {
    const start = window + (head * context + query) * context;
    for (let at = start; at <= start + query; at++) sum += a.values[at]! * b.values[at]!;
  }
  return sum;
}
