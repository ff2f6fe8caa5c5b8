/** Loss at each position of the window: how much a model gains from what came before. */
import type { PositionAnalysis } from '../../run/analysis.ts';
import { positionTable } from '../analysisTables.ts';
import { type Drawing, runLabels } from '../run.ts';
import { type Figure, type FigureStyle, styled } from '../spec.ts';
import type { Table } from '../table.ts';

export function positionFigure(
  results: readonly PositionAnalysis[],
  style: FigureStyle,
): Drawing<Figure, Table> {
  const labels = runLabels(results);
  const windows = results.map(({ windows: counts }) => Math.max(...counts)).join(', ');
  const figure: Figure = {
    ...styled(style),
    description: `Mean loss by position in the window of ${labels.join(', ')}; windows: ${windows}.`,
    columns: 1,
    aspect: 0.5,
    letters: false,
    legend: labels.map((label, series) => ({ label, series, symbol: 'line' })),
    panels: [
      {
        // The first position is 1 here, since a log axis has no 0.
        x: { label: 'Position in the window', unit: 'tokens', scale: 'log' },
        y: { label: 'Loss', unit: 'nats/token', scale: 'linear' },
        marks: results.map(({ byPosition }, series) => ({
          kind: 'line',
          x: byPosition.map((_, position) => position + 1),
          y: byPosition,
          series,
        })),
      },
    ],
  };
  return { figure, table: positionTable(results) };
}
