/**
 * Draws a figure as SVG: exact width in millimetres, one user unit per point, text as text in Inter with fallbacks, lines
 * as paths (never bitmaps). The same figure gives the same bytes.
 */
import { mapColour, seriesColour, seriesDash } from './colours.ts';
import { capHeight } from './fontMetrics.ts';
import type { Layout, PlacedAxis, PlacedLegendEntry, PlacedPanel } from './layout.ts';
import { layOut, letterSpace, metrics, swatchEms } from './layout.ts';
import { drawMark, drawMarkers, markerPath, markerRadius } from './marks.ts';
import type { AxisGroup, Figure } from './spec.ts';
import { validateFigure } from './spec.ts';
import { textWidth } from './text.ts';
import { coordinate as at, toMillimetres } from './units.ts';
import { attributes, escapeText } from './xml.ts';

export const fontFamily = "Inter, 'Helvetica Neue', Helvetica, Arial, sans-serif";

const ink = '#1a1a1a';
const hairline = 0.5;
const gridColour = '#e3e5e8';

/** The figure as an SVG document. Throws `input.invalid` where it cannot be drawn. */
export function renderSvg(figure: Figure): string {
  validateFigure(figure);
  const layout = layOut(figure);
  const body = [
    `<title>${escapeText(figure.description)}</title>`,
    `<rect${attributes({ width: at(layout.width), height: at(layout.height), fill: '#ffffff' })}/>`,
    clipPaths(layout),
    ...layout.panels.flatMap((panel, index) => drawPanel(panel, index, figure)),
    ...layout.legend.map((entry) => drawLegendEntry(entry, figure)),
  ].filter((line) => line !== '');
  const size = {
    xmlns: 'http://www.w3.org/2000/svg',
    width: `${at(figure.widthMm)}mm`,
    height: `${at(toMillimetres(layout.height))}mm`,
    viewBox: `0 0 ${at(layout.width)} ${at(layout.height)}`,
    role: 'img',
    'font-family': fontFamily,
    'font-size': at(figure.fontSize),
    fill: ink,
  };
  return `<svg${attributes(size)}>\n${body.join('\n')}\n</svg>\n`;
}

function clipPaths(layout: Layout): string {
  const clips = layout.panels.map(({ plot }, index) => {
    const box = { x: at(plot.x), y: at(plot.y), width: at(plot.width), height: at(plot.height) };
    return `<clipPath id="plot-${index}"><rect${attributes(box)}/></clipPath>`;
  });
  return `<defs>${clips.join('')}</defs>`;
}

function drawPanel(placed: PlacedPanel, index: number, figure: Figure): string[] {
  return [
    `<g class="panel">`,
    figure.grid ? drawGrid(placed) : '',
    `<g clip-path="url(#plot-${index})">`,
    ...placed.panel.marks.map((mark) => drawMark(mark, placed, figure)),
    '</g>',
    drawHeader(placed, figure),
    drawAxes(placed, figure),
    ...placed.panel.marks.map((mark) => drawMarkers(mark, placed, figure)),
    placed.colourBar === null ? '' : drawColourBar(placed, figure, index),
    '</g>',
  ].filter((line) => line !== '');
}

/** Lines centred on `baseline` of the first; the rest follow below. */
function textLines(
  lines: readonly string[],
  x: number,
  baseline: number,
  figure: Figure,
  extra: Record<string, string> = {},
): string {
  return lines
    .map((line, index) => {
      const y = baseline + index * metrics.line * figure.fontSize;
      return `<text${attributes({ x: at(x), y: at(y), ...extra })}>${escapeText(line)}</text>`;
    })
    .join('\n');
}

function drawHeader(placed: PlacedPanel, figure: Figure): string {
  const em = figure.fontSize;
  const baseline = placed.headerTop + em * 0.95;
  const parts: string[] = [];
  if (placed.letter !== '') {
    parts.push(textLines([placed.letter], placed.letterX, baseline, figure, { 'font-weight': '600' }));
  }
  if (placed.titleLines.length > 0) {
    const x = Math.max(placed.plot.x, placed.letterX + letterSpace(figure));
    parts.push(textLines(placed.titleLines, x, baseline, figure));
  }
  return parts.join('\n');
}

