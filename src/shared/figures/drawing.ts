/** Draws a laid-out figure as shapes: axes, labels, legend, colour bars; the marks are drawn by `marks.ts`. */
import { mapColour, seriesColour, seriesDash } from './colours.ts';
import { capHeight, type FontWeight } from './fontMetrics.ts';
import { layOut } from './layout.ts';
import { swatchEms } from './legendLayout.ts';
import { drawMark, drawMarkers, drawText, markerPath, markerRadius } from './marks.ts';
import { letterSpace } from './panelLayout.ts';
import { type Layout, metrics, type PlacedAxis, type PlacedLegendEntry, type PlacedPanel } from './placed.ts';
import type { Scene, Shape, Stroke } from './scene.ts';
import { isSheet, layOutSheet, type Sheet, validateSheet } from './sheet.ts';
import type { AxisGroup, Figure, Look } from './spec.ts';
import { validateFigure } from './spec.ts';
import { textWidth } from './text.ts';
import { coordinate as at } from './units.ts';

export const ink = '#1a1a1a';
export const hairline = 0.5;
const gridColour = '#e3e5e8';
const inkLine: Stroke = { colour: ink, width: hairline };

/** Throws `input.invalid` where the figure cannot be drawn. */
export function placeFigure(figure: Figure | Sheet): Layout {
  if (isSheet(figure)) {
    validateSheet(figure);
    return layOutSheet(figure);
  }
  validateFigure(figure);
  return layOut(figure);
}

/** The figure as shapes. Throws `input.invalid` where it cannot be drawn. */
export function drawFigure(figure: Figure | Sheet): Scene {
  const layout = placeFigure(figure);
  return {
    description: figure.description,
    width: layout.width,
    height: layout.height,
    widthMm: figure.widthMm,
    fontSize: figure.fontSize,
    ink,
    shapes: [
      ...layout.panels.flatMap((panel) => drawPanel(panel, figure)),
      ...layout.legend.flatMap((entry) => drawLegendEntry(entry, figure)),
    ],
  };
}

function drawPanel(placed: PlacedPanel, look: Look): Shape[] {
  return [
    ...(look.grid ? drawGrid(placed) : []),
    {
      kind: 'clipped',
      box: placed.plot,
      shapes: placed.panel.marks.flatMap((mark) => drawMark(mark, placed, look)),
    },
    ...drawHeader(placed, look),
    ...drawAxes(placed, look),
    ...placed.panel.marks.flatMap((mark) => drawMarkers(mark, placed, look)),
    ...placed.panel.marks.flatMap((mark) => drawText(mark, placed, look)),
    ...(placed.colourBar === null ? [] : drawColourBar(placed, look)),
  ];
}

type Anchor = Extract<Shape, { kind: 'text' }>['anchor'];

/** Lines from `baseline` of the first; the rest follow below. */
function textLines(
  lines: readonly string[],
  x: number,
  baseline: number,
  look: Look,
  anchor: Anchor = 'start',
  weight: FontWeight = 'regular',
): Shape[] {
  return lines.map((text, index) => ({
    kind: 'text',
    text,
    x,
    y: baseline + index * metrics.line * look.fontSize,
    anchor,
    weight,
  }));
}

function drawHeader(placed: PlacedPanel, look: Look): Shape[] {
  const em = look.fontSize;
  const baseline = placed.headerTop + em * 0.95;
  const shapes: Shape[] = [];
  if (placed.letter !== '') {
    shapes.push(...textLines([placed.letter], placed.letterX, baseline, look, 'start', 'semibold'));
  }
  if (placed.titleLines.length > 0) {
    const space = placed.letter === '' ? 0 : letterSpace(em);
    const x = Math.max(placed.plot.x, placed.letterX + space);
    shapes.push(...textLines(placed.titleLines, x, baseline, look));
  }
  return shapes;
}

