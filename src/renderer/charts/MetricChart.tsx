/** One metric of one or several runs, by step, tokens, FLOP or time: brushed to zoom, with the cursor of all cards. */
import type { Data, Layout } from 'plotly.js/lib/core';
import { type KeyboardEvent, type PointerEvent, useMemo, useState } from 'react';
import { formatNumber } from '../../shared/format.ts';
import type { CurveAxis } from '../../shared/run/metrics.ts';
import type { ChartLine } from '../logic/chartLines.ts';
import { inlierRange, type Range } from '../logic/chartRange.ts';
import { nearestIndex, readingsAt } from '../logic/cursor.ts';
import type { MetricCard } from '../logic/metricCards.ts';
import { setCursor, setStandsOut, setZoom, useCharts } from '../state/charts.ts';
import { type Scheme, surfaces } from '../theme.ts';
import { CursorLayer } from './CursorLayer.tsx';
import { axisLabels, axisTitle, translucent, useScheme } from './look.ts';
import { Plot, uidOf } from './Plot.tsx';
import { type Frame, shareOf, valueAtShare } from './plotFrame.ts';

interface Props {
  readonly card: MetricCard;
  readonly lines: readonly ChartLine[];
  readonly axis: CurveAxis;
  readonly logX: boolean;
  readonly logY: boolean;
  readonly ignoreOutliers: boolean;
  readonly zoom: Range | null;
  /** Horizontal lines with their text. */
  readonly floors: readonly { readonly value: number; readonly text: string }[];
  readonly label: string;
  readonly height: number;
}

/** How near the pointer must be to a line, as a share of the axis, for the line to stand out. */
const reach = 0.05;

export function MetricChart(props: Props) {
  const { card, lines, axis, height, label } = props;
  const scheme = useScheme();
  const standsOut = useCharts((charts) => charts.standsOut);
  const [frame, setFrame] = useState<Frame | null>(null);
  const data = useMemo(() => lines.map((line, index) => traceOf(line, index, scheme)), [lines, scheme]);
  const layout = useLayout(props, scheme);

  const onPointerMove = (event: PointerEvent<HTMLDivElement>) => {
    if (frame === null || event.buttons !== 0) return;
    const box = event.currentTarget.getBoundingClientRect();
    const across = (event.clientX - box.left - frame.x.start) / frame.x.length;
    const height = 1 - (event.clientY - box.top - frame.y.start) / frame.y.length;
    if (across < 0 || across > 1 || height < 0 || height > 1) return leave();
    const x = valueAtShare(frame.x, across);
    setCursor({ card: card.id, x, height });
    const places = lines
      .filter(({ role }) => role === 'line' || role === 'points')
      .map((line) => ({ ...line, run: line.group, colour: line.look.colour }));
    const [nearest] = readingsAt(places, x, height, (value) => shareOf(frame.y, value), 0);
    setStandsOut(nearest?.distance != null && nearest.distance < reach ? nearest.run : null);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === 'Escape') return leave();
    if (event.key !== 'ArrowLeft' && event.key !== 'ArrowRight') return;
    const longest = lines.reduce<readonly number[]>((x, line) => (line.x.length > x.length ? line.x : x), []);
    const { cursor } = useCharts.getState();
    const stride = event.shiftKey ? 10 : 1;
    const at =
      cursor === null ? 0 : nearestIndex(longest, cursor.x) + (event.key === 'ArrowRight' ? stride : -stride);
    const x = longest[Math.max(0, Math.min(longest.length - 1, at))];
    if (x === undefined) return;
    event.preventDefault();
    setCursor({ card: card.id, x, height: 0.5 });
  };
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset is for forms; this groups a drawing with its cursor
    <div
      className="metric-chart"
      role="group"
      aria-label={`${card.title}: arrow keys move the cursor`}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: the keyboard moves the cursor too
      tabIndex={0}
      onPointerMove={onPointerMove}
      onPointerLeave={leave}
      onKeyDown={onKeyDown}
      onBlur={leave}
    >
      <Plot
        data={data}
        layout={layout}
        height={height}
        label={label}
        standsOut={lines.some((line) => line.group === standsOut) ? standsOut : null}
        onFrame={setFrame}
        onBrush={(range) => setZoom(range === null || range.to > range.from ? range : null)}
      >
        {frame !== null && <CursorLayer card={card.id} axis={axis} frame={frame} lines={lines} />}
      </Plot>
    </div>
  );

  function leave(): void {
    setCursor(null);
    setStandsOut(null);
  }
}

