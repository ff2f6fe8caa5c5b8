/**
 * Colours and dashes of figures. Lines: Okabe and Ito's eight colours (Color Universal Design, 2008), or Paul Tol's bright
 * and vibrant schemes (technical note SRON/EPS/TN/09-002), all safe for the common colour blindnesses; and each line
 * differs in dash too, so that a black-and-white print still tells them apart. Fields: viridis and cividis, perceptually
 * uniform; signed values: ColorBrewer's RdBu around a light 0.
 */

export const paletteNames = ['okabe-ito', 'tol-bright', 'tol-vibrant', 'grey'] as const;
export type PaletteName = (typeof paletteNames)[number];

/** Ordered by contrast on white; yellow, which hardly shows as a line, comes last. */
const palettes: Readonly<Record<PaletteName, readonly string[]>> = {
  'okabe-ito': ['#0072b2', '#d55e00', '#009e73', '#cc79a7', '#e69f00', '#56b4e9', '#000000', '#f0e442'],
  'tol-bright': ['#4477aa', '#228833', '#aa3377', '#ee6677', '#66ccee', '#ccbb44', '#bbbbbb'],
  'tol-vibrant': ['#0077bb', '#cc3311', '#009988', '#ee3377', '#ee7733', '#33bbee', '#bbbbbb'],
  grey: ['#000000', '#6b6b6b', '#a3a3a3'],
};

/** Dash patterns in multiples of the line width; an empty pattern is a solid line. Five against eight colours: 40 pairs. */
const dashes: readonly (readonly number[])[] = [[], [5, 2], [1.5, 1.75], [7, 2, 1.5, 2], [3, 1.5]];

/** Which style a mark has: a number picks a colour and a dash of the palette, `neutral` is the grey of references. */
export type SeriesStyle = number | 'neutral';

export const neutralColour = '#5f6368';

export function paletteColours(palette: PaletteName): readonly string[] {
  return palettes[palette];
}

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

/** Maps of values that have no sign; `diverging` is that of signed ones, with 0 in its middle. */
export const colourMapNames = ['viridis', 'cividis'] as const;
export type ColourMapName = (typeof colourMapNames)[number] | 'diverging';

/** 17 stops of each map, at multiples of 16/255, the last at 1; of the diverging one 11, evenly spaced. */
const colourMaps: Readonly<Record<ColourMapName, readonly string[]>> = {
  viridis: (
    '#440154 #48186a #472d7b #424086 #3b528b #33638d #2c728e #26828e #21918c ' +
    '#1fa088 #28ae80 #3fbc73 #5ec962 #84d44b #addc30 #d8e219 #fde725'
  ).split(' '),
  cividis: (
    '#002051 #012b65 #12376c #27426e #3d4d6e #51596e #63646f #727071 #807c75 ' +
    '#8d8877 #9b9578 #aaa276 #bcaf71 #cfbd67 #e3cc5b #f4db4e #fdea45'
  ).split(' '),
  diverging: '#053061 #2166ac #4393c3 #92c5de #d1e5f0 #f7f7f7 #fddbc7 #f4a582 #d6604d #b2182b #67001f'.split(
    ' ',
  ),
};

/** Colour of a share in [0, 1] (clamped), linear between stops. */
export function mapColour(map: ColourMapName, share: number): string {
  const stops = colourMaps[map];
  const even = map === 'diverging';
  const clamped = Math.min(1, Math.max(0, share));
  const position = even ? clamped * (stops.length - 1) : (clamped * 255) / 16;
  const below = Math.min(Math.floor(position), stops.length - 2);
  // The last interval is 15/255 wide, not 16/255, because those maps have 256 entries.
  const width = below === stops.length - 2 && !even ? 15 / 16 : 1;
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
