/** Draws the marks of a panel as shapes. */

import type { MarkerShape } from './colours.ts';
import { mapColour, seriesColour, seriesDash } from './colours.ts';
import { capHeight } from './fontMetrics.ts';
import type { PlacedPanel } from './placed.ts';
import type { Shape } from './scene.ts';
import type { Look, Mark } from './spec.ts';
import { textWidth } from './text.ts';
import { coordinate as at } from './units.ts';

type Of<K extends Mark['kind']> = Extract<Mark, { kind: K }>;

/** The part of a mark that is cut at the plot's edge. */
export function drawMark(mark: Mark, placed: PlacedPanel, look: Look): Shape[] {
  switch (mark.kind) {
    case 'line':
      return drawLine(mark, placed, look);
    case 'band':
      return drawBand(mark, placed, look);
    case 'points':
    case 'text':
      return [];
    case 'reference':
      return drawReference(mark, placed, look);
    case 'bars':
      return drawBars(mark, placed, look);
    case 'cells':
      return drawCells(mark, placed);
  }
}

function drawLine(mark: Of<'line'>, placed: PlacedPanel, look: Look): Shape[] {
  const width = look.lineWidth * (mark.weight ?? 1);
  const stroke = {
    colour: seriesColour(mark.series, look.palette),
    width,
    dash: mark.dash ?? seriesDash(mark.series, width),
    round: true,
    ...(mark.opacity === undefined ? {} : { opacity: mark.opacity }),
  };
  return [{ kind: 'path', d: polyline(mark, placed), stroke }];
}

/** The pieces of a line between its breaks. A lone point between two breaks becomes a dot by a zero-length piece. */
function polyline(mark: Of<'line'>, { x, y }: PlacedPanel): string {
  let path = '';
  let open = false;
  mark.x.forEach((value, index) => {
    const height = mark.y[index];
    if (height === null || height === undefined) {
      open = false;
      return;
    }
    path += `${open ? 'L' : 'M'}${at(x.scale.at(value))} ${at(y.scale.at(height))}`;
    open = true;
  });
  return path;
}

function drawBand(mark: Of<'band'>, { x, y }: PlacedPanel, look: Look): Shape[] {
  const point = (index: number, value: number): string =>
    `${at(x.scale.at(mark.x[index]!))} ${at(y.scale.at(value))}`;
  const upper = mark.high.map((value, index) => point(index, value));
  const lower = mark.low.map((value, index) => point(index, value)).reverse();
  return [
    {
      kind: 'path',
      d: `M${[...upper, ...lower].join('L')}Z`,
      fill: seriesColour(mark.series, look.palette),
      fillOpacity: mark.opacity,
    },
  ];
}

/** The markers of a mark: whole even at the plot's edge, but none for a point outside the axes. */
export function drawMarkers(mark: Mark, placed: PlacedPanel, look: Look): Shape[] {
  if (mark.kind !== 'points' && mark.kind !== 'line') return [];
  const shape = mark.marker;
  if (shape === undefined) return [];
  const inside = (value: number, [low, high]: readonly [number, number]): boolean =>
    value >= low && value <= high;
  const { x, y } = placed;
  const outlines = mark.x.flatMap((value, index) => {
    const height = mark.y[index];
    if (height === null || height === undefined) return [];
    if (!inside(value, x.scale.domain) || !inside(height, y.scale.domain)) return [];
    return [markerPath(shape, x.scale.at(value), y.scale.at(height), look.lineWidth * markerRadius)];
  });
  if (outlines.length === 0) return [];
  return [
    {
      kind: 'path',
      d: outlines.join(''),
      fill: '#ffffff',
      stroke: { colour: seriesColour(mark.series, look.palette), width: look.lineWidth * 0.8 },
    },
  ];
}

/** How far the veil behind a word reaches beyond it, and how much of what is behind it shows through. */
export const veil = { margin: 0.15, opacity: 0.8 } as const;

