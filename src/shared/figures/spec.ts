/**
 * What a figure is, before anything is drawn: panels with axes and marks, a legend, a size in millimetres and a font
 * size in points. Builders make one from runs; `renderSvg` draws it.
 */
import { FinegrainError } from '../errors.ts';
import type { ColourMapName, MarkerShape, PaletteName, SeriesStyle } from './colours.ts';

export interface AxisGroup {
  readonly from: number;
  readonly to: number;
  readonly label: string;
  readonly short: string;
}

export interface Axis {
  readonly label: string;
  /** Shown in brackets after the label; empty: none. */
  readonly unit?: string;
  readonly scale: 'linear' | 'log';
  /** Absent: from the data, with a margin. */
  readonly domain?: readonly [low: number, high: number];
  /** Ticks never fall between integers. */
  readonly integers?: boolean;
  /** Where the SI prefix of large numbers goes: on tick labels (default), into the unit, or nowhere. */
  readonly prefix?: 'tick' | 'unit' | 'none';
  /** Named places instead of computed ticks (experts, layers); thinned evenly where they do not fit. */
  readonly ticks?: readonly { readonly at: number; readonly label: string }[];
  /** Brackets below the ticks of an x axis that name ranges of it; `short` is used where `label` is too wide. */
  readonly groups?: readonly AxisGroup[];
  /** Neither line nor tick marks: places without a scale (a flow, parallel axes). Labels stay. */
  readonly bare?: boolean;
}

export type Mark =
  /** A polyline; null breaks it. `dash` overrides the series' own pattern, in points. */
  | {
      readonly kind: 'line';
      readonly x: readonly number[];
      readonly y: readonly (number | null)[];
      readonly series: SeriesStyle;
      readonly weight?: number; // times the figure's line width
      readonly opacity?: number;
      readonly dash?: readonly number[];
      readonly marker?: MarkerShape;
    }
  /** The area between two curves. */
  | {
      readonly kind: 'band';
      readonly x: readonly number[];
      readonly low: readonly number[];
      readonly high: readonly number[];
      readonly series: SeriesStyle;
      readonly opacity: number;
    }
  | {
      readonly kind: 'points';
      readonly x: readonly number[];
      readonly y: readonly number[];
      readonly series: SeriesStyle;
      readonly marker: MarkerShape;
    }
  /** A horizontal line over the whole panel. */
  | {
      readonly kind: 'reference';
      readonly y: number;
      readonly series: SeriesStyle;
      readonly dash: readonly number[];
    }
  | {
      readonly kind: 'bars';
      readonly x: readonly number[];
      readonly y: readonly number[];
      readonly width: number; // in data units
      readonly series: SeriesStyle;
    }
  /** Words at places of the plot, in ink; `backed`: on a veil of white, so that lines behind do not cross them. */
  | {
      readonly kind: 'text';
      readonly x: readonly number[];
      readonly y: readonly number[];
      readonly text: readonly string[];
      readonly anchor: 'start' | 'middle' | 'end';
      readonly backed?: boolean;
    }
  /** A field of cells: values[row][column], row r between yEdges[r] and yEdges[r + 1]; null where nothing is known. */
  | {
      readonly kind: 'cells';
      readonly xEdges: readonly number[];
      readonly yEdges: readonly number[];
      readonly values: readonly (readonly (number | null)[])[];
    };

/** The colour bar of a panel with cells. */
export interface ColourScale {
  readonly map: ColourMapName;
  readonly domain: readonly [low: number, high: number];
  readonly label: string;
  readonly unit?: string;
}

export interface Panel {
  readonly title?: string;
  readonly x: Axis;
  readonly y: Axis;
  readonly marks: readonly Mark[];
  readonly colours?: ColourScale;
}

export interface LegendEntry {
  readonly label: string;
  readonly series: SeriesStyle;
  readonly symbol: 'line' | 'faintLine' | 'marker' | 'lineMarker' | 'bar' | 'reference';
  readonly dash?: readonly number[];
  readonly marker?: MarkerShape;
}

export const legendPlaces = ['top', 'bottom', 'right', 'none'] as const;
export type LegendPlace = (typeof legendPlaces)[number];

/** What every mark and label of a figure shares. */
export interface Look {
  readonly fontSize: number; // points
  readonly lineWidth: number; // points
  readonly palette: PaletteName;
  readonly grid: boolean;
}

