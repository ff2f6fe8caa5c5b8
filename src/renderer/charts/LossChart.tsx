/** Loss of one or several runs: raw faint behind smoothed, validation points, and the floor of a context-free model. */
import type { Data, Layout } from 'plotly.js/lib/core';
import { useMemo } from 'react';
import { formatNumber } from '../../shared/format.ts';
import type { RunSummary } from '../../shared/rpc/contract.ts';
import type { Curve } from '../../shared/run/metrics.ts';
import { type LineTrace, lossTraces } from '../logic/lossTraces.ts';
import { runColour } from '../logic/methodColours.ts';
import { useView } from '../state/view.ts';
import { surfaces } from '../theme.ts';
import { axisLabels, axisTitle, translucent, useScheme } from './look.ts';
import { Plot } from './Plot.tsx';

export interface LossSeries {
  readonly run: RunSummary;
  readonly train: Curve | undefined;
  readonly validation: Curve | undefined;
}

export function LossChart({ series, height }: { series: readonly LossSeries[]; height: number }) {
  const scheme = useScheme();
  const smoothing = useView((view) => view.smoothing);
  const axis = useView((view) => view.axis);
  const logLoss = useView((view) => view.logLoss);
  const data = useMemo(
    () => series.flatMap((entry, index) => drawn(entry, indexOfKind(series, index), smoothing, scheme)),
    [series, smoothing, scheme],
  );
  const floors = useMemo(
    () =>
      [...new Set(series.map((entry) => entry.run.unigramEntropy).filter((value) => value !== null))].slice(
        0,
        3,
      ),
    [series],
  );
  const layout = useMemo<Partial<Layout>>(
    () => ({
      showlegend: true,
      xaxis: { title: axisTitle(axisLabels[axis], scheme), exponentformat: 'SI' },
      yaxis: { title: axisTitle('loss (nats/token)', scheme), type: logLoss ? 'log' : 'linear' },
      margin: { t: 26 },
      uirevision: `${axis} ${logLoss}`,
      shapes: floors.map((value) => ({
        type: 'line',
        xref: 'paper',
        x0: 0,
        x1: 1,
        y0: value,
        y1: value,
        line: { color: surfaces[scheme].mute, width: 1, dash: 'dash' },
      })),
      annotations: floors.map((value) => ({
        xref: 'paper',
        x: 1,
        xanchor: 'right',
        y: logLoss ? Math.log10(value) : value,
        yanchor: 'bottom',
        text: `unigram entropy ${formatNumber(value)}`,
        showarrow: false,
        font: { size: 11, color: surfaces[scheme].mute },
      })),
    }),
    [axis, logLoss, floors, scheme],
  );
  const summary = series
    .map(
      ({ run }) =>
        `${run.name}: training loss ${formatNumber(run.loss)}, validation loss ${formatNumber(run.validationLoss)} at step ${run.step}`,
    )
    .join('; ');
  return (
    <Plot
      data={data}
      layout={layout}
      height={height}
      label={`Loss against ${axisLabels[axis]}. ${summary}.`}
    />
  );
}

/** How many runs of the same method stand before this one: runs of a method share its hue. */
function indexOfKind(series: readonly LossSeries[], position: number): number {
  const kind = series[position]?.run.methods[0];
  return series.slice(0, position).filter((entry) => entry.run.methods[0] === kind).length;
}

function drawn(entry: LossSeries, index: number, smoothing: number, scheme: 'light' | 'dark'): Data[] {
  const { colour, dash } = runColour(entry.run.methods[0] ?? 'dense', index, scheme);
  const styles: Record<LineTrace['role'], object> = {
    bandLow: { mode: 'lines', line: { width: 0 }, hoverinfo: 'skip', showlegend: false },
    bandHigh: {
      mode: 'lines',
      line: { width: 0 },
      fill: 'tonexty',
      fillcolor: translucent(colour, 0.14),
      hoverinfo: 'skip',
      showlegend: false,
    },
    raw: {
      mode: 'lines',
      line: { width: 1, color: translucent(colour, 0.32) },
      showlegend: false,
      hovertemplate: '%{y:.4f}',
    },
    smoothed: { mode: 'lines', line: { width: 2, color: colour, dash }, hovertemplate: '%{y:.4f}' },
    validation: {
      mode: 'lines+markers',
      line: { width: 1, color: colour, dash: 'dot' },
      marker: { size: 6, color: surfaces[scheme].panel, line: { width: 1.5, color: colour } },
      hovertemplate: '%{y:.4f}',
    },
  };
  return lossTraces(entry.run.name, entry.train, entry.validation, smoothing).map(
    (trace) =>
      ({
        type: 'scatter',
        x: [...trace.x],
        y: [...trace.y],
        name: trace.name,
        ...styles[trace.role],
      }) as Data,
  );
}
