/** A plotly chart that follows its data, its box and the theme, redraws a few times a second at most, and cleans up. */
import Skeleton from '@mui/material/Skeleton';
import type { Data, Layout } from 'plotly.js/lib/core';
import { useEffect, useRef, useState } from 'react';
import { toErrorShape } from '../../shared/errors.ts';
import { Failure } from '../components/Failure.tsx';
import { baseLayout, useScheme } from './look.ts';

type PlotlyModule = typeof import('./plotly.ts')['Plotly'];

let loaded: Promise<PlotlyModule> | null = null;

function loadPlotly(): Promise<PlotlyModule> {
  loaded ??= import('./plotly.ts').then((module) => module.Plotly);
  return loaded;
}

const shortestPause = 250; // ms between redraws

interface Props {
  readonly data: readonly Data[];
  readonly layout: Partial<Layout>;
  /** What the chart shows, for those who do not see it. */
  readonly label: string;
  readonly height: number;
}

export function Plot({ data, layout, label, height }: Props) {
  const box = useRef<HTMLDivElement>(null);
  const lastDraw = useRef(0);
  const scheme = useScheme();
  const [plotly, setPlotly] = useState<PlotlyModule | null>(null);
  const [error, setError] = useState<unknown>(null);
  const [width, setWidth] = useState(0);

  useEffect(() => {
    let here = true;
    loadPlotly().then(
      (module) => here && setPlotly(() => module),
      (reason: unknown) => {
        loaded = null;
        if (here) setError(reason);
      },
    );
    return () => {
      here = false;
    };
  }, []);

  useEffect(() => {
    const element = box.current;
    if (element === null) return;
    // Rounded, so that sub-pixel jitter does not redraw; a hidden page has width 0 and is left alone.
    const observer = new ResizeObserver(([entry]) => setWidth(Math.floor(entry?.contentRect.width ?? 0)));
    observer.observe(element);
    return () => observer.disconnect();
  }, []);

  useEffect(() => {
    const element = box.current;
    if (element === null || plotly === null || width === 0) return;
    const pause = Math.max(0, shortestPause - (performance.now() - lastDraw.current));
    const timer = setTimeout(() => {
      lastDraw.current = performance.now();
      const base = baseLayout(scheme);
      const merged: Partial<Layout> = {
        ...base,
        ...layout,
        width,
        height,
        xaxis: { ...base.xaxis, ...layout.xaxis },
        yaxis: { ...base.yaxis, ...layout.yaxis },
        margin: { ...base.margin, ...layout.margin },
      };
      plotly
        .react(element, [...data], merged, { displayModeBar: false, doubleClick: 'reset' })
        .catch(setError);
    }, pause);
    return () => clearTimeout(timer);
  }, [plotly, data, layout, width, height, scheme]);

  useEffect(() => {
    const element = box.current;
    if (plotly === null || element === null) return;
    return () => plotly.purge(element);
  }, [plotly]);

  if (error !== null) return <Failure error={toErrorShape(error)} what="The chart could not be drawn." />;
  return (
    <div className="plot" style={{ height }} role="img" aria-label={label}>
      {plotly === null && <Skeleton variant="rounded" height={height - 8} />}
      <div ref={box} style={{ height: plotly === null ? 0 : height }} />
    </div>
  );
}
