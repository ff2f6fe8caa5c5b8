/** Loss by token-frequency bucket: a group of bars for each bucket, a bar for each run. */
import { type BucketAnalysis, type BucketLoss, bucketNames } from '../../run/analysis.ts';
import { bucketTable } from '../analysisTables.ts';
import { type Drawing, runLabels } from '../run.ts';
import { type Axis, type Figure, type FigureStyle, styled } from '../spec.ts';
import type { Table } from '../table.ts';
import { toPoints } from '../units.ts';
import { barDomain, barPanel } from './bars.ts';

export function bucketFigure(results: readonly BucketAnalysis[], style: FigureStyle): Drawing<Figure, Table> {
  const labels = runLabels(results);
  const wide = toPoints(style.widthMm) / style.fontSize >= 38;
  const lossesOf = (by: 'byTarget' | 'byInput') =>
    results.map((result) => result[by].map(({ loss }) => loss));
  const y: Axis = {
    label: 'Loss',
    unit: 'nats/token',
    scale: 'linear',
    domain: barDomain([...lossesOf('byTarget'), ...lossesOf('byInput')]),
  };
  const figure: Figure = {
    ...styled(style),
    description:
      'Loss by how frequent the token is in the training split (our buckets: cumulative coverage of its counts 0-80, ' +
      `80-95 and 95-100 %, unseen types rare) of ${labels.join(', ')}; tokens ${tokensOf(results)}.`,
    columns: wide ? 2 : 1,
    aspect: wide ? 0.8 : 0.6,
    letters: true,
    legend: labels.map((label, series) => ({ label, series, symbol: 'bar' })),
    panels: [
      barPanel({ label: 'Predicted token', names: bucketNames, values: lossesOf('byTarget'), y }),
      barPanel({ label: 'Input token', names: bucketNames, values: lossesOf('byInput'), y }),
    ],
  };
  return { figure, table: bucketTable(results) };
}

/** How many positions are behind each bar must always be said (papers/README.md). */
function tokensOf(results: readonly BucketAnalysis[]): string {
  const list = (losses: readonly BucketLoss[]) => losses.map(({ tokens }) => tokens).join(' / ');
  const counts = results.map(
    ({ byTarget, byInput }) => `${list(byTarget)} by target, ${list(byInput)} by input`,
  );
  return [...new Set(counts)].join('; ');
}