function drawGrid({ panel, plot, x, y }: PlacedPanel): Shape[] {
  const across = (panel.y.bare === true ? [] : labelled(y)).map(
    (tick) => `M${at(plot.x)} ${at(y.scale.at(tick.at))}h${at(plot.width)}`,
  );
  // Named places (experts, layers) are no scale to read values off.
  const up =
    panel.x.ticks === undefined && panel.x.bare !== true
      ? labelled(x).map((tick) => `M${at(x.scale.at(tick.at))} ${at(plot.y)}v${at(plot.height)}`)
      : [];
  if (across.length + up.length === 0) return [];
  return [{ kind: 'path', d: [...across, ...up].join(''), stroke: { colour: gridColour, width: hairline } }];
}

function drawAxes(placed: PlacedPanel, look: Look): Shape[] {
  const { plot, x, y } = placed;
  const em = look.fontSize;
  const bottom = plot.y + plot.height;
  const tickLength = (label: string): number => metrics.tick * em * (label === '' ? 0.6 : 1);
  const [acrossBare, upBare] = [placed.panel.x.bare === true, placed.panel.y.bare === true];
  const path = [
    ...(acrossBare || upBare
      ? []
      : [`M${at(plot.x)} ${at(plot.y)}V${at(bottom)}H${at(plot.x + plot.width)}`]),
    ...(acrossBare && !upBare ? [`M${at(plot.x)} ${at(plot.y)}V${at(bottom)}`] : []),
    ...(upBare && !acrossBare ? [`M${at(plot.x)} ${at(bottom)}H${at(plot.x + plot.width)}`] : []),
    ...(acrossBare
      ? []
      : x.ticks.map((tick) => `M${at(x.scale.at(tick.at))} ${at(bottom)}v${at(tickLength(tick.label))}`)),
    ...(upBare
      ? []
      : y.ticks.map((tick) => `M${at(plot.x)} ${at(y.scale.at(tick.at))}h${at(-tickLength(tick.label))}`)),
  ];
  const tickBaseline = bottom + (metrics.tick + metrics.tickGap) * em + capHeight * em;
  const tickEnd = plot.x - (metrics.tick + metrics.tickGap) * em;
  return [
    ...(path.length === 0 ? [] : [{ kind: 'path', d: path.join(''), stroke: inkLine } as const]),
    ...labelled(x).flatMap((tick) =>
      textLines([tick.label], x.scale.at(tick.at), tickBaseline, look, 'middle'),
    ),
    ...labelled(y).flatMap((tick) =>
      textLines([tick.label], tickEnd, y.scale.at(tick.at) + (capHeight * em) / 2, look, 'end'),
    ),
    ...drawGroups(placed, look),
    ...textLines(
      x.labelLines,
      plot.x + plot.width / 2,
      bottom + placed.xLabelOffset + capHeight * em,
      look,
      'middle',
    ),
    ...turnedLines(y.labelLines, plot.x - placed.yLabelOffset, plot.y + plot.height / 2, look),
  ];
}

/** Brackets under the ticks, each with its name. */
function drawGroups(placed: PlacedPanel, look: Look): Shape[] {
  const em = look.fontSize;
  const y = groupLine(placed, em);
  const groups = placedGroups(placed, em);
  if (groups.length === 0) return [];
  return [
    {
      kind: 'path',
      d: groups.map(({ from, to }) => `M${at(from)} ${at(y)}H${at(to)}`).join(''),
      stroke: inkLine,
    },
    ...groups.flatMap(({ from, to, label }) =>
      textLines([label], (from + to) / 2, y + 0.3 * em + capHeight * em, look, 'middle'),
    ),
  ];
}

/** Where the brackets of an x axis run, and what they say: the short names where a long one does not fit. */
export function placedGroups(
  { panel, x }: PlacedPanel,
  em: number,
): { from: number; to: number; label: string }[] {
  const groups = panel.x.groups ?? [];
  const widthOf = (group: AxisGroup): number => x.scale.at(group.to) - x.scale.at(group.from);
  const fits = groups.every((group) => textWidth(group.label, em) <= widthOf(group));
  return groups.map((group) => ({
    from: x.scale.at(group.from),
    to: x.scale.at(group.to),
    label: fits ? group.label : group.short,
  }));
}

