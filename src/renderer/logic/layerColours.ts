/** Colours of layers, first to last: an ordered scale (cividis), without the end that the background swallows. */
import { mapColour } from '../../shared/figures/colours.ts';

/** The shares of the scale that stand out from the background. */
export const scaleEnds = { light: [0, 0.8], dark: [0.3, 1] } as const;

/** The colour of a share in [0, 1] of what is shown. */
export function scaleColour(share: number, scheme: 'light' | 'dark'): string {
  const [from, to] = scaleEnds[scheme];
  return mapColour('cividis', from + share * (to - from));
}

export function layerColours(count: number, scheme: 'light' | 'dark'): string[] {
  return Array.from({ length: count }, (_, index) =>
    scaleColour(count === 1 ? 0.3 : index / (count - 1), scheme),
  );
}
