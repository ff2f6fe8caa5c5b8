/**
 * Writes a figure as a standalone LaTeX document of pgfplots axes: each panel an `axis` at its place and size, with its
 * data, so that numbers, labels and fonts can still be changed in the paper. Lengths are in bp, the points of a figure.
 *
 * Brackets under an axis, legends and colour bars are drawn at their places: pgfplots has no such brackets, and one legend
 * for several axes is not its own.
 */

import type { SeriesStyle } from './colours.ts';
import { mapColour, paletteColours, seriesColour, seriesDash } from './colours.ts';
import { groupLine, ink, placedGroups, placeFigure } from './drawing.ts';
import { capHeight } from './fontMetrics.ts';
import { swatchEms } from './legendLayout.ts';
import { markerRadius, unknownColour, veil } from './marks.ts';
import { letterSpace } from './panelLayout.ts';
import { metrics, type PlacedAxis, type PlacedLegendEntry, type PlacedPanel } from './placed.ts';
import type { Sheet } from './sheet.ts';
import type { ColourScale, Figure, Look, Mark } from './spec.ts';
import { texColour, texLines, texText } from './texText.ts';
import { coordinate as at } from './units.ts';

export function renderTex(figure: Figure | Sheet): string {
  const layout = placeFigure(figure);
  const maps = new Map(
    layout.panels.flatMap(({ panel }) =>
      panel.colours === undefined ? [] : [[panel.colours.map, panel.colours]],
    ),
  );
  const up = (y: number): number => layout.height - y;
  const em = figure.fontSize;
  return `${[
    `% ${texText(figure.description)}`,
    '% Made by Finegrain. Compile with pdflatex, or \\usepackage{standalone} and \\input this file in a paper.',
    '\\documentclass{standalone}',
    // Outlines at any size: Latin Modern where it is installed, else the classic fonts.
    '\\IfFileExists{lmodern.sty}{\\usepackage[T1]{fontenc}\\usepackage{lmodern}}{\\usepackage{fix-cm}}',
    '\\usepackage{pgfplots}',
    '\\pgfplotsset{compat=1.16}',
    ...colourDefinitions(figure),
    ...[...maps.values()].map(colourMap),
    '\\begin{document}',
    `\\fontsize{${at(em)}bp}{${at(em * metrics.line)}bp}\\selectfont\\sffamily`,
    '\\begin{tikzpicture}[x=1bp, y=1bp, line width=0.5bp, inner sep=0pt, outer sep=0pt, text=ink, draw=ink]',
    `\\useasboundingbox (0, 0) rectangle (${at(layout.width)}, ${at(layout.height)});`,
    ...layout.panels.flatMap((placed) => panelLines(placed, figure, up)),
    ...layout.legend.flatMap((entry) => legendLines(entry, figure, up)),
    '\\end{tikzpicture}',
    '\\end{document}',
  ].join('\n')}\n`;
}

type Up = (y: number) => number;

function colourDefinitions(look: Look): string[] {
  return [
    `\\definecolor{ink}{HTML}{${texColour(ink)}}`,
    `\\definecolor{neutral}{HTML}{${texColour(seriesColour('neutral', look.palette))}}`,
    `\\definecolor{unknown}{HTML}{${texColour(unknownColour)}}`,
    ...paletteColours(look.palette).map(
      (colour, index) => `\\definecolor{series${index}}{HTML}{${texColour(colour)}}`,
    ),
  ];
}

function nameOf(series: SeriesStyle, look: Look): string {
  return series === 'neutral' ? 'neutral' : `series${series % paletteColours(look.palette).length}`;
}

function colourMap({ map }: ColourScale): string {
  const stops = Array.from({ length: 33 }, (_, step) => {
    const channels = [1, 3, 5].map((from) =>
      Number.parseInt(mapColour(map, step / 32).slice(from, from + 2), 16),
    );
    return `rgb255=(${channels.join(',')})`;
  });
  return `\\pgfplotsset{colormap={${map}}{${stops.join(' ')}}}`;
}

