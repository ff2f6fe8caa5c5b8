/** Which experts run for the same tokens: a symmetric map; its diagonal is each expert's own share of tokens. */
import type { Data, Layout } from 'plotly.js/lib/core';
import { useMemo } from 'react';
import { coActivation, type LayerProbe } from '../../shared/run/probe.ts';
import { expertLabel } from '../logic/probeMaps.ts';
import { surfaces } from '../theme.ts';
import { axisTitle, useScheme } from './look.ts';
import { Plot } from './Plot.tsx';

export function CoActivationChart({ layer, height }: { layer: LayerProbe; height: number }) {
  const scheme = useScheme();
  const { experts } = layer;
  const data = useMemo<Data[]>(() => {
    const values = experts === null ? null : coActivation(experts);
    if (experts === null || values === null) return [];
    const labels = values.map((_, index) => expertLabel(index, experts.count, experts.groups));
    return [
      {
        type: 'heatmap',
        x: labels,
        y: labels,
        z: values,
        colorscale: 'Cividis',
        zmin: 0,
        xgap: 1,
        ygap: 1,
        colorbar: {
          title: { text: 'share of tokens', side: 'right', font: { size: 11, color: surfaces[scheme].mute } },
          thickness: 10,
          outlinewidth: 0,
          tickfont: { size: 11, color: surfaces[scheme].mute },
        },
        hovertemplate: 'experts %{y} and %{x}<br>%{z:.3f} of tokens<extra></extra>',
      },
    ];
  }, [experts, scheme]);
  const layout = useMemo<Partial<Layout>>(() => {
    const title = (experts?.groups ?? 1) > 1 ? 'sub-layer.expert' : 'expert';
    return {
      hovermode: 'closest',
      xaxis: { title: axisTitle(title, scheme), type: 'category', showgrid: false },
      yaxis: { title: axisTitle(title, scheme), type: 'category', showgrid: false, autorange: 'reversed' },
      uirevision: `${layer.layer}`,
    };
  }, [experts, layer.layer, scheme]);
  if (data.length === 0) return null;
  return (
    <Plot
      data={data}
      layout={layout}
      height={height}
      label={`Experts of layer ${layer.layer + 1} that run for the same tokens.`}
    />
  );
}
