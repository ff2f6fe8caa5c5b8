/** How the activations SiLU(x Wg) of one layer are spread: the outline of a histogram for each run, on a log axis. */
import { type Drawing, type FigureRun, probeAt, runLabels } from '../run.ts';
import { type Figure, type FigureStyle, styled } from '../spec.ts';
import type { Table } from '../table.ts';
import { layerWith, runCells, runColumns } from './overSteps.ts';

/** At each run's newest probe or at `step`, of `layer` (from 0; default the first). Empty bins are left out. */
export function activationsFigure(
  runs: readonly FigureRun[],
  style: FigureStyle,
  step?: number,
  wanted?: number,
): Drawing<Figure, Table> {
  const labels = runLabels(runs);
  const found = runs.map((run) => {
    const probe = probeAt(run, step);
    const layer = layerWith({ ...run, probes: [probe] }, wanted, () => true);
    const { edges, counts } = probe.layers.find((entry) => entry.layer === layer)!.activationHistogram;
    const total = Math.max(
      1,
      counts.reduce((sum, count) => sum + count, 0),
    );
    // Per unit of activation, so that bins of any width compare.
    const densities = counts.map((count, bin) => count / total / (edges[bin + 1]! - edges[bin]!));
    return { run, probe, layer, edges, counts, densities };
  });
  const layers = [...new Set(found.map(({ layer }) => layer + 1))].join(', ');
  const figure: Figure = {
    ...styled(style),
    description:
      `Density of the activations SiLU(x Wg) of layer ${layers} of ${labels.join(', ')}, at step ` +
      `${found.map(({ probe }) => probe.step).join(', ')}.`,
    columns: 1,
    aspect: 0.5,
    letters: false,
    legend: labels.map((label, series) => ({ label, series, symbol: 'line' })),
    panels: [
      {
        title: `Layer ${layers}`,
        x: { label: 'Activation SiLU(x Wg)', scale: 'linear' },
        y: { label: 'Density', scale: 'log', prefix: 'none' },
        marks: found.map(({ edges, densities }, series) => {
          // Empty bins at both ends would only make the axis wider.
          const [first, last] = [densities.findIndex(full), densities.findLastIndex(full)];
          const bins = [...densities.keys()].slice(first, last + 1);
          const height = (bin: number) => (full(densities[bin]!) ? densities[bin]! : null);
          return {
            kind: 'line',
            x: bins.flatMap((bin) => [edges[bin]!, edges[bin + 1]!]),
            y: bins.flatMap((bin) => [height(bin), height(bin)]),
            series,
          };
        }),
      },
    ],
  };
  return {
    figure,
    table: {
      columns: [
        ...runColumns,
        { name: 'step' },
        { name: 'layer', unit: 'from 1' },
        { name: 'from' },
        { name: 'to' },
        { name: 'activations' },
        { name: 'density' },
      ],
      rows: found.flatMap(({ run, probe, layer, edges, counts, densities }) =>
        counts.map((count, bin) => [
          ...runCells(run),
          probe.step,
          layer + 1,
          edges[bin]!,
          edges[bin + 1]!,
          count,
          densities[bin]!,
        ]),
      ),
    },
  };
}

function full(density: number): boolean {
  return density > 0;
}
