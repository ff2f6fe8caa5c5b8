/** Plots of the Inspect views: a map, bars, lines. Plain numbers in, the look of all charts on screen. */
import type { Data, Layout, Shape } from 'plotly.js/lib/core';
import { useMemo } from 'react';
import { axisTitle, useScheme } from '../../charts/look.ts';
import { Plot } from '../../charts/Plot.tsx';
import { surfaces } from '../../theme.ts';

export interface MapProps {
  readonly rows: readonly string[];
  readonly columns: readonly string[];
  readonly values: readonly (readonly (number | null)[])[];
  readonly rowTitle: string;
  readonly columnTitle: string;
  /** What the colours stand for, with its unit. */
  readonly unit: string;
  readonly least?: number;
  readonly most?: number | undefined;
  readonly map?: 'Cividis' | 'Viridis';
  readonly height: number;
  readonly label: string;
  /** Row 0 on top. */
  readonly downwards?: boolean;
  readonly chosenRow?: number | null;
  readonly chosenColumn?: number | null;
  readonly onPick?: (row: number, column: number) => void;
}

/** Above this many cells lines between them would hide them. */
const mostGapped = 1500;
/** Above this many columns their names would overlap: plotly thins them out. */
const mostNamed = 34;

export function HeatMap(props: MapProps) {
  const { rows, columns, values, unit, rowTitle, columnTitle, least = 0, most, map = 'Cividis' } = props;
  const { chosenRow = null, chosenColumn = null, height, label, downwards = false, onPick } = props;
  const scheme = useScheme();
  const data = useMemo<Data[]>(() => {
    const gap = rows.length * columns.length > mostGapped ? 0 : 1;
    return [
      {
        type: 'heatmap',
        x: columns.map((_, index) => index),
        y: rows.map((_, index) => index),
        z: values as number[][],
        text: rows.map((row) => columns.map((column) => `${rowTitle} ${row}, ${columnTitle} ${column}`)),
        customdata: rows.map((_, row) => columns.map((__, column) => `${row} ${column}`)),
        colorscale: map,
        zmin: least,
        ...(most === undefined ? {} : { zmax: most }),
        xgap: gap,
        ygap: gap,
        hoverongaps: false,
        colorbar: {
          title: { text: unit, side: 'right', font: { size: 11, color: surfaces[scheme].mute } },
          thickness: 10,
          outlinewidth: 0,
          tickfont: { size: 11, color: surfaces[scheme].mute },
        },
        hovertemplate: `%{text}<br>%{z:.3~g} ${unit}<extra></extra>`,
      } as unknown as Data,
    ];
  }, [rows, columns, values, rowTitle, columnTitle, unit, least, most, map, scheme]);
  const layout = useMemo<Partial<Layout>>(() => {
    const ticks = (names: readonly string[]) => {
      const every = Math.ceil(names.length / mostNamed);
      const shown = names.map((_, index) => index).filter((index) => index % every === 0);
      return { tickvals: shown, ticktext: shown.map((index) => names[index]!) };
    };
    return {
      hovermode: 'closest',
      xaxis: {
        title: axisTitle(columnTitle, scheme),
        ...ticks(columns),
        range: [-0.5, columns.length - 0.5],
        showgrid: false,
        zeroline: false,
      },
      yaxis: {
        title: axisTitle(rowTitle, scheme),
        ...ticks(rows),
        range: downwards ? [rows.length - 0.5, -0.5] : [-0.5, rows.length - 0.5],
        showgrid: false,
        zeroline: false,
      },
      shapes: [
        ...(chosenRow === null ? [] : [frame(-0.5, columns.length - 0.5, chosenRow - 0.5, chosenRow + 0.5)]),
        ...(chosenColumn === null
          ? []
          : [frame(chosenColumn - 0.5, chosenColumn + 0.5, -0.5, rows.length - 0.5)]),
      ].map((shape) => ({ ...shape, line: { color: surfaces[scheme].ink, width: 1.5 } })),
      uirevision: `${rows.length} ${columns.length}`,
    };
  }, [rows, columns, rowTitle, columnTitle, chosenRow, chosenColumn, downwards, scheme]);
  return (
    <Plot
      data={data}
      layout={layout}
      height={height}
      label={label}
      {...(onPick === undefined
        ? {}
        : {
            onPick: (id: string) => {
              const [row, column] = id.split(' ').map(Number);
              if (row !== undefined && column !== undefined) onPick(row, column);
            },
          })}
    />
  );
}

function frame(x0: number, x1: number, y0: number, y1: number): Partial<Shape> {
  return { type: 'rect', x0, x1, y0, y1, fillcolor: 'rgba(0,0,0,0)' };
}

export interface BarsProps {
  readonly names: readonly string[];
  readonly values: readonly number[];
  /** One colour, or one a bar. */
  readonly colour: string | readonly string[];
  readonly xTitle: string;
  readonly yTitle: string;
  readonly most?: number | undefined;
  readonly logarithmic?: boolean;
  /** A dashed line across at this height, or down at this place of a numeric x. */
  readonly across?: { readonly at: number; readonly name: string };
  readonly down?: { readonly at: number; readonly name: string };
  /** x as numbers: middles of bins of this width. */
  readonly bins?: { readonly middles: readonly number[]; readonly width: number };
  readonly height: number;
  readonly label: string;
  readonly onPick?: (index: number) => void;
}

