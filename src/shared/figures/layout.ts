/**
 * Where everything in a figure goes, in points. Nothing is drawn here. Text is measured first and plots take what is
 * left, so that labels never overlap: ticks are thinned until they fit, long labels and legend entries wrap.
 */
import { capHeight } from './fontMetrics.ts';
import type { Scale } from './scales.ts';
import { domainOf, scaleFor } from './scales.ts';
import type { Axis, AxisGroup, Figure, LegendEntry, LegendPlace, Panel } from './spec.ts';
import { noBreakSpace, textWidth, widestLine, wrapText } from './text.ts';
import type { Tick } from './ticks.ts';
import {
  formatLinearTicks,
  formatLogTicks,
  linearTickValues,
  logTickValues,
  prefixSymbol,
  sharedExponent,
} from './ticks.ts';
import { toPoints } from './units.ts';

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

export function layOut(figure: Figure): Layout {
  const width = toPoints(figure.widthMm);
  const area = { x: metrics.margin, y: metrics.margin, width: width - 2 * metrics.margin };
  const { panels, legend, bottom } = layOutIn(figure, area);
  return { width, height: bottom + metrics.margin, panels, legend };
}

export interface Placed {
  readonly panels: readonly PlacedPanel[];
  readonly legend: readonly PlacedLegendEntry[];
  readonly bottom: number;
}

/** A figure inside an area. Each row of plots is `stretch` points higher than the figure asks for. */
export function layOutIn(figure: Figure, area: Area, stretch = 0, letters?: readonly string[]): Placed {
  return aroundLegend(figure, area, (inner) => {
    const names = letters ?? figure.panels.map((_, index) => (figure.letters ? letterOf(index) : ''));
    const panels = placePanels(figure, inner, stretch, names);
    return {
      content: panels.map((entry) => entry.placed),
      bottom: panels.reduce((lowest, panel) => Math.max(lowest, panel.bottom), inner.y),
    };
  });
}

interface WithLegend {
  readonly fontSize: number;
  readonly legend: readonly LegendEntry[];
  readonly legendPlace: LegendPlace;
}

/** Lays panels out in what the legend leaves of the area. */
export function aroundLegend(
  figure: WithLegend,
  area: Area,
  place: (inner: Area) => { content: readonly PlacedPanel[]; bottom: number },
): Placed {
  const em = figure.fontSize;
  const legend = placeLegend(figure, area.width);
  const gap = legend.entries.length === 0 ? 0 : metrics.legendGap * em;
  const beside = figure.legendPlace === 'right' && gap > 0;
  const above = figure.legendPlace === 'top' ? legend.height + gap : 0;
  const aside = beside ? legend.width + metrics.panelGap * em : 0;
  const { content, bottom } = place({ x: area.x, y: area.y + above, width: area.width - aside });
  const x = beside ? area.x + area.width - legend.width : area.x;
  const y = figure.legendPlace === 'bottom' ? bottom + gap : area.y + (beside ? 0.55 * em : 0);
  return {
    panels: content,
    legend: legend.entries.map((entry) => ({ ...entry, x: entry.x + x, y: entry.y + y })),
    bottom: figure.legendPlace === 'top' ? bottom : Math.max(bottom, gap === 0 ? 0 : y + legend.height),
  };
}

/** Widest share of a figure that a legend beside the panels takes. */
const widestLegend = 0.35;

