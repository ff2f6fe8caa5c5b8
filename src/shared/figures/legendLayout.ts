/** Places a legend: in rows above or below the panels, or in a column beside them. */
import { metrics, type PlacedLegendEntry } from './placed.ts';
import type { LegendEntry, LegendPlace } from './spec.ts';
import { widestLine, wrapText } from './text.ts';

export interface WithLegend {
  readonly fontSize: number;
  readonly legend: readonly LegendEntry[];
  readonly legendPlace: LegendPlace;
}

/** Widest share of a figure that a legend beside the panels takes. */
const widestLegend = 0.35;

/** Entries in rows, left to right, wrapped at the width; beside the panels one under the other. From the legend's corner. */
export function placeLegend(
  figure: WithLegend,
  width: number,
): { entries: PlacedLegendEntry[]; width: number; height: number } {
  if (figure.legendPlace === 'none' || figure.legend.length === 0)
    return { entries: [], width: 0, height: 0 };
  const em = figure.fontSize;
  const line = metrics.line * em;
  const beside = figure.legendPlace === 'right';
  const available = beside ? width * widestLegend : width;
  const entries: PlacedLegendEntry[] = [];
  let x = 0;
  let rowTop = 0;
  let rowLines = 0;
  let widest = 0;
  for (const entry of figure.legend) {
    const textStart = (swatchEms(entry) + metrics.swatchGap) * em;
    const lines = wrapText(entry.label, available - textStart, em);
    const entryWidth = textStart + widestLine(lines, em);
    if (x > 0 && (beside || x + entryWidth > available)) {
      rowTop += rowLines * line;
      x = 0;
      rowLines = 0;
    }
    entries.push({ entry, x, y: rowTop + line / 2, lines });
    x += entryWidth + metrics.entryGap * em;
    rowLines = Math.max(rowLines, lines.length);
    widest = Math.max(widest, entryWidth);
  }
  return { entries, width: widest, height: rowTop + rowLines * line };
}

/** Lines need length to show their dash; a marker or a bar does not. */
export function swatchEms(entry: LegendEntry): number {
  return entry.symbol === 'marker' || entry.symbol === 'bar' ? metrics.shortSwatch : metrics.swatch;
}