function drawGrid({ plot, y }: PlacedPanel): string {
  const lines = y.ticks
    .filter((tick) => tick.label !== '')
    .map((tick) => `M${at(plot.x)} ${at(y.scale.at(tick.at))}h${at(plot.width)}`);
  return `<path${attributes({ d: lines.join(''), stroke: gridColour, 'stroke-width': at(hairline), fill: 'none' })}/>`;
}

function drawAxes(placed: PlacedPanel, figure: Figure): string {
  const { plot, x, y } = placed;
  const em = figure.fontSize;
  const bottom = plot.y + plot.height;
  const tickLength = (label: string): number => metrics.tick * em * (label === '' ? 0.6 : 1);
  const path = [
    `M${at(plot.x)} ${at(plot.y)}V${at(bottom)}H${at(plot.x + plot.width)}`,
    ...x.ticks.map((tick) => `M${at(x.scale.at(tick.at))} ${at(bottom)}v${at(tickLength(tick.label))}`),
    ...y.ticks.map((tick) => `M${at(plot.x)} ${at(y.scale.at(tick.at))}h${at(-tickLength(tick.label))}`),
  ];
  const tickBaseline = bottom + (metrics.tick + metrics.tickGap) * em + capHeight * em;
  const labels = [
    ...labelled(x).map((tick) =>
      textLines([tick.label], x.scale.at(tick.at), tickBaseline, figure, { 'text-anchor': 'middle' }),
    ),
    ...labelled(y).map((tick) =>
      textLines(
        [tick.label],
        plot.x - (metrics.tick + metrics.tickGap) * em,
        y.scale.at(tick.at) + (capHeight * em) / 2,
        figure,
        { 'text-anchor': 'end' },
      ),
    ),
  ];
  return [
    `<path${attributes({ d: path.join(''), stroke: ink, 'stroke-width': at(hairline), fill: 'none' })}/>`,
    ...labels,
    drawGroups(placed, figure),
    textLines(x.labelLines, plot.x + plot.width / 2, bottom + placed.xLabelOffset + capHeight * em, figure, {
      'text-anchor': 'middle',
    }),
    turnedLines(y.labelLines, plot.x - placed.yLabelOffset, plot.y + plot.height / 2, figure),
  ]
    .filter((line) => line !== '')
    .join('\n');
}

/** Brackets under the ticks, each with its name. */
function drawGroups({ panel, plot, x }: PlacedPanel, figure: Figure): string {
  const groups = panel.x.groups ?? [];
  if (groups.length === 0) return '';
  const em = figure.fontSize;
  const y = plot.y + plot.height + (metrics.tick + metrics.tickGap + 1.05) * em;
  const lines = groups.map((group) => `M${at(x.scale.at(group.from))} ${at(y)}H${at(x.scale.at(group.to))}`);
  const widthOf = (group: AxisGroup): number => x.scale.at(group.to) - x.scale.at(group.from);
  const fits = groups.every((group) => textWidth(group.label, em) <= widthOf(group));
  const labels = groups.map((group) =>
    textLines(
      [fits ? group.label : group.short],
      x.scale.at((group.from + group.to) / 2),
      y + 0.3 * em + capHeight * em,
      figure,
      { 'text-anchor': 'middle' },
    ),
  );
  const path = { d: lines.join(''), stroke: ink, 'stroke-width': at(hairline), fill: 'none' };
  return [`<path${attributes(path)}/>`, ...labels].join('\n');
}

/** Lines turned to read upwards, the last one's foot towards `right`, centred on `centre`. */
function turnedLines(lines: readonly string[], right: number, centre: number, figure: Figure): string {
  const em = figure.fontSize;
  return lines
    .map((line, index) => {
      const x = right - (lines.length - 1 - index) * metrics.line * em - (metrics.line - 1) * em;
      const turn = `translate(${at(x)} ${at(centre)}) rotate(-90)`;
      return `<text${attributes({ transform: turn, 'text-anchor': 'middle' })}>${escapeText(line)}</text>`;
    })
    .join('\n');
}

