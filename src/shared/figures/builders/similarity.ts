/** How alike the attention maps of the layers are: a field of layer by layer. */
import type { SimilarityAnalysis } from '../../run/analysis.ts';
import { similarityTable } from '../analysisTables.ts';
import { type Drawing, runLabels } from '../run.ts';
import { type Figure, type FigureStyle, styled } from '../spec.ts';
import type { Table } from '../table.ts';
import { namedAxis, squareEdges } from './fields.ts';

export function similarityFigure(result: SimilarityAnalysis, style: FigureStyle): Drawing<Figure, Table> {
  const names = result.values.map((_, layer) => String(layer + 1));
  const known = result.values.flat().filter((value) => value !== null);
  const lowest = Math.min(...known, 0.99);
  const [label] = runLabels([result]);
  const figure: Figure = {
    ...styled(style),
    description: `Similarity of the attention maps of the layers of ${label} at step ${result.step}. ${result.definition}`,
    columns: 1,
    aspect: 0.7,
    letters: false,
    legend: [],
    panels: [
      {
        title: label!,
        x: namedAxis('Layer', names),
        y: namedAxis('Layer', names),
        colours: { map: 'viridis', domain: [lowest, 1], label: 'Mean cosine of map rows (our definition)' },
        marks: [
          {
            kind: 'cells',
            xEdges: squareEdges(names.length),
            yEdges: squareEdges(names.length),
            values: result.values,
          },
        ],
      },
    ],
  };
  return { figure, table: similarityTable([result]) };
}
