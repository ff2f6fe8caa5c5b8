/** Colours of runs by a field: numbers on cividis, method kinds in their own colour, other categories on the palette. */
import { paletteColours } from '../../shared/figures/colours.ts';
import { type Dimension, placeOf, type Value } from '../../shared/run/parallel.ts';
import { scaleColour } from './layerColours.ts';
import { methodColours } from './methodColours.ts';

export function colourOf(dimension: Dimension, value: Value, scheme: 'light' | 'dark'): string {
  const grey = scheme === 'light' ? '#8a94a6' : '#77839a';
  const place = placeOf(dimension, value);
  if (place === null) return grey;
  if (dimension.kind === 'category') {
    const name = String(value);
    if (Object.hasOwn(methodColours, name)) return methodColours[name]![scheme];
    const palette = paletteColours('okabe-ito');
    return palette[dimension.categories.indexOf(name) % palette.length] ?? grey;
  }
  return scaleColour(place, scheme);
}
