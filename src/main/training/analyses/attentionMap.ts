/** The attention map of one head on one window, and how far back every head of the model looks. */
import type { AttentionReading } from '../../../shared/run/reading.ts';
import type { TappedLayer } from '../../engine/types.ts';

export type HeadMaps = Pick<AttentionReading, 'map' | 'distance' | 'entropy'>;

/** Of the first `count` positions; taps `attention.map` are [1, H, T, T]. */
export function headMaps(
  layers: readonly TappedLayer[],
  layer: number,
  head: number,
  count: number,
): HeadMaps {
  const found = layers.map((tapped) => {
    const { shape, values } = tapped.taps['attention.map']!;
    const [, heads, context] = shape as [number, number, number, number];
    return Array.from({ length: heads }, (_, index) => reach(values, index, context, count));
  });
  const { shape, values } = layers[layer]!.taps['attention.map']!;
  const context = shape[2]!;
  return {
    map: Array.from({ length: count }, (_, t) => {
      const start = (head * context + t) * context;
      return Array.from(values.subarray(start, start + t + 1), (value) => Number(value.toFixed(4)));
    }),
    distance: found.map((heads) => heads.map(({ distance }) => distance)),
    entropy: found.map((heads) => heads.map(({ entropy }) => entropy)),
  };
}

function reach(values: Float32Array, head: number, context: number, count: number) {
  let distance = 0;
  let entropy = 0;
  for (let t = 0; t < count; t++) {
    const start = (head * context + t) * context;
    for (let s = 0; s <= t; s++) {
      const share = values[start + s]!;
      distance += share * (t - s);
      if (share > 0) entropy -= share * Math.log(share);
    }
  }
  const mean = (sum: number) => Number((sum / count).toPrecision(5));
  return { distance: mean(distance), entropy: mean(entropy) };
}
