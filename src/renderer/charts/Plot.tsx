/** A plotly chart that follows its data, its box and the theme, redraws a few times a second at most, and cleans up. */
import Skeleton from '@mui/material/Skeleton';
import type { Data, Layout } from 'plotly.js/lib/core';
import { type ReactNode, type RefObject, useEffect, useRef, useState } from 'react';
import { toErrorShape } from '../../shared/errors.ts';
import { Failure } from '../components/Failure.tsx';
import { baseLayout, useScheme } from './look.ts';
import { type Frame, frameOf, type PlotElement } from './plotFrame.ts';
import { useWidth } from './useWidth.ts';

type PlotlyModule = typeof import('./plotly.ts')['Plotly'];

let loaded: Promise<PlotlyModule> | null = null;

function loadPlotly(): Promise<PlotlyModule> {
  loaded ??= import('./plotly.ts').then((module) => module.Plotly);
  return loaded;
}

const usualPause = 250; // ms between redraws

interface Props {
  readonly data: readonly Data[];
  readonly layout: Partial<Layout>;
  /** What the chart shows, for those who do not see it. */
  readonly label: string;
  readonly height: number;
  /** Told where the axes lie, after each drawing. */
  readonly onFrame?: (frame: Frame) => void;
  /** A range of x was brushed; null: double click. Without it plotly zooms by itself. */
  readonly onBrush?: (range: { from: number; to: number } | null) => void;
  /** A point was clicked: its `customdata`. */
  readonly onPick?: (id: string) => void;
  /** Lines of this group stand out: traces whose `uid` is `uidOf(group)_` and anything. */
  readonly standsOut?: string | null;
  /** Between redraws, in ms; a chart that follows a hand wants less. */
  readonly pause?: number;
  /** Drawn over the chart. */
  readonly children?: ReactNode;
}

export function Plot({
  data,
  layout,
  label,
  height,
  onFrame,
  onBrush,
  onPick,
  standsOut = null,
  pause = usualPause,
  children,
}: Props) {
  const box = useRef<HTMLDivElement>(null);
  const lastDraw = useRef(0);
  const scheme = useScheme();
  const { plotly, error, setError } = usePlotly();
  const width = useWidth(box);
  const ownZoom = onBrush === undefined;
  // The newest listeners, so that a new function is no reason to draw.
  const listeners = useRef({ onFrame, onBrush, onPick, standsOut });
  useEffect(() => {
    listeners.current = { onFrame, onBrush, onPick, standsOut };
  });

  useEffect(() => {
    const element = box.current as PlotElement | null;
    if (element === null || plotly === null || width === 0) return;
    const wait = Math.max(0, pause - (performance.now() - lastDraw.current));
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
        .react(element, [...data], merged, {
          displayModeBar: false,
          showTips: false,
          doubleClick: ownZoom ? 'reset' : false,
        })
        .then(() => {
          listen(element, listeners);
          fade(element, listeners.current.standsOut);
          listeners.current.onFrame?.(frameOf(element));
        })
        .catch(setError);
    }, wait);
    return () => clearTimeout(timer);
  }, [plotly, data, layout, width, height, scheme, ownZoom, pause, setError]);

  useEffect(() => {
    if (box.current !== null) fade(box.current, standsOut);
  }, [standsOut]);

  useEffect(() => {
    const element = box.current;
    if (plotly === null || element === null) return;
    return () => plotly.purge(element);
  }, [plotly]);

  if (error !== null) return <Failure error={toErrorShape(error)} what="The chart could not be drawn." />;
  return (
    <div className="plot" style={{ height }}>
      {plotly === null && <Skeleton variant="rounded" height={height - 8} />}
      <div
        ref={box}
        role="img"
        aria-label={label}
        style={{ height: plotly === null ? 0 : height }}
        className="plot-box"
      />
      {children}
    </div>
  );
}

function usePlotly() {
  const [plotly, setPlotly] = useState<PlotlyModule | null>(null);
  const [error, setError] = useState<unknown>(null);
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
  return { plotly, error, setError };
}

type Listeners = RefObject<Pick<Props, 'onBrush' | 'onPick'>>;

/** Once for each element: plotly keeps its listeners over redraws. */
function listen(element: PlotElement, listeners: Listeners): void {
  if (element.dataset.listens !== undefined) return;
  element.dataset.listens = '';
  element.on('plotly_relayout', (change) => {
    const [from, to] = [change['xaxis.range[0]'], change['xaxis.range[1]']];
    if (typeof from !== 'number' || typeof to !== 'number') return;
    const exact = (value: number) => (frameOf(element).x.log ? 10 ** value : value);
    listeners.current.onBrush?.({ from: exact(from), to: exact(to) });
  });
  element.on('plotly_doubleclick', () => listeners.current.onBrush?.(null));
  element.on('plotly_click', ({ points }) => {
    const id = points?.[0]?.customdata;
    if (typeof id === 'string') listeners.current.onPick?.(id);
  });
}

/** By style alone: a line stands out at once, without a drawing. */
function fade(element: HTMLElement, standsOut: string | null): void {
  for (const trace of element.querySelectorAll<SVGGElement>('.scatterlayer > .trace')) {
    const own =
      standsOut === null || [...trace.classList].some((name) => name.startsWith(`trace${uidOf(standsOut)}_`));
    trace.style.opacity = own ? '' : '0.14';
  }
}

/** A group's key as the word that plotly puts into the class of its lines. */
export function uidOf(group: string): string {
  let hash = 5381;
  for (const letter of group) hash = ((hash * 33) ^ letter.charCodeAt(0)) >>> 0;
  return `g${hash.toString(36)}`;
}
