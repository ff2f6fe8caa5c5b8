import { useCanvas } from '../../../state/canvas.ts';

/** Whether a held thing is over this place and may be let go there; undefined where it is not over it. */
export function useOver(at: 'attention' | 'ffn' | 'block', block: number, layer: number | null = null) {
  return useCanvas(({ held, preview }) => {
    if (held === null) return undefined;
    const { place } = held;
    if (place.at !== at || !('block' in place) || place.block !== block || place.layer !== layer)
      return undefined;
    return preview === null ? 'no' : 'yes';
  });
}
