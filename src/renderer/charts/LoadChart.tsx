/** How evenly a layer's routing is spread over its experts: bars against the uniform line, or all layers as a map. */
import type { Data, Layout } from 'plotly.js/lib/core';
import { useMemo } from 'react';
import { formatShare } from '../../shared/format.ts';
import { type LayerProbe, loadLabel } from '../../shared/run/probe.ts';
import { methodColour } from '../logic/methodColours.ts';
import { expertLabel, loadMap } from '../logic/probeMaps.ts';
import { surfaces } from '../theme.ts';
import { axisTitle, useScheme } from './look.ts';
import { Plot } from './Plot.tsx';

export function LoadBars({ layer, height }: { layer: LayerProbe; height: number }) {
  const scheme = useScheme();
  const experts = layer.experts;
  const data = useMemo<Data[]>(() => {
    if (experts === null) return [];
    const dead = new Set(experts.dead);
    const colour = methodColour(layer.kind, scheme);
    return [
      {
        type: 'bar',
        x: experts.load.map((_, index) => expertLabel(index, experts.count, experts.groups)),
        y: [...experts.load],
        marker: { color: experts.load.map((_, index) => (dead.has(index) ? surfaces[scheme].mute : colour)) },
        customdata: experts.meanGate.map((gate, index) => [gate, experts.gateDeviation[index] ?? 0]),
        hovertemplate:
          'expert %{x}<br>load %{y:.3f}<br>mean gate %{customdata[0]:.3f} ± %{customdata[1]:.3f}<extra></extra>',
      },
    ];
  }, [experts, layer.kind, scheme]);
  const layout = useMemo<Partial<Layout>>(() => {
    const uniform = experts === null ? 0 : 1 / experts.count;
    return {
      hovermode: 'closest',
      bargap: 0.25,
      xaxis: {
        title: axisTitle((experts?.groups ?? 1) > 1 ? 'sub-layer.expert' : 'expert', scheme),
        type: 'category',
      },
      yaxis: {
        title: axisTitle(experts === null ? '' : loadLabel([experts]).toLowerCase(), scheme),
        rangemode: 'tozero',
      },
      shapes: [
        {
          type: 'line',
          xref: 'paper',
          x0: 0,
          x1: 1,
          y0: uniform,
          y1: uniform,
          line: { color: surfaces[scheme].mute, width: 1, dash: 'dash' },
        },
      ],
      annotations: [
        {
          xref: 'paper',
          x: 1,
          xanchor: 'right',
          y: uniform,
          yanchor: 'bottom',
          text: 'uniform',
          showarrow: false,
          // It may lie over a bar.
          bgcolor: surfaces[scheme].panel,
          opacity: 0.9,
          font: { size: 11, color: surfaces[scheme].mute },
        },
      ],
      uirevision: `${layer.layer}`,
    };
  }, [experts, layer.layer, scheme]);
  if (experts === null) return null;
  const spread = `${formatShare(Math.min(...experts.load))} to ${formatShare(Math.max(...experts.load))}`;
  return (
    <Plot
      data={data}
      layout={layout}
      height={height}
      label={`Expert load of layer ${layer.layer + 1}: ${experts.count} experts from ${spread}, uniform ${formatShare(1 / experts.count)}.`}
    />
  );
}

export function LoadHeat({ layers, height }: { layers: readonly LayerProbe[]; height: number }) {
  const scheme = useScheme();
  const map = useMemo(() => loadMap(layers), [layers]);
  const data = useMemo<Data[]>(
    () =>
      map === null
        ? []
        : [
            {
              type: 'heatmap',
              x: map.experts,
              y: map.layers.map(String),
              z: map.values as number[][],
              colorscale: 'Viridis',
              xgap: 1,
              ygap: 1,
              colorbar: {
                title: {
                  text: 'load / uniform',
                  side: 'right',
                  font: { size: 11, color: surfaces[scheme].mute },
                },
                thickness: 10,
                outlinewidth: 0,
                tickfont: { size: 11, color: surfaces[scheme].mute },
              },
              hovertemplate: 'layer %{y}, expert %{x}<br>%{z:.2f} times the uniform share<extra></extra>',
            },
          ],
    [map, scheme],
  );
  const layout = useMemo<Partial<Layout>>(
    () => ({
      hovermode: 'closest',
      xaxis: { title: axisTitle('expert', scheme), type: 'category', showgrid: false },
      yaxis: { title: axisTitle('layer', scheme), type: 'category', showgrid: false },
    }),
    [scheme],
  );
  return (
    <Plot
      data={data}
      layout={layout}
      height={height}
      label="Expert load of every layer against the uniform share."
    />
  );
}