function panelLines(placed: PlacedPanel, look: Look, up: Up): string[] {
  const { panel, plot, x, y } = placed;
  const em = look.fontSize;
  const baseline = up(placed.headerTop + 0.95 * em);
  const header: string[] = [];
  if (placed.letter !== '') {
    header.push(
      `\\node[anchor=base west, font=\\bfseries] at (${at(placed.letterX)}, ${at(baseline)}) {${texText(placed.letter)}};`,
    );
  }
  if (placed.titleLines.length > 0) {
    const space = placed.letter === '' ? 0 : letterSpace(em);
    const left = Math.max(plot.x, placed.letterX + space);
    placed.titleLines.forEach((line, index) => {
      const foot = baseline - index * metrics.line * em;
      header.push(`\\node[anchor=base west] at (${at(left)}, ${at(foot)}) {${texText(line)}};`);
    });
  }
  const options = [
    `at={(${at(plot.x)}bp, ${at(up(plot.y + plot.height))}bp)}`,
    'anchor=south west',
    'scale only axis',
    `width=${at(plot.width)}bp`,
    `height=${at(plot.height)}bp`,
    `xmin=${number(x.scale.domain[0])}, xmax=${number(x.scale.domain[1])}`,
    `ymin=${number(y.scale.domain[0])}, ymax=${number(y.scale.domain[1])}`,
    ...(panel.x.scale === 'log' ? ['xmode=log'] : []),
    ...(panel.y.scale === 'log' ? ['ymode=log'] : []),
    'axis lines=left',
    'axis line style={-}',
    'tick align=outside',
    'tick pos=left',
    `major tick length=${at(metrics.tick * em)}bp`,
    `minor tick length=${at(metrics.tick * 0.6 * em)}bp`,
    'tick style={ink, line width=0.5bp}',
    'scaled ticks=false',
    `xticklabel style={yshift=-${at(metrics.tickGap * em)}bp}`,
    `yticklabel style={xshift=-${at(metrics.tickGap * em)}bp}`,
    'clip marker paths=false',
    ...(['x', 'y'] as const).flatMap((side) =>
      panel[side].bare === true
        ? [`${side} axis line style={draw=none}`, `every ${side} tick/.style={draw=none}`]
        : [],
    ),
    ...ticks('x', x),
    ...ticks('y', y),
    `every axis x label/.style={at={(axis description cs:0.5, 0)}, yshift=-${at(placed.xLabelOffset)}bp, anchor=north, align=center}`,
    `every axis y label/.style={at={(axis description cs:0, 0.5)}, xshift=-${at(placed.yLabelOffset)}bp, anchor=south, rotate=90, align=center}`,
    `xlabel={${texLines(x.labelLines)}}`,
    `ylabel={${texLines(y.labelLines)}}`,
    ...(look.grid
      ? [panel.x.ticks === undefined ? 'xmajorgrids, ymajorgrids' : 'ymajorgrids', 'grid style={black!11}']
      : []),
    ...(panel.colours === undefined ? [] : [`colormap name=${panel.colours.map}`]),
  ];
  return [
    ...header,
    '\\begin{axis}[',
    ...options.map((option) => `  ${option},`),
    ']',
    ...panel.marks.flatMap((mark) => markLines(mark, placed, look)),
    '\\end{axis}',
    ...panel.marks.flatMap((mark) => wordLines(mark, placed, look, up)),
    ...bracketLines(placed, em, up),
    ...(placed.colourBar === null ? [] : barLines(placed, em, up)),
  ];
}

function ticks(side: 'x' | 'y', axis: PlacedAxis): string[] {
  const major = axis.ticks.filter(({ label }) => label !== '');
  const minor = axis.ticks.filter(({ label }) => label === '');
  return [
    `${side}tick={${major.map((tick) => number(tick.at)).join(', ')}}`,
    `${side}ticklabels={${major.map((tick) => `{${texText(tick.label)}}`).join(', ')}}`,
    ...(minor.length === 0 ? [] : [`minor ${side}tick={${minor.map((tick) => number(tick.at)).join(', ')}}`]),
  ];
}

