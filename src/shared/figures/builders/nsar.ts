/** The non-sparse activation rate (NSAR): by layer, against the threshold, and over training. */
import { FinegrainError } from '../../errors.ts';
import type { LayerProbe, Probe } from '../../run/probe.ts';
import { seriesMarker } from '../colours.ts';
import type { Drawing, FigureRun } from '../run.ts';
import { probeAt, runLabels } from '../run.ts';
import type { Figure, FigureStyle } from '../spec.ts';
import { styled } from '../spec.ts';
import type { Table } from '../table.ts';
import { noBreakSpace } from '../text.ts';
import { toPoints } from '../units.ts';

/** The paper's definition and threshold are not known to us, so every axis says whose definition it is. */
export function nsarLabel(threshold: number): string {
  return `NSAR (our definition, tau${noBreakSpace}=${noBreakSpace}${threshold})`;
}

/**
 * Left (or above): NSAR of every layer at one threshold. Right (or below): its mean over layers at every threshold of the
 * sweep, because one threshold alone can be chosen to please. One line per run, at its newest probe or at `step`.
 */
export function nsarFigure(
  runs: readonly FigureRun[],
  style: FigureStyle,
  threshold = 0.1,
  step?: number,
): Drawing<Figure, Table> {
  const labels = runLabels(runs);
  const probes = runs.map((run) => probeAt(run, step));
  const byLayer = probes.map((probe, index) =>
    probe.layers.map((layer) => rateOf(layer, threshold, runs[index]!)),
  );
  const layers = [...new Set(probes.flatMap((probe) => probe.layers.map(({ layer }) => layer)))].sort(
    (a, b) => a - b,
  );
  const thresholds = sharedThresholds(probes);
  const figure: Figure = {
    ...styled(style),
    description:
      `Non-sparse activation rate (our definition: share of FFN units with |SiLU(x Wg)| above tau) of ` +
      `${labels.map((label, index) => `${label} at step ${probes[index]!.step}`).join(', ')}: ` +
      `by layer at tau = ${threshold}, and its mean over layers against tau.`,
    columns: twoColumnsFit(style) ? 2 : 1,
    aspect: twoColumnsFit(style) ? 0.8 : 0.6,
    letters: true,
    legend: labels.map((label, series) => ({
      label,
      series,
      symbol: 'lineMarker',
      marker: seriesMarker(series),
    })),
    panels: [
      {
        x: {
          label: 'Layer',
          scale: 'linear',
          domain: [layers[0]! - 0.3, layers.at(-1)! + 0.3],
          ticks: layers.map((layer) => ({ at: layer, label: String(layer + 1) })),
        },
        y: { label: nsarLabel(threshold), scale: 'linear' },
        marks: probes.map((probe, series) => ({
          kind: 'line',
          x: probe.layers.map(({ layer }) => layer),
          y: byLayer[series]!,
          series,
          marker: seriesMarker(series),
        })),
      },
      {
        x: {
          label: 'Threshold tau',
          scale: 'log',
          domain: [Math.min(...thresholds) / 1.25, Math.max(...thresholds) * 1.25],
          ticks: thresholds.map((at) => ({ at, label: String(at) })),
        },
        y: { label: `Mean NSAR (our${noBreakSpace}definition)`, scale: 'linear' },
        marks: probes.map((probe, series) => ({
          kind: 'line',
          x: thresholds,
          y: thresholds.map((tau) => mean(probe.layers.map((layer) => rateOf(layer, tau, runs[series]!)))),
          series,
          marker: seriesMarker(series),
        })),
      },
    ],
  };
  return { figure, table: nsarTable(runs, probes) };
}

