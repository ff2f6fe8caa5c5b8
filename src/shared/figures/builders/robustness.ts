/** How much a model loses with the most probable expert of every token disabled (CartesianMoE, Table 4, in nats). */
import { disabledTop1, type RobustnessAnalysis } from '../../run/analysis.ts';
import { robustnessTable } from '../analysisTables.ts';
import { type Drawing, runLabels } from '../run.ts';
import { type Figure, type FigureStyle, styled } from '../spec.ts';
import type { Table } from '../table.ts';
import { barDomain, barPanel } from './bars.ts';

const names = {
  none: 'none',
  first: 'first sub-layer',
  second: 'second sub-layer',
  both: 'every router',
} as const;

/** A group of bars for each choice of routers that some run has, a bar for each run. */
export function robustnessFigure(
  results: readonly RobustnessAnalysis[],
  style: FigureStyle,
): Drawing<Figure, Table> {
  const labels = runLabels(results);
  const modes = disabledTop1.filter((mode) =>
    results.some(({ disabled }) => disabled.some(({ routers }) => routers === mode)),
  );
  const values = results.map(({ disabled }) =>
    modes.map((mode) => disabled.find(({ routers }) => routers === mode)?.lossIncrease ?? null),
  );
  const before = results.map(({ loss }, at) => `${labels[at]} ${loss.toPrecision(5)}`).join(', ');
  const figure: Figure = {
    ...styled(style),
    description:
      'Increase of the loss when the most probable expert of every token is disabled and the next ones take over; ' +
      `loss before, nats/token: ${before}.`,
    columns: 1,
    aspect: 0.5,
    letters: false,
    legend: labels.map((label, series) => ({ label, series, symbol: 'bar' })),
    panels: [
      barPanel({
        label: 'Top-1 expert disabled in',
        names: modes.map((mode) => names[mode]),
        values,
        y: { label: 'Increase of loss', unit: 'nats/token', scale: 'linear', domain: barDomain(values) },
      }),
    ],
  };
  return { figure, table: robustnessTable(results) };
}
