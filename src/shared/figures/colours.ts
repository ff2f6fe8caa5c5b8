/**
 * Colours and dashes of figures. Lines: Okabe and Ito's eight colours (Color Universal Design, 2008), safe for the common
 * colour blindnesses, and each line differs in dash too, so that a black-and-white print still tells them apart.
 * Fields: viridis and cividis, perceptually uniform.
 */

export const paletteNames = ['okabe-ito', 'grey'] as const;
export type PaletteName = (typeof paletteNames)[number];

/** Okabe-Ito ordered by contrast on white; yellow, which hardly shows as a line, comes last. */
const palettes: Readonly<Record<PaletteName, readonly string[]>> = {
  'okabe-ito': ['#0072b2', '#d55e00', '#009e73', '#cc79a7', '#e69f00', '#56b4e9', '#000000', '#f0e442'],
  grey: ['#000000', '#6b6b6b', '#a3a3a3'],
};

/** Dash patterns in multiples of the line width; an empty pattern is a solid line. Five against eight colours: 40 pairs. */
const dashes: readonly (readonly number[])[] = [[], [5, 2], [1.5, 1.75], [7, 2, 1.5, 2], [3, 1.5]];

/** Which style a mark has: a number picks a colour and a dash of the palette, `neutral` is the grey of references. */
export type SeriesStyle = number | 'neutral';

export const neutralColour = '#5f6368';

export function seriesColour(series: SeriesStyle, palette: PaletteName): string {
  if (series === 'neutral') return neutralColour;
  const colours = palettes[palette];
  return colours[series % colours.length]!;
}

/** Dash pattern in points of a line of this width. */
export function seriesDash(series: SeriesStyle, lineWidth: number): number[] {
  if (series === 'neutral') return [];
  return dashes[series % dashes.length]!.map((length) => length * lineWidth);
}

export const markerShapes = ['circle', 'square', 'triangle', 'diamond'] as const;
export type MarkerShape = (typeof markerShapes)[number];

export function seriesMarker(series: SeriesStyle): MarkerShape {
  return series === 'neutral' ? 'circle' : markerShapes[series % markerShapes.length]!;
}

export const colourMapNames = ['viridis', 'cividis'] as const;
export type ColourMapName = (typeof colourMapNames)[number];

/** 17 stops of each map, at multiples of 16/255, the last at 1. */
const colourMaps: Readonly<Record<ColourMapName, readonly string[]>> = {
  viridis: (
    '#440154 #48186a #472d7b #424086 #3b528b #33638d #2c728e #26828e #21918c ' +
    '#1fa088 #28ae80 #3fbc73 #5ec962 #84d44b #addc30 #d8e219 #fde725'
  ).split(' '),
  cividis: (
    '#002051 #012b65 #12376c #27426e #3d4d6e #51596e #63646f #727071 #807c75 ' +
    '#8d8877 #9b9578 #aaa276 #bcaf71 #cfbd67 #e3cc5b #f4db4e #fdea45'
  ).split(' '),
};

/** Colour of a share in [0, 1] (clamped), linear between stops. */
export function mapColour(map: ColourMapName, share: number): string {
  const stops = colourMaps[map];
  const position = (Math.min(1, Math.max(0, share)) * 255) / 16;
  const below = Math.min(Math.floor(position), stops.length - 2);
  // The last interval is 15/255 wide, not 16/255, because the maps have 256 entries.
  const width = below === stops.length - 2 ? 15 / 16 : 1;
  const t = Math.min(1, (position - below) / width);
  const mix = (offset: number): string => {
    const from = channel(stops[below]!, offset);
    const to = channel(stops[below + 1]!, offset);
    return Math.round(from + (to - from) * t)
      .toString(16)
      .padStart(2, '0');
  };
  return `#${mix(1)}${mix(3)}${mix(5)}`;
}

function channel(colour: string, offset: number): number {
  return Number.parseInt(colour.slice(offset, offset + 2), 16);
}
