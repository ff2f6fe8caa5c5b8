/** Loss by token-frequency bucket: a group of bars for each bucket, a bar for each run. */
import { type BucketAnalysis, type BucketLoss, bucketNames } from '../../run/analysis.ts';
import { bucketTable } from '../analysisTables.ts';
import { type Drawing, runLabels } from '../run.ts';
import { type Figure, type FigureStyle, type Mark, type Panel, styled } from '../spec.ts';
import type { Table } from '../table.ts';
import { toPoints } from '../units.ts';

export function bucketFigure(results: readonly BucketAnalysis[], style: FigureStyle): Drawing<Figure, Table> {
  const labels = runLabels(results);
  const wide = toPoints(style.widthMm) / style.fontSize >= 38;
  const both = results.flatMap(({ byTarget, byInput }) => [...byTarget, ...byInput]);
  const top = 1.08 * Math.max(...both.map(({ loss }) => loss ?? 0), 0.1);
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
      panel('Predicted token', results, top, ({ byTarget }) => byTarget),
      panel('Input token', results, top, ({ byInput }) => byInput),
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

function panel(
  label: string,
  results: readonly BucketAnalysis[],
  top: number,
  pick: (result: BucketAnalysis) => readonly BucketLoss[],
): Panel {
  const width = 0.8 / results.length;
  const marks = results.map((result, series): Mark => {
    const known = pick(result).flatMap(({ loss }, at) => (loss === null ? [] : [{ at, loss }]));
    return {
      kind: 'bars',
      x: known.map(({ at }) => at - 0.4 + (series + 0.5) * width),
      y: known.map(({ loss }) => loss),
      width: width * 0.92,
      series,
    };
  });
  return {
    x: {
      label,
      scale: 'linear',
      domain: [-0.6, bucketNames.length - 0.4],
      ticks: bucketNames.map((bucket, at) => ({ at, label: bucket })),
    },
    y: { label: 'Loss', unit: 'nats/token', scale: 'linear', domain: [0, top] },
    marks,
  };
}
