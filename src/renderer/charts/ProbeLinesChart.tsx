/** A figure of every layer over training, from the probes: router entropy, active experts, imbalance. */
import type { Data, Layout } from 'plotly.js/lib/core';
import { useMemo } from 'react';
import { formatNumber } from '../../shared/format.ts';
import { layerColours } from '../logic/layerColours.ts';
import type { LayerLine } from '../logic/probeLines.ts';
import { surfaces } from '../theme.ts';
import { axisTitle, useScheme } from './look.ts';
import { Plot } from './Plot.tsx';

interface Props {
  readonly lines: readonly LayerLine[];
  readonly what: string;
  readonly axis: string;
  /** A horizontal line with its text. */
  readonly reference: { readonly value: number; readonly text: string } | null;
  readonly height: number;
}

export function ProbeLinesChart({ lines, what, axis, reference, height }: Props) {
  const scheme = useScheme();
  const data = useMemo<Data[]>(() => {
    const colours = layerColours(lines.length, scheme);
    return lines.map((line, index) => ({
      type: 'scatter',
      mode: 'lines+markers',
      name: `layer ${line.layer}`,
      x: line.x,
      y: line.y,
      line: { width: 1.5, color: colours[index]! },
      marker: { size: 4, color: colours[index]! },
      hovertemplate: '%{y:.4~g}',
    }));
  }, [lines, scheme]);
  const layout = useMemo<Partial<Layout>>(
    () => ({
      showlegend: lines.length > 1 && lines.length <= 12,
      margin: { t: lines.length > 1 ? 26 : 12 },
      xaxis: { title: axisTitle('step', scheme), exponentformat: 'SI' },
      yaxis: { title: axisTitle(axis, scheme) },
      shapes:
        reference === null
          ? []
          : [
              {
                type: 'line',
                xref: 'paper',
                x0: 0,
                x1: 1,
                y0: reference.value,
                y1: reference.value,
                line: { color: surfaces[scheme].mute, width: 1, dash: 'dash' },
              },
            ],
      annotations:
        reference === null
          ? []
          : [
              {
                xref: 'paper',
                x: 1,
                xanchor: 'right',
                y: reference.value,
                yanchor: 'bottom',
                text: `${reference.text} ${formatNumber(reference.value)}`,
                showarrow: false,
                font: { size: 11, color: surfaces[scheme].mute },
              },
            ],
    }),
    [lines.length, axis, reference, scheme],
  );
  const ends = lines.map((line) => `layer ${line.layer} ${formatNumber(line.y.at(-1))}`).join(', ');
  return (
    <Plot data={data} layout={layout} height={height} label={`${what} by step. Newest probe: ${ends}.`} />
  );
}