/** Entries in rows, left to right, wrapped at the width; beside the panels one under the other. From the legend's corner. */
function placeLegend(
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

/** Space that one panel needs around its plot. */
interface Margins {
  left: number;
  right: number;
  top: number;
  bottom: number;
}

interface Measured {
  readonly margins: Margins;
  readonly x: PlacedAxis;
  readonly y: PlacedAxis;
  readonly bar: PlacedAxis | null;
  readonly yLabelOffset: number;
  readonly xLabelOffset: number;
  readonly barLabelOffset: number;
  readonly titleLines: readonly string[];
}

/**
 * Plots of one figure are equally large. Their size depends on the margins, these on the ticks, these on the size:
 * solved by a few rounds from a guess, which settles because ticks change in steps.
 */
function placePanels(
  figure: Figure,
  area: Area,
  stretch: number,
  letters: readonly string[],
): { placed: PlacedPanel; bottom: number }[] {
  const em = figure.fontSize;
  const columns = Math.min(figure.columns, figure.panels.length);
  const rows = Math.ceil(figure.panels.length / columns);
  const gaps = (columns - 1) * metrics.panelGap * em;
  const available = area.width - gaps;
  const lettered = letters.some((letter) => letter !== '');
  let plotWidth = (0.75 * available) / columns;
  let measured: Measured[] = [];
  let left: number[] = [];
  let right: number[] = [];
  for (let round = 0; round < 4; round++) {
    const plotHeight = heightOf(plotWidth, figure) + stretch;
    measured = figure.panels.map((panel) => measurePanel(panel, em, lettered, plotWidth, plotHeight));
    left = columnMaximum(measured, columns, (panel) => panel.margins.left);
    right = columnMaximum(measured, columns, (panel) => panel.margins.right);
    const margins = sum(left) + sum(right);
    plotWidth = Math.max(2 * em, (available - margins) / columns);
  }
  const plotHeight = heightOf(plotWidth, figure) + stretch;
  const placed: { placed: PlacedPanel; bottom: number }[] = [];
  let rowTop = area.y;
  for (let row = 0; row < rows; row++) {
    const members = measured.slice(row * columns, (row + 1) * columns);
    const header = Math.max(...members.map((member) => member.margins.top));
    const footer = Math.max(...members.map((member) => member.margins.bottom));
    let cellLeft = area.x;
    members.forEach((member, column) => {
      const index = row * columns + column;
      const plot: Box = {
        x: cellLeft + left[column]!,
        y: rowTop + header,
        width: plotWidth,
        height: plotHeight,
      };
      placed.push({
        placed: finish(member, figure.panels[index]!, em, letters[index]!, plot, cellLeft, rowTop),
        bottom: plot.y + plotHeight + member.margins.bottom,
      });
      cellLeft += left[column]! + plotWidth + right[column]! + metrics.panelGap * em;
    });
    rowTop += header + plotHeight + footer + metrics.rowGap * em;
  }
  return placed;
}

/** Below this height upright labels would break inside words. */
const leastPlotHeight = 9; // ems

function heightOf(plotWidth: number, figure: Figure): number {
  return Math.max(plotWidth * figure.aspect, leastPlotHeight * figure.fontSize);
}

function finish(
  member: Measured,
  panel: Panel,
  em: number,
  letter: string,
  plot: Box,
  cellLeft: number,
  headerTop: number,
): PlacedPanel {
  const place = (axis: PlacedAxis, from: number, to: number): PlacedAxis => ({
    ...axis,
    scale: axis.scale.onto(from, to),
  });
  const barBox: Box = {
    x: plot.x + plot.width + metrics.barGap * em,
    y: plot.y,
    width: metrics.barWidth * em,
    height: plot.height,
  };
  return {
    panel,
    plot,
    x: place(member.x, plot.x, plot.x + plot.width),
    y: place(member.y, plot.y + plot.height, plot.y),
    yLabelOffset: member.yLabelOffset,
    xLabelOffset: member.xLabelOffset,
    letter: letter === '' ? '' : `(${letter})`,
    letterX: cellLeft,
    titleLines: member.titleLines,
    headerTop,
    colourBar:
      member.bar === null
        ? null
        : {
            box: barBox,
            axis: place(member.bar, barBox.y + barBox.height, barBox.y),
            labelOffset: member.barLabelOffset,
          },
  };
}

/** a, b, ..., z, aa, ab, ... */
export function letterOf(index: number): string {
  const last = String.fromCharCode(97 + (index % 26));
  return index < 26 ? last : letterOf(Math.floor(index / 26) - 1) + last;
}

function measurePanel(
  panel: Panel,
  em: number,
  lettered: boolean,
  plotWidth: number,
  plotHeight: number,
): Measured {
  const x = measureAxis(panel, panel.x, 'x', plotWidth, em);
  const y = measureAxis(panel, panel.y, 'y', plotHeight, em);
  const tickSpace = (metrics.tick + metrics.tickGap) * em;

  const yLabelOffset = tickSpace + widestTick(y.ticks, em) + metrics.labelGap * em;
  const groupSpace = (panel.x.groups?.length ?? 0) > 0 ? 1.45 * em : 0;
  const xLabelOffset = tickSpace + em + groupSpace + metrics.labelGap * em * 0.6;

  const overhang = (tick: Tick | undefined, edge: number): number => {
    if (tick === undefined) return 0;
    const beyond = edge === 0 ? -x.scale.at(tick.at) : x.scale.at(tick.at) - plotWidth;
    return Math.max(0, textWidth(tick.label, em) / 2 + beyond);
  };
  const labelled = x.ticks.filter((tick) => tick.label !== '');
  const margins: Margins = {
    left: Math.max(yLabelOffset + y.labelLines.length * metrics.line * em, overhang(labelled[0], 0)),
    right: Math.max(overhang(labelled.at(-1), 1), 0.25 * em),
    top: 0.55 * em,
    bottom: xLabelOffset + x.labelLines.length * metrics.line * em,
  };

  const titleLines =
    panel.title === undefined
      ? []
      : wrapText(panel.title, titleWidth(margins, plotWidth, lettered ? letterSpace(em) : 0), em);
  const headerLines = Math.max(titleLines.length, lettered ? 1 : 0);
  margins.top += headerLines * metrics.line * em;

  let bar: PlacedAxis | null = null;
  let barLabelOffset = 0;
  if (panel.colours !== undefined) {
    const { label, unit, domain } = panel.colours;
    const axis: Axis = { label, scale: 'linear', domain, ...(unit === undefined ? {} : { unit }) };
    bar = measureAxis(panel, axis, 'y', plotHeight, em);
    barLabelOffset = tickSpace + widestTick(bar.ticks, em) + metrics.labelGap * em;
    const barSpace = (metrics.barGap + metrics.barWidth) * em + barLabelOffset;
    margins.right = Math.max(margins.right, barSpace + bar.labelLines.length * metrics.line * em);
  }
  return { margins, x, y, bar, yLabelOffset, xLabelOffset, barLabelOffset, titleLines };
}

/** A title starts at the plot's left edge, or after the letter where that reaches further. */
function titleWidth(margins: Margins, plotWidth: number, space: number): number {
  return plotWidth - Math.max(0, space - margins.left);
}

/** Room for "(a) " at a panel's top left. */
export function letterSpace(em: number): number {
  return textWidth('(m) ', em, 'semibold');
}

function widestTick(ticks: readonly Tick[], em: number): number {
  return widestLine(
    ticks.map((tick) => tick.label),
    em,
  );
}

function measureAxis(panel: Panel, axis: Axis, side: 'x' | 'y', length: number, em: number): PlacedAxis {
  const scale = scaleFor(axis.scale, domainOf(panel, axis, side)).onto(0, length);
  const ticks = fittingTicks(axis, scale, side, length, em);
  return { scale, ticks, labelLines: wrapText(axisTitle(axis, ticks), length, em) };
}

/** Label with unit, the unit with the SI prefix that the ticks were divided by. */
function axisTitle(axis: Axis, ticks: readonly Tick[]): string {
  if (axis.unit === undefined || axis.unit === '') return axis.label;
  const values = ticks.filter((tick) => tick.label !== '').map((tick) => tick.at);
  const exponent = axis.prefix === 'unit' ? sharedExponent(values, { prefix: 'unit' }) : 0;
  return `${axis.label} (${prefixSymbol(exponent)}${axis.unit.replaceAll(' ', noBreakSpace)})`;
}

/** The most ticks, up to a comfortable number, whose labels keep clear of each other. */
function fittingTicks(axis: Axis, scale: Scale, side: 'x' | 'y', length: number, em: number): Tick[] {
  if (axis.ticks !== undefined) return thinned(axis.ticks, axis.groups ?? [], scale, side, em);
  const [low, high] = scale.domain;
  const format = { prefix: axis.prefix ?? 'tick' };
  const comfortable = side === 'x' ? Math.floor(length / (3.2 * em)) : Math.floor(length / (2.1 * em));
  for (let most = Math.min(8, Math.max(2, comfortable)); most >= 2; most--) {
    const { major, minor } =
      axis.scale === 'log'
        ? logTickValues(low, high, most)
        : { major: linearTickValues(low, high, most, axis.integers ?? false), minor: [] };
    const labels = axis.scale === 'log' ? formatLogTicks(major, format) : formatLinearTicks(major, format);
    const ticks = major.map((at, index) => ({ at, label: labels[index]! }));
    if (most === 2 || keepClear(ticks, scale, side, em)) {
      return [...ticks, ...minor.map((at) => ({ at, label: '' }))];
    }
  }
  return [];
}

/**
 * Every n-th of a list of named ticks (counted anew in each group), with the smallest n that fits; the others stay as
 * bare ticks.
 */
function thinned(
  ticks: readonly Tick[],
  groups: readonly AxisGroup[],
  scale: Scale,
  side: 'x' | 'y',
  em: number,
): Tick[] {
  const place = ticks.map(({ at }, index) => {
    const group = groups.find(({ from, to }) => at >= from && at <= to);
    return group === undefined ? index : ticks.filter((tick) => tick.at >= group.from && tick.at < at).length;
  });
  for (let stride = 1; stride < ticks.length; stride++) {
    const kept = ticks.filter((_, index) => place[index]! % stride === 0);
    if (!keepClear(kept, scale, side, em)) continue;
    return ticks.map((tick, index) => (place[index]! % stride === 0 ? tick : { at: tick.at, label: '' }));
  }
  return ticks.map((tick, index) => (index === 0 ? tick : { at: tick.at, label: '' }));
}

function keepClear(ticks: readonly Tick[], scale: Scale, side: 'x' | 'y', em: number): boolean {
  const extents = ticks.map((tick) => {
    const centre = scale.at(tick.at);
    const half = side === 'x' ? textWidth(tick.label, em) / 2 : (capHeight * em) / 2;
    return [centre - half, centre + half] as const;
  });
  const clearance = side === 'x' ? 0.5 * em : 0.35 * em;
  extents.sort((a, b) => a[0] - b[0]);
  return extents.every((extent, index) => index === 0 || extent[0] - extents[index - 1]![1] >= clearance);
}

function columnMaximum(
  panels: readonly Measured[],
  columns: number,
  of: (panel: Measured) => number,
): number[] {
  return Array.from({ length: columns }, (_, column) =>
    Math.max(...panels.filter((_, index) => index % columns === column).map(of)),
  );
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