/** NSAR of one run as a field: layer upwards, training step to the right, one cell for each probe. */
export function nsarHeatmap(run: FigureRun, style: FigureStyle, threshold = 0.1): Drawing<Figure, Table> {
  probeAt(run);
  const [label] = runLabels([run]);
  const layers = [...new Set(run.probes.flatMap((probe) => probe.layers.map(({ layer }) => layer)))].sort(
    (a, b) => a - b,
  );
  const values = layers.map((layer) =>
    run.probes.map((probe) => {
      const found = probe.layers.find((candidate) => candidate.layer === layer);
      return found === undefined ? null : rateOf(found, threshold, run);
    }),
  );
  const known = values.flat().filter((value) => value !== null);
  const low = known.reduce((least, value) => Math.min(least, value), 1);
  const high = known.reduce((most, value) => Math.max(most, value), 0);
  const figure: Figure = {
    ...styled(style),
    description: `Non-sparse activation rate (our definition, tau = ${threshold}) of ${label} by layer over training.`,
    columns: 1,
    aspect: Math.min(0.7, Math.max(0.25, 0.07 * layers.length)),
    letters: false,
    legend: [],
    panels: [
      {
        title: label!,
        x: {
          label: 'Training step',
          scale: 'linear',
          ...domainOfEdges(cellEdges(run.probes.map(({ step }) => step))),
        },
        y: {
          label: 'Layer',
          scale: 'linear',
          domain: [-0.5, layers.length - 0.5],
          ticks: layers.map((layer, row) => ({ at: row, label: String(layer + 1) })),
        },
        colours: {
          map: 'viridis',
          domain: high > low ? [low, high] : [Math.max(0, low - 0.05), Math.min(1, high + 0.05)],
          label: nsarLabel(threshold),
        },
        marks: [
          {
            kind: 'cells',
            xEdges: cellEdges(run.probes.map(({ step }) => step)),
            yEdges: Array.from({ length: layers.length + 1 }, (_, row) => row - 0.5),
            values,
          },
        ],
      },
    ],
  };
  return {
    figure,
    table: nsarTable(
      run.probes.map(() => run),
      run.probes,
    ),
  };
}

/** Borders half-way between neighbours; the outer ones as far out as their inner neighbours are in. */
export function cellEdges(centres: readonly number[]): number[] {
  if (centres.length === 1) return [centres[0]! - 0.5, centres[0]! + 0.5];
  const middles = centres.slice(1).map((centre, index) => (centre + centres[index]!) / 2);
  const first = 2 * centres[0]! - middles[0]!;
  const last = 2 * centres.at(-1)! - middles.at(-1)!;
  return [first, ...middles, last];
}

function domainOfEdges(edges: readonly number[]): { domain: readonly [number, number] } {
  return { domain: [edges[0]!, edges.at(-1)!] };
}

/** Two panels side by side need some 38 ems, or their labels crowd. */
function twoColumnsFit(style: FigureStyle): boolean {
  return toPoints(style.widthMm) / style.fontSize >= 38;
}

function rateOf(layer: LayerProbe, threshold: number, run: FigureRun): number {
  const rate = layer.nsar[String(threshold)];
  if (rate !== undefined) return rate;
  throw new FinegrainError(
    'input.invalid',
    `Threshold ${threshold} was not measured in run ${run.run}.`,
    `Choose one of ${Object.keys(layer.nsar).join(', ')}.`,
  );
}

/** Thresholds that every layer of every probe has, ascending. */
function sharedThresholds(probes: readonly Probe[]): number[] {
  const layers = probes.flatMap((probe) => probe.layers);
  const keys = Object.keys(layers[0]?.nsar ?? {}).filter((key) => layers.every((layer) => key in layer.nsar));
  return keys.map(Number).sort((a, b) => a - b);
}

function mean(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0) / values.length;
}

function nsarTable(runs: readonly FigureRun[], probes: readonly Probe[]): Table {
  const rows = probes.flatMap((probe, index) => {
    const run = runs[index]!;
    return probe.layers.flatMap((layer) =>
      Object.entries(layer.nsar).map(([threshold, rate]) => [
        run.run,
        run.name,
        run.reconstruction ? 'yes' : 'no',
        probe.step,
        probe.tokens,
        layer.layer + 1,
        layer.kind,
        Number(threshold),
        rate,
        layer.nsarTimesUp[threshold] ?? null,
      ]),
    );
  });
  return {
    columns: [
      { name: 'run' },
      { name: 'name' },
      { name: 'reconstruction' },
      { name: 'step' },
      { name: 'probed tokens' },
      { name: 'layer', unit: 'from 1' },
      { name: 'ffn' },
      { name: 'tau' },
      { name: 'NSAR', unit: 'our definition: share of |SiLU(x Wg)| > tau' },
      { name: 'NSAR times up', unit: 'our definition: share of |SiLU(x Wg) * (x Wu)| > tau' },
    ],
    rows,
  };
}