export function Bars(props: BarsProps) {
  const { names, values, colour, xTitle, yTitle, most, logarithmic = false, across, down, bins } = props;
  const { height, label, onPick } = props;
  const scheme = useScheme();
  const data = useMemo<Data[]>(
    () => [
      {
        type: 'bar',
        x: bins === undefined ? [...names] : [...bins.middles],
        y: [...values],
        ...(bins === undefined ? {} : { width: bins.width }),
        customdata: names.map((_, index) => String(index)),
        marker: { color: typeof colour === 'string' ? colour : [...colour] },
        hovertemplate: `${xTitle} %{x}<br>%{y:.4~g} ${yTitle}<extra></extra>`,
      },
    ],
    [names, values, colour, xTitle, yTitle, bins],
  );
  const layout = useMemo<Partial<Layout>>(() => {
    const { mute } = surfaces[scheme];
    const line = { color: mute, width: 1, dash: 'dash' as const };
    return {
      hovermode: 'closest',
      bargap: bins === undefined ? 0.25 : 0,
      xaxis: { title: axisTitle(xTitle, scheme), ...(bins === undefined ? { type: 'category' } : {}) },
      yaxis: {
        title: axisTitle(yTitle, scheme),
        ...(logarithmic
          ? { type: 'log', dtick: 1, exponentformat: 'power' }
          : { rangemode: 'tozero', ...(most === undefined ? {} : { range: [0, most * 1.05] }) }),
      },
      shapes: [
        ...(across === undefined
          ? []
          : [
              {
                type: 'line' as const,
                xref: 'paper' as const,
                x0: 0,
                x1: 1,
                y0: across.at,
                y1: across.at,
                line,
              },
            ]),
        ...(down === undefined
          ? []
          : [
              { type: 'line' as const, yref: 'paper' as const, y0: 0, y1: 1, x0: down.at, x1: down.at, line },
            ]),
      ],
      annotations: [
        ...(across === undefined
          ? []
          : [
              {
                xref: 'paper' as const,
                x: 1,
                xanchor: 'right' as const,
                y: across.at,
                yanchor: 'bottom' as const,
                text: across.name,
                showarrow: false,
                bgcolor: surfaces[scheme].panel,
                opacity: 0.9,
                font: { size: 11, color: mute },
              },
            ]),
        ...(down === undefined
          ? []
          : [
              {
                yref: 'paper' as const,
                y: 1,
                yanchor: 'top' as const,
                x: down.at,
                xanchor: 'left' as const,
                text: ` ${down.name}`,
                showarrow: false,
                bgcolor: surfaces[scheme].panel,
                opacity: 0.9,
                font: { size: 11, color: mute },
              },
            ]),
      ],
      uirevision: `${names.length}`,
    };
  }, [names, xTitle, yTitle, most, logarithmic, across, down, bins, scheme]);
  return (
    <Plot
      data={data}
      layout={layout}
      height={height}
      label={label}
      {...(onPick === undefined ? {} : { onPick: (id: string) => onPick(Number(id)) })}
    />
  );
}

export interface Line {
  readonly name: string;
  readonly x: readonly number[];
  readonly y: readonly number[];
  readonly colour: string;
  readonly dash?: 'solid' | 'dash' | 'dot' | 'dashdot';
  readonly width?: number;
}

export function Lines({
  lines,
  xTitle,
  yTitle,
  range,
  marked = null,
  height,
  label,
}: {
  lines: readonly Line[];
  xTitle: string;
  yTitle: string;
  range?: readonly [number, number] | undefined;
  /** A place on x that is pointed at. */
  marked?: number | null;
  height: number;
  label: string;
}) {
  const scheme = useScheme();
  const data = useMemo<Data[]>(
    () =>
      lines.map(({ name, x, y, colour, dash = 'solid', width = 1.6 }) => ({
        type: 'scatter',
        mode: x.length < 30 ? 'lines+markers' : 'lines',
        name,
        x: [...x],
        y: [...y],
        marker: { size: 5, color: colour },
        line: { color: colour, dash, width },
        hovertemplate: `%{y:.4~g}<extra>${name}</extra>`,
      })),
    [lines],
  );
  const layout = useMemo<Partial<Layout>>(
    () => ({
      showlegend: lines.length > 1,
      margin: { t: lines.length > 1 ? 30 : 8 },
      xaxis: { title: axisTitle(xTitle, scheme) },
      yaxis: {
        title: axisTitle(yTitle, scheme),
        ...(range === undefined ? {} : { range: [...range] }),
      },
      shapes:
        marked === null
          ? []
          : [
              {
                type: 'line',
                yref: 'paper',
                y0: 0,
                y1: 1,
                x0: marked,
                x1: marked,
                line: { color: surfaces[scheme].mute, width: 1, dash: 'dash' },
              },
            ],
    }),
    [lines, xTitle, yTitle, range, marked, scheme],
  );
  return <Plot data={data} layout={layout} height={height} label={label} />;
}
