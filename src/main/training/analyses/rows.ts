/** The rows of FFN taps [N, ...] that count: positions that only fill a batch up would spoil statistics. */
import type { TappedLayer } from '../../engine/types.ts';

export function countedRows(layers: readonly TappedLayer[], mask: Float32Array): TappedLayer[] {
  const rows = [...mask.keys()].filter((at) => mask[at] !== 0);
  if (rows.length === mask.length) return [...layers];
  return layers.map(({ layer, taps }) => ({
    layer,
    taps: Object.fromEntries(
      Object.entries(taps).map(([name, { shape, values }]) => {
        const width = values.length / mask.length;
        const kept = new Float32Array(rows.length * width);
        rows.forEach((row, at) => {
          kept.set(values.subarray(row * width, (row + 1) * width), at * width);
        });
        return [name, { shape: [rows.length, ...shape.slice(1)], values: kept }];
      }),
    ),
  }));
}
