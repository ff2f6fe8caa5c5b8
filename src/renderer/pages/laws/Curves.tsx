/** Plain curves and dots in the look of all charts: what the smaller panels of the laws page are made of. */
import type { Data, Layout, Shape } from 'plotly.js/lib/core';
import { useMemo } from 'react';
import { axisTitle, translucent, useScheme } from '../../charts/look.ts';
import { Plot } from '../../charts/Plot.tsx';
import { logTicks } from '../../logic/lawsCharts.ts';
import { surfaces } from '../../theme.ts';

export interface Curve {
  readonly name: string;
  readonly x: readonly number[];
  readonly y: readonly (number | null)[];
  readonly colour: string;
  readonly kind: 'line' | 'dots' | 'hollow' | 'lineDots';
  readonly width?: number;
  readonly dash?: string;
  readonly opacity?: number;
  readonly text?: readonly string[];
  /** Half-lengths of vertical error bars, or both ends' distances. */
  readonly error?: { readonly up: readonly number[]; readonly down: readonly number[] };
}

interface Props {
  readonly curves: readonly Curve[];
  readonly xTitle: string;
  readonly yTitle: string;
  readonly logX?: boolean;
  readonly logY?: boolean;
  readonly xRange?: readonly [number, number];
  readonly yRange?: readonly [number, number];
  /** Up to here is shaded. */
  readonly shadedTo?: number | null;
  /** Vertical lines with their words. */
  readonly down?: readonly { readonly at: number; readonly name: string }[];
  readonly legend?: boolean;
  readonly height: number;
  readonly pause?: number;
  readonly label: string;
}

export function Curves(props: Props) {
  const { curves, xTitle, yTitle, logX = false, logY = false, xRange, yRange, shadedTo = null, down } = props;
  const { legend = false, height, pause, label } = props;
  const scheme = useScheme();
  const data = useMemo<Data[]>(
    () => curves.map((curve) => traceOf(curve, surfaces[scheme].panel)),
    [curves, scheme],
  );
  const layout = useMemo((): Partial<Layout> => {
    const { mute, accent } = surfaces[scheme];
    const scaled = (log: boolean) => (value: number) => (log ? Math.log10(value) : value);
    const shapes: Partial<Shape>[] = [
      ...(shadedTo === null
        ? []
        : [
            {
              type: 'rect' as const,
              xref: 'x' as const,
              yref: 'paper' as const,
              x0: xRange?.[0] ?? 0,
              x1: shadedTo,
              y0: 0,
              y1: 1,
              line: { width: 0 },
              fillcolor: translucent(accent, 0.07),
              layer: 'below' as const,
            },
          ]),
      ...(down ?? []).map(({ at }) => ({
        type: 'line' as const,
        yref: 'paper' as const,
        y0: 0,
        y1: 1,
        x0: at,
        x1: at,
        line: { color: mute, width: 1, dash: 'dot' as const },
      })),
    ];
    return {
      hovermode: 'closest',
      showlegend: legend,
      margin: { t: legend ? 30 : 8, l: 44, r: 10, b: 34 },
      xaxis: {
        title: axisTitle(xTitle, scheme),
        type: logX ? 'log' : 'linear',
        exponentformat: 'SI',
        nticks: 5,
        ...(logX && xRange !== undefined ? ticksText(xRange) : {}),
        ...(xRange === undefined ? {} : { range: [scaled(logX)(xRange[0]), scaled(logX)(xRange[1])] }),
      },
      yaxis: {
        title: axisTitle(yTitle, scheme),
        type: logY ? 'log' : 'linear',
        exponentformat: 'SI',
        nticks: 6,
        ...(yRange === undefined ? {} : { range: [scaled(logY)(yRange[0]), scaled(logY)(yRange[1])] }),
      },
      shapes,
      annotations: (down ?? [])
        .filter(({ name }) => name !== '')
        .map(({ at, name }) => ({
          yref: 'paper',
          y: 1,
          yanchor: 'top',
          x: scaled(logX)(at),
          xanchor: 'left',
          text: ` ${name}`,
          showarrow: false,
          font: { size: 11, color: mute },
        })),
      uirevision: `${xTitle} ${logX} ${logY}`,
    };
  }, [xTitle, yTitle, logX, logY, xRange, yRange, shadedTo, down, legend, scheme]);
  return (
    <Plot
      data={data}
      layout={layout}
      height={height}
      label={label}
      {...(pause === undefined ? {} : { pause })}
    />
  );
}

function traceOf(curve: Curve, panel: string): Data {
  const { name, x, y, colour, kind, width = 1.6, dash = 'solid', opacity = 1, text, error } = curve;
  const hollow = kind === 'hollow';
  return {
    type: 'scatter',
    mode: kind === 'line' ? 'lines' : kind === 'lineDots' ? 'lines+markers' : 'markers',
    name,
    x: [...x],
    y: [...y],
    opacity,
    ...(text === undefined ? {} : { text: [...text] }),
    line: { color: colour, width, dash },
    marker: {
      size: hollow ? 6 : 5,
      color: hollow ? panel : colour,
      line: { width: hollow ? 1.3 : 0, color: colour },
    },
    ...(error === undefined
      ? {}
      : {
          error_y: {
            type: 'data',
            symmetric: false,
            array: [...error.up],
            arrayminus: [...error.down],
            color: colour,
            thickness: 1.2,
            width: 4,
          },
        }),
    hovertemplate: `${text === undefined ? '' : '%{text}<br>'}%{x:.3~s}: %{y:.4~g}<extra>${name}</extra>`,
  } as unknown as Data;
}

function ticksText([low, high]: readonly [number, number]) {
  const { values, texts } = logTicks(low, high, 4);
  return { tickvals: values, ticktext: texts };
}
