/** Runs as points over two fields, with a straight line through them. */
import type { Data, Layout } from 'plotly.js/lib/core';
import { useMemo } from 'react';
import type { Trend } from '../../shared/run/trend.ts';
import { surfaces } from '../theme.ts';
import { axisTitle, useScheme } from './look.ts';
import { Plot } from './Plot.tsx';

export interface ScatterPoint {
  readonly id: string;
  readonly text: string;
  readonly x: string | number;
  readonly y: number;
  readonly colour: string;
}

interface Props {
  readonly points: readonly ScatterPoint[];
  readonly trend: Trend | null;
  readonly x: { readonly label: string; readonly log: boolean; readonly category: boolean };
  readonly y: { readonly label: string; readonly log: boolean };
  readonly height: number;
  readonly onOpen: (id: string) => void;
}

export function ScatterChart({ points, trend, x, y, height, onOpen }: Props) {
  const scheme = useScheme();
  const data = useMemo<Data[]>(() => {
    const dots = {
      type: 'scatter',
      mode: 'markers',
      x: points.map((point) => point.x),
      y: points.map((point) => point.y),
      text: points.map((point) => point.text),
      customdata: points.map((point) => point.id),
      marker: {
        size: 10,
        color: points.map((point) => point.colour),
        line: { width: 1, color: surfaces[scheme].panel },
      },
      hovertemplate: '%{text}<extra></extra>',
    } as Data;
    if (trend === null) return [dots];
    return [
      {
        type: 'scatter',
        mode: 'lines',
        x: trend.line.map((point) => point.x),
        y: trend.line.map((point) => point.y),
        line: { width: 1.5, dash: 'dash', color: surfaces[scheme].mute },
        hoverinfo: 'skip',
      } as Data,
      dots,
    ];
  }, [points, trend, scheme]);
  const layout = useMemo<Partial<Layout>>(
    () => ({
      hovermode: 'closest',
      margin: { t: 12 },
      xaxis: {
        title: axisTitle(x.label, scheme),
        type: x.category ? 'category' : x.log ? 'log' : 'linear',
        exponentformat: 'SI',
      },
      yaxis: { title: axisTitle(y.label, scheme), type: y.log ? 'log' : 'linear', exponentformat: 'SI' },
      uirevision: JSON.stringify([x, y]),
    }),
    [x, y, scheme],
  );
  return (
    <Plot
      data={data}
      layout={layout}
      height={height}
      onPick={onOpen}
      label={`${y.label} against ${x.label} of ${points.length} runs.`}
    />
  );
}