function markLines(mark: Mark, placed: PlacedPanel, look: Look): string[] {
  switch (mark.kind) {
    case 'line': {
      const width = look.lineWidth * (mark.weight ?? 1);
      const style = [
        nameOf(mark.series, look),
        `line width=${at(width)}bp`,
        'line join=round',
        ...dashed(mark.dash ?? seriesDash(mark.series, width)),
        ...(mark.opacity === undefined ? [] : [`opacity=${at(mark.opacity)}`]),
        ...(mark.marker === undefined ? ['mark=none'] : markerStyle(mark.marker, look)),
        'unbounded coords=jump',
      ];
      return plot(style, pairs(mark.x, mark.y));
    }
    case 'points':
      return plot(
        ['only marks', nameOf(mark.series, look), ...markerStyle(mark.marker, look)],
        pairs(mark.x, mark.y),
      );
    case 'band': {
      const back = mark.x.map((_, index) => mark.x.length - 1 - index);
      const outline = [
        ...pairs(mark.x, mark.high),
        ...pairs(
          back.map((index) => mark.x[index]!),
          back.map((index) => mark.low[index]!),
        ),
      ];
      return plot(
        ['draw=none', `fill=${nameOf(mark.series, look)}`, `fill opacity=${at(mark.opacity)}`, 'mark=none'],
        outline,
        ' -- cycle',
      );
    }
    case 'text':
      return [];
    case 'bars':
      return plot(
        [
          'ybar',
          `bar width=${number(mark.width)}`,
          'bar shift=0pt',
          'draw=none',
          `fill=${nameOf(mark.series, look)}`,
          'mark=none',
        ],
        pairs(mark.x, mark.y),
      );
    case 'reference': {
      const [left, right] = placed.x.scale.domain;
      const style = [
        nameOf(mark.series, look),
        `line width=${at(look.lineWidth * 0.75)}bp`,
        ...dashed(mark.dash),
        'mark=none',
      ];
      return plot(style, pairs([left, right], [mark.y, mark.y]));
    }
    case 'cells': {
      const { domain } = placed.panel.colours!;
      return mark.values.flatMap((row, rowIndex) =>
        row.map((value, column) => {
          const share = value === null ? 0 : (value - domain[0]) / (domain[1] - domain[0]);
          const fill =
            value === null ? 'unknown' : `color of colormap={${at(1000 * Math.min(1, Math.max(0, share)))}}`;
          const from = `${number(mark.xEdges[column]!)}, ${number(mark.yEdges[rowIndex]!)}`;
          const to = `${number(mark.xEdges[column + 1]!)}, ${number(mark.yEdges[rowIndex + 1]!)}`;
          const note = value === null ? '' : ` % ${number(value)}`;
          return `\\fill[${fill}] (axis cs:${from}) rectangle (axis cs:${to});${note}`;
        }),
      );
    }
  }
}

const anchors = { start: 'west', middle: 'center', end: 'east' } as const;

/** Words stand outside the axis, which would cut them at its edge. */
function wordLines(mark: Mark, { x, y }: PlacedPanel, look: Look, up: Up): string[] {
  if (mark.kind !== 'text') return [];
  const margin = veil.margin * look.fontSize;
  const shift = { start: -margin, middle: 0, end: margin }[mark.anchor];
  const back = `, fill=white, fill opacity=${at(veil.opacity)}, text opacity=1, inner sep=${at(margin)}bp`;
  return mark.text.map((text, index) => {
    const left = x.scale.at(mark.x[index]!) + (mark.backed === true ? shift : 0);
    const style = `anchor=${anchors[mark.anchor]}${mark.backed === true ? back : ''}`;
    return `\\node[${style}] at (${at(left)}, ${at(up(y.scale.at(mark.y[index]!)))}) {${texText(text)}};`;
  });
}

function plot(style: readonly string[], points: readonly string[], end = ''): string[] {
  return [`\\addplot[${style.join(', ')}] coordinates {`, ...inRows(points), `}${end};`];
}

/** A few points to a line, so that a difference between two versions of a file can be read. */
function inRows(points: readonly string[]): string[] {
  const rows: string[] = [];
  for (let first = 0; first < points.length; first += 8)
    rows.push(`  ${points.slice(first, first + 8).join(' ')}`);
  return rows;
}

function pairs(x: readonly number[], y: readonly (number | null)[]): string[] {
  return x.map((value, index) => `(${number(value)}, ${y[index] === null ? 'nan' : number(y[index]!)})`);
}

const markers = { circle: '*', square: 'square*', triangle: 'triangle*', diamond: 'diamond*' } as const;

function markerStyle(marker: keyof typeof markers, look: Look): string[] {
  const size = look.lineWidth * markerRadius;
  return [
    `mark=${markers[marker]}`,
    `mark size=${at(size)}bp`,
    `mark options={solid, fill=white, line width=${at(look.lineWidth * 0.8)}bp}`,
  ];
}

