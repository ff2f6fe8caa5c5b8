/** Non-sparse activation rate by layer and step. The definition is ours and the label says so. */
import type { Data, Layout } from 'plotly.js/lib/core';
import { useMemo } from 'react';
import { formatNumber } from '../../shared/format.ts';
import type { Probe } from '../../shared/run/probe.ts';
import { nsarMap } from '../logic/probeMaps.ts';
import { surfaces } from '../theme.ts';
import { axisTitle, useScheme } from './look.ts';
import { Plot } from './Plot.tsx';

export function NsarChart({
  probes,
  threshold,
  height,
}: {
  probes: readonly Probe[];
  threshold: string;
  height: number;
}) {
  const scheme = useScheme();
  const map = useMemo(() => nsarMap(probes, threshold), [probes, threshold]);
  const data = useMemo<Data[]>(
    () => [
      {
        type: 'heatmap',
        // Steps as categories: probes need not be evenly spaced, and each column is one probe.
        x: map.steps.map(String),
        y: map.layers.map(String),
        z: map.values as number[][],
        colorscale: 'Cividis',
        xgap: 1,
        ygap: 1,
        colorbar: {
          title: { text: 'share of units', side: 'right', font: { size: 11, color: surfaces[scheme].mute } },
          thickness: 10,
          outlinewidth: 0,
          tickfont: { size: 11, color: surfaces[scheme].mute },
        },
        hovertemplate: 'layer %{y}, step %{x}<br>NSAR %{z:.3f}<extra></extra>',
      },
    ],
    [map, scheme],
  );
  const layout = useMemo<Partial<Layout>>(
    () => ({
      hovermode: 'closest',
      xaxis: { title: axisTitle('step', scheme), type: 'category', nticks: 10, showgrid: false },
      yaxis: { title: axisTitle('layer', scheme), type: 'category', showgrid: false },
      uirevision: threshold,
    }),
    [scheme, threshold],
  );
  const newest = map.values
    .map((row, index) => `layer ${map.layers[index]} ${formatNumber(row.at(-1))}`)
    .join(', ');
  return (
    <Plot
      data={data}
      layout={layout}
      height={height}
      label={`NSAR (our definition, tau = ${threshold}) by layer and step. Newest probe: ${newest}.`}
    />
  );
}
