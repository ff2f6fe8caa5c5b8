/** Active experts by layer and text (DSMoE, arXiv 2502.12455: high at both ends and raised in the middle). */

import { formatNumber } from '../../format.ts';
import type { ActiveExpertsAnalysis } from '../../run/analysis.ts';
import { activeExpertsTable } from '../analysisTables.ts';
import { type Drawing, runLabels } from '../run.ts';
import { type Figure, type FigureStyle, styled } from '../spec.ts';
import type { Table } from '../table.ts';
import { namedAxis, squareEdges } from './fields.ts';

export function activeExpertsFigure(
  result: ActiveExpertsAnalysis,
  style: FigureStyle,
): Drawing<Figure, Table> {
  const { layers, sources } = result;
  const [label] = runLabels([result]);
  const values = sources.map(({ active }) => active);
  const known = values.flat();
  const [low, high] = [Math.min(...known), Math.max(...known)];
  const figure: Figure = {
    ...styled(style),
    description:
      `Experts that ran, mean over tokens, of ${label} at step ${result.step}, by layer and text; in brackets the mean ` +
      'over layers.',
    columns: 1,
    aspect: Math.min(0.9, Math.max(0.25, 0.08 * sources.length)),
    letters: false,
    legend: [],
    panels: [
      {
        title: label!,
        x: namedAxis(
          'Layer',
          layers.map(({ layer }) => String(layer + 1)),
        ),
        y: namedAxis(
          'Text',
          sources.map(({ source, mean }) => `${shortSource(source)} (${formatNumber(mean)})`),
        ),
        colours: {
          map: 'viridis',
          domain: high > low ? [low, high] : [Math.max(0, low - 0.5), high + 0.5],
          label: 'Mean active experts',
        },
        marks: [
          {
            kind: 'cells',
            xEdges: squareEdges(layers.length),
            yEdges: squareEdges(sources.length),
            values,
          },
        ],
      },
    ],
  };
  return { figure, table: activeExpertsTable([result]) };
}

/** The name alone, where an axis has little room. */
function shortSource(source: string): string {
  return source.replace(/^validation text of /, '');
}
