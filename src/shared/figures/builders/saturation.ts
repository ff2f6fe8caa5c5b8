/** How routing settles: router saturation and routing fluctuation against the final checkpoint, over training. */
import type { SaturationAnalysis } from '../../run/analysis.ts';
import { saturationTable } from '../analysisTables.ts';
import { seriesMarker } from '../colours.ts';
import { type Drawing, runLabels } from '../run.ts';
import { type Figure, type FigureStyle, type Panel, styled } from '../spec.ts';
import type { Table } from '../table.ts';
import { toPoints } from '../units.ts';

/** More lines than this cannot be told apart. */
const mostLines = 8;

interface Line {
  readonly label: string;
  readonly steps: readonly number[];
  readonly saturation: readonly number[];
  readonly fluctuation: readonly number[];
}

/** One run: a line for each layer (their mean where there are many); several runs: the mean over layers of each. */
export function saturationFigure(
  results: readonly SaturationAnalysis[],
  style: FigureStyle,
): Drawing<Figure, Table> {
  const lines = linesOf(results);
  const wide = toPoints(style.widthMm) / style.fontSize >= 38;
  const figure: Figure = {
    ...styled(style),
    description:
      'Router saturation (share of a token’s experts at each checkpoint that the final one chooses too, OLMoE) and ' +
      'routing fluctuation (share of tokens whose first choice differs from the final one) of ' +
      `${runLabels(results).join(', ')}.`,
    columns: wide ? 2 : 1,
    aspect: wide ? 0.8 : 0.6,
    letters: true,
    legend: lines.map(({ label }, series) => ({
      label,
      series,
      symbol: 'lineMarker',
      marker: seriesMarker(series),
    })),
    panels: [
      panel('Router saturation', lines, ({ saturation }) => saturation),
      panel('Routing fluctuation', lines, ({ fluctuation }) => fluctuation),
    ],
  };
  return { figure, table: saturationTable(results) };
}

function linesOf(results: readonly SaturationAnalysis[]): Line[] {
  const [only] = results;
  if (results.length === 1 && only!.layers.length <= mostLines) {
    return only!.layers.map(({ layer, saturation, fluctuation }) => ({
      label: `layer ${layer + 1}`,
      steps: only!.steps,
      saturation,
      fluctuation,
    }));
  }
  const labels = runLabels(results);
  return results.map(({ steps, mean }, at) => ({ label: labels[at]!, steps, ...mean }));
}

function panel(label: string, lines: readonly Line[], pick: (line: Line) => readonly number[]): Panel {
  return {
    x: { label: 'Training step', scale: 'linear', integers: true },
    y: { label, unit: 'share', scale: 'linear', domain: [-0.02, 1.02] },
    marks: lines.map((line, series) => ({
      kind: 'line',
      x: line.steps,
      y: pick(line),
      series,
      marker: seriesMarker(series),
    })),
  };
}
