/** The share of a forward pass spent in softmax, matrix products and the rest (uniattn.md section 6). */
import type { SoftmaxTimeAnalysis } from '../../run/analysis.ts';
import { softmaxTimeTable } from '../analysisTables.ts';
import { type Drawing, runLabels } from '../run.ts';
import { type Figure, type FigureStyle, styled } from '../spec.ts';
import type { Table } from '../table.ts';
import { barDomain, barPanel } from './bars.ts';

export function softmaxTimeFigure(
  results: readonly SoftmaxTimeAnalysis[],
  style: FigureStyle,
): Drawing<Figure, Table> {
  const labels = runLabels(results);
  const values = results.map(({ softmax, matrixProducts, other }) => [
    softmax.share,
    matrixProducts.share,
    other.share,
  ]);
  const settings = results.map(
    ({ batch, context, threads, repeats }, at) =>
      `${labels[at]} ${batch} x ${context} tokens, threads ${threads}, median of ${repeats} runs`,
  );
  const figure: Figure = {
    ...styled(style),
    description: `Share of the time of a forward pass. ${results[0]!.method} ${settings.join('; ')}.`,
    columns: 1,
    aspect: 0.5,
    letters: false,
    legend: labels.map((label, series) => ({ label, series, symbol: 'bar' })),
    panels: [
      barPanel({
        label: 'Kernels on cpu',
        names: ['softmax', 'matrix products', 'other'],
        values,
        y: { label: 'Time', unit: 'share of kernel time', scale: 'linear', domain: barDomain(values) },
      }),
    ],
  };
  return { figure, table: softmaxTimeTable(results) };
}