/** The words of a mark: whole, also beyond the plot's edge. */
export function drawText(mark: Mark, { x, y }: PlacedPanel, look: Look): Shape[] {
  if (mark.kind !== 'text') return [];
  const em = look.fontSize;
  return mark.text.flatMap((text, index): Shape[] => {
    const [left, baseline] = [x.scale.at(mark.x[index]!), y.scale.at(mark.y[index]!) + (capHeight * em) / 2];
    const word: Shape = { kind: 'text', text, x: left, y: baseline, anchor: mark.anchor };
    if (mark.backed !== true) return [word];
    const width = textWidth(text, em);
    const start = left - { start: 0, middle: width / 2, end: width }[mark.anchor] - veil.margin * em;
    const d = `M${at(start)} ${at(baseline - 0.9 * em)}h${at(width + 2 * veil.margin * em)}v${at(1.1 * em)}H${at(start)}Z`;
    return [{ kind: 'path', d, fill: '#ffffff', fillOpacity: veil.opacity }, word];
  });
}

/** Radius of a marker in line widths. */
export const markerRadius = 1.9;

/** Outline of a marker of about equal area in every shape; `radius` is the circle's, in points. */
export function markerPath(shape: MarkerShape, x: number, y: number, radius: number): string {
  switch (shape) {
    case 'circle':
      return `M${at(x - radius)} ${at(y)}a${at(radius)} ${at(radius)} 0 1 0 ${at(2 * radius)} 0a${at(radius)} ${at(radius)} 0 1 0 ${at(-2 * radius)} 0Z`;
    case 'square': {
      const half = radius * 0.89;
      return `M${at(x - half)} ${at(y - half)}h${at(2 * half)}v${at(2 * half)}h${at(-2 * half)}Z`;
    }
    case 'triangle': {
      const half = radius * 1.2;
      return `M${at(x)} ${at(y - half)}L${at(x + half)} ${at(y + half * 0.75)}H${at(x - half)}Z`;
    }
    case 'diamond': {
      const half = radius * 1.25;
      return `M${at(x)} ${at(y - half)}L${at(x + half)} ${at(y)}L${at(x)} ${at(y + half)}L${at(x - half)} ${at(y)}Z`;
    }
  }
}

function drawReference(mark: Of<'reference'>, { plot, y }: PlacedPanel, look: Look): Shape[] {
  return [
    {
      kind: 'path',
      d: `M${at(plot.x)} ${at(y.scale.at(mark.y))}h${at(plot.width)}`,
      stroke: {
        colour: seriesColour(mark.series, look.palette),
        width: look.lineWidth * 0.75,
        dash: mark.dash,
      },
    },
  ];
}

function drawBars(mark: Of<'bars'>, { x, y }: PlacedPanel, look: Look): Shape[] {
  const base = y.scale.at(Math.max(0, y.scale.domain[0]));
  const bars = mark.x.map((centre, index) => {
    const left = x.scale.at(centre - mark.width / 2);
    const right = x.scale.at(centre + mark.width / 2);
    return `M${at(left)} ${at(base)}V${at(y.scale.at(mark.y[index]!))}H${at(right)}V${at(base)}Z`;
  });
  return [{ kind: 'path', d: bars.join(''), fill: seriesColour(mark.series, look.palette) }];
}

/** How far a cell reaches under its later neighbours, in points, so that no seam of background shows between them. */
const underlap = 0.3;
/** Of a cell that nothing is known of. */
export const unknownColour = '#d9dbde';

/** Cells from the bottom row up and from left to right; an unknown cell is grey. */
function drawCells(mark: Of<'cells'>, { panel, x, y }: PlacedPanel): Shape[] {
  const { map, domain } = panel.colours!;
  const span = domain[1] - domain[0];
  return mark.values.flatMap((row, rowIndex) => {
    const bottom = y.scale.at(mark.yEdges[rowIndex]!);
    const top = y.scale.at(mark.yEdges[rowIndex + 1]!) - underlap;
    return row.map((value, column): Shape => {
      const left = x.scale.at(mark.xEdges[column]!);
      const right = x.scale.at(mark.xEdges[column + 1]!) + underlap;
      return {
        kind: 'box',
        box: { x: left, y: top, width: right - left, height: bottom - top },
        fill: value === null ? unknownColour : mapColour(map, (value - domain[0]) / span),
      };
    });
  });
}
