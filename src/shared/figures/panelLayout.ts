/** Places the panels of one figure: margins are measured first, and plots, all of one size, take what is left. */
import { measureAxis, widestTick } from './axisLayout.ts';
import { type Area, type Box, metrics, type PlacedAxis, type PlacedPanel } from './placed.ts';
import type { Axis, Figure, Panel } from './spec.ts';
import { textWidth, wrapText } from './text.ts';
import type { Tick } from './ticks.ts';

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
export function placePanels(
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
export const leastPlotHeight = 9; // ems

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

  // Over a colour bar there is room too.
  const room = plotWidth + (bar === null ? 0 : margins.right);
  const titleLines =
    panel.title === undefined
      ? []
      : wrapText(panel.title, titleWidth(margins, room, lettered ? letterSpace(em) : 0), em);
  const headerLines = Math.max(titleLines.length, lettered ? 1 : 0);
  margins.top += headerLines * metrics.line * em;
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
