/** Gates of one layer before their threshold (DSMoE), or scores of its router: how they are spread, and each expert's mean. */

import { expertLabel } from '../../run/probe.ts';
import type { FigureRun } from '../run.ts';
import { type Drawing, probeAt, runLabels } from '../run.ts';
import { type Figure, type FigureStyle, styled } from '../spec.ts';
import type { Table } from '../table.ts';
import { toPoints } from '../units.ts';
import { layerWith, runCells, runColumns } from './overSteps.ts';

export interface GateRun extends FigureRun {
  /** By layer: the value that a gate must exceed for its expert to run; null where the method has none. */
  readonly thresholds: readonly (number | null)[];
}

/**
 * At the newest probe or at `step`, of `layer` (from 0; default the first with experts). Left the histogram over [0, 1],
 * the threshold as an upright line; right the mean gate of each expert. Throws `input.invalid` for a layer without experts.
 */
export function gatesFigure(
  run: GateRun,
  style: FigureStyle,
  step?: number,
  wanted?: number,
): Drawing<Figure, Table> {
  const probe = probeAt(run, step);
  const layer = layerWith({ ...run, probes: [probe] }, wanted, ({ experts }) => experts !== null);
  const { experts } = probe.layers.find((entry) => entry.layer === layer)!;
  const { gateHistogram, meanGate, gateDeviation, count, groups, activeMean } = experts!;
  const total = Math.max(
    1,
    gateHistogram.reduce((sum, bin) => sum + bin, 0),
  );
  const shares = gateHistogram.map((bin) => bin / total);
  const width = 1 / gateHistogram.length;
  const threshold = run.thresholds[layer] ?? null;
  const [label] = runLabels([run]);
  const names = meanGate.map((_, expert) => expertLabel(expert, count, groups));
  const wide = toPoints(style.widthMm) / style.fontSize >= 38;
  const top = Math.max(...shares) * 1.08;
  const figure: Figure = {
    ...styled(style),
    description:
      `Gates of layer ${layer + 1} of ${label} at step ${probe.step}: histogram of their values` +
      `${threshold === null ? '' : ` before the threshold tau = ${threshold} (dashed)`} and mean by expert; ` +
      `${activeMean.toPrecision(3)} of ${count} experts active, mean over tokens.`,
    columns: wide ? 2 : 1,
    aspect: wide ? 0.7 : 0.45,
    letters: false,
    legend: [
      { label: `${label}, layer ${layer + 1}`, series: 0, symbol: 'bar' },
      ...(threshold === null
        ? []
        : [{ label: `tau = ${threshold}`, series: 'neutral', symbol: 'reference', dash: [3, 2] } as const]),
    ],
    panels: [
      {
        x: {
          label: threshold === null ? 'Router score' : 'Gate before its threshold',
          scale: 'linear',
          domain: [0, 1],
        },
        y: { label: 'Share of gates', scale: 'linear', domain: [0, top] },
        marks: [
          {
            kind: 'bars',
            x: shares.map((_, bin) => (bin + 0.5) * width),
            y: shares,
            width: width * 0.94,
            series: 0,
          },
          ...(threshold === null
            ? []
            : [
                {
                  kind: 'line',
                  x: [threshold, threshold],
                  y: [0, top],
                  series: 'neutral',
                  dash: [3, 2],
                  weight: 0.75,
                } as const,
              ]),
        ],
      },
      {
        x: {
          label: groups > 1 ? 'Expert, by sub-layer' : 'Expert',
          scale: 'linear',
          domain: [-0.75, count - 0.25],
          ticks: names.map((name, at) => ({ at, label: name })),
        },
        y: { label: 'Mean gate', scale: 'linear', domain: [0, Math.max(0.01, ...meanGate) * 1.08] },
        marks: [{ kind: 'bars', x: names.map((_, at) => at), y: meanGate, width: 0.8, series: 0 }],
      },
    ],
  };
  const cells = [...runCells(run), probe.step, layer + 1];
  return {
    figure,
    table: {
      columns: [
        ...runColumns,
        { name: 'step' },
        { name: 'layer', unit: 'from 1' },
        { name: 'expert', unit: 'from 1; empty: all' },
        { name: 'from' },
        { name: 'to' },
        { name: 'gates' },
        { name: 'mean gate' },
        { name: 'gate standard deviation' },
      ],
      rows: [
        ...gateHistogram.map((bin, at) => [...cells, null, at * width, (at + 1) * width, bin, null, null]),
        ...meanGate.map((gate, at) => [
          ...cells,
          names[at]!,
          null,
          null,
          null,
          gate,
          gateDeviation[at] ?? null,
        ]),
      ],
    },
  };
}