function labelled(axis: PlacedAxis): { at: number; label: string }[] {
  return axis.ticks.filter((tick) => tick.label !== '');
}

function drawColourBar(placed: PlacedPanel, figure: Figure, index: number): string {
  const { box, axis, labelOffset } = placed.colourBar!;
  const em = figure.fontSize;
  const colours = placed.panel.colours!;
  const stops = Array.from({ length: 33 }, (_, step) => {
    const stop = { offset: at(step / 32), 'stop-color': mapColour(colours.map, step / 32) };
    return `<stop${attributes(stop)}/>`;
  });
  const right = box.x + box.width;
  const ticks = labelled(axis).map(
    (tick) => `M${at(right)} ${at(axis.scale.at(tick.at))}h${at(metrics.tick * em)}`,
  );
  const frame = `M${at(box.x)} ${at(box.y)}h${at(box.width)}v${at(box.height)}h${at(-box.width)}Z`;
  return [
    `<linearGradient id="map-${index}" x1="0" y1="1" x2="0" y2="0">${stops.join('')}</linearGradient>`,
    `<rect${attributes({ x: at(box.x), y: at(box.y), width: at(box.width), height: at(box.height), fill: `url(#map-${index})` })}/>`,
    `<path${attributes({ d: frame + ticks.join(''), stroke: ink, 'stroke-width': at(hairline), fill: 'none' })}/>`,
    ...labelled(axis).map((tick) =>
      textLines(
        [tick.label],
        right + (metrics.tick + metrics.tickGap) * em,
        axis.scale.at(tick.at) + (capHeight * em) / 2,
        figure,
      ),
    ),
    turnedLines(
      axis.labelLines,
      right + labelOffset + axis.labelLines.length * metrics.line * em,
      box.y + box.height / 2,
      figure,
    ),
  ].join('\n');
}

function drawLegendEntry(placed: PlacedLegendEntry, figure: Figure): string {
  const { entry, x, y } = placed;
  const em = figure.fontSize;
  const length = swatchEms(entry) * em;
  const colour = seriesColour(entry.series, figure.palette);
  const parts: string[] = [];
  const faint = entry.symbol === 'faintLine';
  if (entry.symbol === 'line' || entry.symbol === 'lineMarker' || entry.symbol === 'reference' || faint) {
    const lineWidth = entry.symbol === 'reference' || faint ? figure.lineWidth * 0.75 : figure.lineWidth;
    const dash = entry.dash ?? (faint ? [] : seriesDash(entry.series, figure.lineWidth));
    parts.push(
      `<path${attributes({
        d: `M${at(x)} ${at(y)}h${at(length)}`,
        stroke: colour,
        'stroke-width': at(lineWidth),
        'stroke-dasharray': dash.map(at).join(' '),
        'stroke-opacity': faint ? '0.4' : '',
        fill: 'none',
      })}/>`,
    );
  }
  if (entry.symbol === 'marker' || entry.symbol === 'lineMarker') {
    const d = markerPath(entry.marker ?? 'circle', x + length / 2, y, figure.lineWidth * markerRadius);
    parts.push(
      `<path${attributes({ d, fill: '#ffffff', stroke: colour, 'stroke-width': at(figure.lineWidth * 0.8) })}/>`,
    );
  }
  if (entry.symbol === 'bar') {
    const side = capHeight * em;
    const box = { x: at(x), y: at(y - side / 2), width: at(length), height: at(side) };
    parts.push(`<rect${attributes({ ...box, fill: colour })}/>`);
  }
  const textX = x + length + metrics.swatchGap * em;
  parts.push(textLines(placed.lines, textX, y + (capHeight * em) / 2, figure));
  return parts.join('\n');
}