export function groupLine({ plot }: PlacedPanel, em: number): number {
  return plot.y + plot.height + (metrics.tick + metrics.tickGap + 1.05) * em;
}

/** Lines turned to read upwards, the last one's foot towards `right`, centred on `centre`. */
function turnedLines(lines: readonly string[], right: number, centre: number, look: Look): Shape[] {
  const em = look.fontSize;
  return lines.map((text, index) => ({
    kind: 'text',
    text,
    x: right - (lines.length - 1 - index) * metrics.line * em - (metrics.line - 1) * em,
    y: centre,
    anchor: 'middle',
    turned: true,
  }));
}

function labelled(axis: PlacedAxis): { at: number; label: string }[] {
  return axis.ticks.filter((tick) => tick.label !== '');
}

function drawColourBar(placed: PlacedPanel, look: Look): Shape[] {
  const { box, axis, labelOffset } = placed.colourBar!;
  const em = look.fontSize;
  const { map } = placed.panel.colours!;
  const right = box.x + box.width;
  const ticks = labelled(axis).map(
    (tick) => `M${at(right)} ${at(axis.scale.at(tick.at))}h${at(metrics.tick * em)}`,
  );
  const frame = `M${at(box.x)} ${at(box.y)}h${at(box.width)}v${at(box.height)}h${at(-box.width)}Z`;
  const tickX = right + (metrics.tick + metrics.tickGap) * em;
  return [
    { kind: 'ramp', box, colours: Array.from({ length: 33 }, (_, step) => mapColour(map, step / 32)) },
    { kind: 'path', d: frame + ticks.join(''), stroke: inkLine },
    ...labelled(axis).flatMap((tick) =>
      textLines([tick.label], tickX, axis.scale.at(tick.at) + (capHeight * em) / 2, look),
    ),
    ...turnedLines(
      axis.labelLines,
      right + labelOffset + axis.labelLines.length * metrics.line * em,
      box.y + box.height / 2,
      look,
    ),
  ];
}

function drawLegendEntry(placed: PlacedLegendEntry, look: Look): Shape[] {
  const { entry, x, y } = placed;
  const em = look.fontSize;
  const length = swatchEms(entry) * em;
  const colour = seriesColour(entry.series, look.palette);
  const shapes: Shape[] = [];
  const faint = entry.symbol === 'faintLine';
  if (entry.symbol === 'line' || entry.symbol === 'lineMarker' || entry.symbol === 'reference' || faint) {
    const width = entry.symbol === 'reference' || faint ? look.lineWidth * 0.75 : look.lineWidth;
    const dash = entry.dash ?? (faint ? [] : seriesDash(entry.series, look.lineWidth));
    shapes.push({
      kind: 'path',
      d: `M${at(x)} ${at(y)}h${at(length)}`,
      stroke: { colour, width, dash, ...(faint ? { opacity: 0.4 } : {}) },
    });
  }
  if (entry.symbol === 'marker' || entry.symbol === 'lineMarker') {
    shapes.push({
      kind: 'path',
      d: markerPath(entry.marker ?? 'circle', x + length / 2, y, look.lineWidth * markerRadius),
      fill: '#ffffff',
      stroke: { colour, width: look.lineWidth * 0.8 },
    });
  }
  if (entry.symbol === 'bar') {
    const side = capHeight * em;
    shapes.push({ kind: 'box', box: { x, y: y - side / 2, width: length, height: side }, fill: colour });
  }
  const textX = x + length + metrics.swatchGap * em;
  return [...shapes, ...textLines(placed.lines, textX, y + (capHeight * em) / 2, look)];
}
