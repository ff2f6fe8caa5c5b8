/** How often each expert of a layer ran, over training. */
import type { Data, Layout } from 'plotly.js/lib/core';
import { useMemo } from 'react';
import { formatShare } from '../../shared/format.ts';
import type { ChoiceMap } from '../logic/probeLines.ts';
import { surfaces } from '../theme.ts';
import { axisTitle, useScheme } from './look.ts';
import { Plot } from './Plot.tsx';

export function ChoiceChart({ map, layer, height }: { map: ChoiceMap; layer: number; height: number }) {
  const scheme = useScheme();
  const data = useMemo<Data[]>(
    () => [
      {
        type: 'heatmap',
        // Steps as categories: each column is one probe, however far apart they are.
        x: map.steps.map(String),
        y: map.experts,
        z: map.values as number[][],
        colorscale: 'Cividis',
        zmin: 0,
        xgap: 1,
        ygap: map.experts.length > 40 ? 0 : 1,
        colorbar: {
          title: { text: 'share of tokens', side: 'right', font: { size: 11, color: surfaces[scheme].mute } },
          thickness: 10,
          outlinewidth: 0,
          tickfont: { size: 11, color: surfaces[scheme].mute },
        },
        hovertemplate: 'expert %{y}, step %{x}<br>ran for %{z:.1%} of the tokens<extra></extra>',
      },
    ],
    [map, scheme],
  );
  const layout = useMemo<Partial<Layout>>(
    () => ({
      hovermode: 'closest',
      xaxis: { title: axisTitle('step', scheme), type: 'category', nticks: 10, showgrid: false },
      yaxis: { title: axisTitle('expert', scheme), type: 'category', nticks: 16, showgrid: false },
      uirevision: String(layer),
    }),
    [scheme, layer],
  );
  const newest = map.experts.map((name, index) => ({ name, share: map.values[index]?.at(-1) ?? 0 }));
  const most = newest.reduce((a, b) => (b.share > a.share ? b : a));
  const least = newest.reduce((a, b) => (b.share < a.share ? b : a));
  return (
    <Plot
      data={data}
      layout={layout}
      height={height}
      label={`Choice share of the ${map.experts.length} experts of layer ${layer + 1} by step. Newest probe: expert ${most.name} ran for ${formatShare(most.share)} of the tokens, expert ${least.name} for ${formatShare(least.share)}.`}
    />
  );
}
