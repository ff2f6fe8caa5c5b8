/** What a layout says: where everything in a figure is, in points, and the lengths that all of it is made of. */
import type { Scale } from './scales.ts';
import type { LegendEntry, Panel } from './spec.ts';
import type { Tick } from './ticks.ts';

export interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export interface PlacedAxis {
  readonly scale: Scale;
  readonly ticks: readonly Tick[]; // minor ones have an empty label
  readonly labelLines: readonly string[];
}

export interface PlacedPanel {
  readonly panel: Panel;
  readonly plot: Box;
  readonly x: PlacedAxis;
  readonly y: PlacedAxis;
  /** Distance from the plot to the y label's block, and below it to the x label's. */
  readonly yLabelOffset: number;
  readonly xLabelOffset: number;
  readonly letter: string;
  readonly letterX: number;
  readonly titleLines: readonly string[];
  readonly headerTop: number;
  readonly colourBar: { readonly box: Box; readonly axis: PlacedAxis; readonly labelOffset: number } | null;
}

export interface PlacedLegendEntry {
  readonly entry: LegendEntry;
  readonly x: number;
  readonly y: number; // centre of the first line
  readonly lines: readonly string[];
}

export interface Layout {
  readonly width: number;
  readonly height: number;
  readonly panels: readonly PlacedPanel[];
  readonly legend: readonly PlacedLegendEntry[];
}

/** Lengths in ems of the figure's font, and the outer margin in points. */
export const metrics = {
  margin: 1.5,
  line: 1.25,
  tick: 0.35,
  tickGap: 0.3,
  labelGap: 0.45,
  panelGap: 1.3,
  rowGap: 0.9,
  swatch: 2.4,
  shortSwatch: 1.1,
  swatchGap: 0.45,
  entryGap: 1.5,
  legendGap: 0.55,
  barGap: 0.8,
  barWidth: 0.9,
} as const;

/** Where a figure may go: its top left corner and its width. */
export interface Area {
  readonly x: number;
  readonly y: number;
  readonly width: number;
}

export interface Placed {
  readonly panels: readonly PlacedPanel[];
  readonly legend: readonly PlacedLegendEntry[];
  readonly bottom: number;
}