function useLayout(props: Props, scheme: Scheme): Partial<Layout> {
  const { card, lines, axis, logX, logY, zoom, ignoreOutliers, floors } = props;
  const values = ignoreOutliers ? lines : noLines;
  return useMemo(() => {
    const inliers = values.filter(({ role }) => role !== 'low' && role !== 'high').flatMap(({ y }) => y);
    const range = inlierRange(inliers, logY);
    const scaled = (value: number) => (logX ? Math.log10(value) : value);
    // Of nothing drawn, of zero and below, a logarithm knows no range.
    const ranged = zoom !== null && (!logX || zoom.from > 0);
    return {
      hovermode: false,
      xaxis: {
        title: axisTitle(axisLabels[axis], scheme),
        exponentformat: 'SI',
        type: logX ? 'log' : 'linear',
        ...(ranged ? { range: [scaled(zoom.from), scaled(zoom.to)], autorange: false } : { autorange: true }),
      },
      yaxis: {
        title: axisTitle(card.axis, scheme),
        type: logY ? 'log' : 'linear',
        exponentformat: card.fromZero ? 'SI' : 'power',
        fixedrange: true,
        ...(range === null ? { autorange: true } : { range, autorange: false }),
        ...(card.fromZero && !logY && range === null ? { rangemode: 'tozero' } : {}),
      },
      margin: { t: 12 },
      // What the user brushed is in `range`; plotly must keep nothing of its own.
      uirevision: JSON.stringify([axis, logX, logY, zoom, ignoreOutliers]),
      shapes: floors.map(({ value }) => ({
        type: 'line',
        xref: 'paper',
        x0: 0,
        x1: 1,
        y0: value,
        y1: value,
        line: { color: surfaces[scheme].mute, width: 1, dash: 'dash' },
      })),
      annotations: floors.map(({ value, text }) => ({
        xref: 'paper',
        x: 1,
        xanchor: 'right',
        y: logY ? Math.log10(value) : value,
        yanchor: 'bottom',
        text: `${text} ${formatNumber(value)}`,
        showarrow: false,
        font: { size: 11, color: surfaces[scheme].mute },
      })),
    };
  }, [card, values, axis, logX, logY, zoom, ignoreOutliers, floors, scheme]);
}

const noLines: readonly ChartLine[] = [];

function traceOf(line: ChartLine, index: number, scheme: Scheme): Data {
  const { colour, dash } = line.look;
  const styles: Record<ChartLine['role'], object> = {
    low: { mode: 'lines', line: { width: 0 } },
    high: { mode: 'lines', line: { width: 0 }, fill: 'tonexty', fillcolor: translucent(colour, 0.14) },
    raw: { mode: 'lines', line: { width: 1, color: translucent(colour, line.thin ? 0.45 : 0.32) } },
    line: { mode: 'lines', line: { width: 2, color: colour, dash } },
    points: {
      mode: 'lines+markers',
      line: { width: 1, color: colour, dash: 'dot' },
      marker: { size: 6, color: surfaces[scheme].panel, line: { width: 1.5, color: colour } },
    },
  };
  return {
    type: 'scatter',
    x: [...line.x],
    y: [...line.y],
    name: line.name,
    uid: `${uidOf(line.group)}_${index}`,
    hoverinfo: 'skip',
    ...styles[line.role],
  } as Data;
}