function dashed(dash: readonly number[]): string[] {
  if (dash.length === 0) return [];
  return [
    `dash pattern=${dash.map((length, index) => `${index % 2 === 0 ? 'on' : 'off'} ${at(length)}bp`).join(' ')}`,
  ];
}

function bracketLines(placed: PlacedPanel, em: number, up: Up): string[] {
  const y = groupLine(placed, em);
  return placedGroups(placed, em).flatMap(({ from, to, label }) => [
    `\\draw (${at(from)}, ${at(up(y))}) -- (${at(to)}, ${at(up(y))});`,
    `\\node[anchor=base] at (${at((from + to) / 2)}, ${at(up(y + (0.3 + capHeight) * em))}) {${texText(label)}};`,
  ]);
}

function barLines(placed: PlacedPanel, em: number, up: Up): string[] {
  const { box, axis, labelOffset } = placed.colourBar!;
  const right = box.x + box.width;
  const steps = 64;
  const cells = Array.from({ length: steps }, (_, step) => {
    const low = up(box.y + box.height) + (box.height * step) / steps;
    // Each strip reaches under the next, so that no seam shows.
    const high = Math.min(up(box.y), low + (2 * box.height) / steps);
    return `\\fill[color of colormap={${at((1000 * (step + 0.5)) / steps)}}] (${at(box.x)}, ${at(low)}) rectangle (${at(right)}, ${at(high)});`;
  });
  const marks = axis.ticks
    .filter(({ label }) => label !== '')
    .flatMap((tick) => {
      const y = up(axis.scale.at(tick.at));
      const start = right + (metrics.tick + metrics.tickGap) * em;
      return [
        `\\draw (${at(right)}, ${at(y)}) -- +(${at(metrics.tick * em)}, 0);`,
        `\\node[anchor=west] at (${at(start)}, ${at(y)}) {${texText(tick.label)}};`,
      ];
    });
  return [
    `\\begin{scope}[/pgfplots/colormap name=${placed.panel.colours!.map}]`,
    ...cells,
    '\\end{scope}',
    `\\draw (${at(box.x)}, ${at(up(box.y + box.height))}) rectangle (${at(right)}, ${at(up(box.y))});`,
    ...marks,
    `\\node[anchor=north, rotate=90, align=center] at (${at(right + labelOffset)}, ${at(up(box.y + box.height / 2))}) {${texLines(axis.labelLines)}};`,
  ];
}

function legendLines({ entry, x, y, lines }: PlacedLegendEntry, look: Look, up: Up): string[] {
  const em = look.fontSize;
  const length = swatchEms(entry) * em;
  const colour = nameOf(entry.series, look);
  const centre = at(up(y));
  const output: string[] = [];
  const faint = entry.symbol === 'faintLine';
  if (entry.symbol !== 'marker' && entry.symbol !== 'bar') {
    const width = entry.symbol === 'reference' || faint ? look.lineWidth * 0.75 : look.lineWidth;
    const dash = entry.dash ?? (faint ? [] : seriesDash(entry.series, look.lineWidth));
    const style = [colour, `line width=${at(width)}bp`, ...dashed(dash), ...(faint ? ['opacity=0.4'] : [])];
    output.push(`\\draw[${style.join(', ')}] (${at(x)}, ${centre}) -- +(${at(length)}, 0);`);
  }
  if (entry.symbol === 'marker' || entry.symbol === 'lineMarker') {
    const style = markerStyle(entry.marker ?? 'circle', look);
    output.push(
      `\\draw[${colour}] plot[only marks, ${style.join(', ')}] coordinates {(${at(x + length / 2)}, ${centre})};`,
    );
  }
  if (entry.symbol === 'bar') {
    const half = (capHeight * em) / 2;
    output.push(
      `\\fill[${colour}] (${at(x)}, ${at(up(y) - half)}) rectangle (${at(x + length)}, ${at(up(y) + half)});`,
    );
  }
  const textX = x + length + metrics.swatchGap * em;
  lines.forEach((line, index) => {
    const foot = up(y + (capHeight * em) / 2 + index * metrics.line * em);
    output.push(`\\node[anchor=base west] at (${at(textX)}, ${at(foot)}) {${texText(line)}};`);
  });
  return output;
}

/** Six significant digits: what a plot can show, in a form that TeX reads. */
function number(value: number): string {
  return String(Number(value.toPrecision(6)));
}