export interface Figure extends Look {
  /** One sentence: the accessible name, and what a caption must say (definitions, smoothing). */
  readonly description: string;
  readonly widthMm: number;
  readonly columns: number;
  /** Height of a panel's plot as a share of its width. */
  readonly aspect: number;
  /** (a), (b), ... over the panels. */
  readonly letters: boolean;
  readonly legend: readonly LegendEntry[];
  readonly legendPlace: LegendPlace;
  readonly panels: readonly Panel[];
}

/** What every builder takes about size and looks. */
export interface FigureStyle {
  readonly widthMm: number;
  readonly fontSize: number;
  readonly palette?: PaletteName | undefined;
  readonly lineWidth?: number | undefined;
  readonly grid?: boolean | undefined;
  readonly legendPlace?: LegendPlace | undefined;
}

/** The parts of a figure that a style fixes, with defaults: Okabe-Ito, lines of 1 pt at 8 pt text, no grid. */
export function styled(
  style: FigureStyle,
): Pick<Figure, 'widthMm' | 'fontSize' | 'lineWidth' | 'palette' | 'grid' | 'legendPlace'> {
  return {
    widthMm: style.widthMm,
    fontSize: style.fontSize,
    lineWidth: style.lineWidth ?? Math.max(0.6, style.fontSize / 8),
    palette: style.palette ?? 'okabe-ito',
    grid: style.grid ?? false,
    legendPlace: style.legendPlace ?? 'top',
  };
}

/** Throws `input.invalid`, naming the field, where a figure cannot be drawn. */
export function validateFigure(figure: Figure): void {
  within('widthMm', figure.widthMm, 20, 400);
  within('fontSize', figure.fontSize, 4, 24);
  within('lineWidth', figure.lineWidth, 0.1, 10);
  within('aspect', figure.aspect, 0.05, 10);
  if (!Number.isInteger(figure.columns) || figure.columns < 1)
    fail('columns', `${figure.columns} is not a positive integer`);
  if (figure.panels.length === 0) fail('panels', 'a figure needs at least one panel');
  figure.panels.forEach((panel, index) => {
    validatePanel(panel, `panels.${index}`);
  });
}

function validatePanel(panel: Panel, path: string): void {
  for (const name of ['x', 'y'] as const) {
    const domain = panel[name].domain;
    if (domain === undefined) continue;
    if (!domain.every(Number.isFinite) || domain[0] >= domain[1]) {
      fail(`${path}.${name}.domain`, `[${domain.join(', ')}] is not an increasing pair of numbers`);
    }
    if (panel[name].scale === 'log' && domain[0] <= 0) {
      fail(`${path}.${name}.domain`, `a log axis cannot start at ${domain[0]}`);
    }
  }
  panel.marks.forEach((mark, index) => {
    validateMark(mark, panel, `${path}.marks.${index}`);
  });
}

function validateMark(mark: Mark, panel: Panel, path: string): void {
  if (mark.kind === 'reference') {
    if (!Number.isFinite(mark.y)) fail(`${path}.y`, `${mark.y} is not a number`);
    return;
  }
  if (mark.kind === 'cells') {
    if (panel.colours === undefined) fail(path, 'cells need a colour scale');
    if (mark.values.length !== mark.yEdges.length - 1) {
      fail(`${path}.values`, `${mark.values.length} rows for ${mark.yEdges.length} row edges`);
    }
    const columns = mark.xEdges.length - 1;
    if (mark.values.some((row) => row.length !== columns))
      fail(`${path}.values`, `a row is not ${columns} cells long`);
    return;
  }
  if (mark.kind === 'text' && mark.text.length !== mark.x.length)
    fail(`${path}.text`, `${mark.text.length} words for ${mark.x.length} places`);
  const ys = mark.kind === 'band' ? [mark.low, mark.high] : [mark.y];
  for (const y of ys) {
    if (y.length !== mark.x.length) fail(path, `${mark.x.length} x values for ${y.length} y values`);
    if (y.some((value) => value !== null && !Number.isFinite(value)))
      fail(path, 'a y value is not a finite number');
  }
  if (!mark.x.every(Number.isFinite)) fail(path, 'an x value is not a finite number');
}

function within(field: string, value: number, low: number, high: number): void {
  if (!(value >= low && value <= high)) fail(field, `${value} is not between ${low} and ${high}`);
}

function fail(path: string, message: string): never {
  throw new FinegrainError(
    'input.invalid',
    `Figure: ${path}: ${message}.`,
    'Change that value and draw the figure again.',
  );
}
