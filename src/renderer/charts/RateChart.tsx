/** Training speed over the run. */
import type { Data, Layout } from 'plotly.js/lib/core';
import { useMemo } from 'react';
import { formatSI } from '../../shared/format.ts';
import type { Curve } from '../../shared/run/metrics.ts';
import { methodColour } from '../logic/methodColours.ts';
import { smooth } from '../logic/smoothing.ts';
import { useView } from '../state/view.ts';
import { axisLabels, axisTitle, translucent, useScheme } from './look.ts';
import { Plot } from './Plot.tsx';

export function RateChart({ curve, kind, height }: { curve: Curve; kind: string; height: number }) {
  const scheme = useScheme();
  const axis = useView((view) => view.axis);
  const data = useMemo<Data[]>(() => {
    const colour = methodColour(kind, scheme);
    return [
      {
        type: 'scatter',
        mode: 'lines',
        name: 'measured',
        x: [...curve.x],
        y: [...curve.last],
        line: { width: 1, color: translucent(colour, 0.35) },
        hovertemplate: '%{y:.3s} tokens/s',
      },
      {
        type: 'scatter',
        mode: 'lines',
        name: 'smoothed',
        x: [...curve.x],
        y: smooth(curve.last, 0.8),
        line: { width: 2, color: colour },
        hovertemplate: '%{y:.3s} tokens/s',
      },
    ];
  }, [curve, kind, scheme]);
  const layout = useMemo<Partial<Layout>>(
    () => ({
      xaxis: { title: axisTitle(axisLabels[axis], scheme), exponentformat: 'SI' },
      yaxis: { title: axisTitle('tokens/s', scheme), rangemode: 'tozero', exponentformat: 'SI' },
      uirevision: axis,
    }),
    [axis, scheme],
  );
  return (
    <Plot
      data={data}
      layout={layout}
      height={height}
      label={`Training speed, newest ${formatSI(curve.last.at(-1), 'tokens/s')}.`}
    />
  );
}
