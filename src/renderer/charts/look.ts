/** The language of all charts on screen: fonts, colours, grid, hover, in both themes. */
import { useColorScheme } from '@mui/material/styles';
import type { Layout } from 'plotly.js/lib/core';
import { type Scheme, surfaces } from '../theme.ts';

export function useScheme(): Scheme {
  const { mode, systemMode } = useColorScheme();
  return (mode === 'system' ? systemMode : mode) === 'dark' ? 'dark' : 'light';
}

const sans = 'Inter Variable, Inter, system-ui, sans-serif';

export function baseLayout(scheme: Scheme): Partial<Layout> {
  const { panel, ink, mute, line } = surfaces[scheme];
  const axis = {
    gridcolor: line,
    linecolor: line,
    zerolinecolor: line,
    tickfont: { size: 11, color: mute },
    title: { font: { size: 12, color: mute } },
    automargin: true,
    showspikes: false,
  };
  return {
    autosize: false,
    paper_bgcolor: 'rgba(0,0,0,0)',
    plot_bgcolor: 'rgba(0,0,0,0)',
    font: { family: sans, size: 12, color: ink },
    margin: { l: 52, r: 12, t: 8, b: 40 },
    xaxis: { ...axis, showgrid: false },
    yaxis: axis,
    hovermode: 'x unified',
    hoverlabel: { bgcolor: panel, bordercolor: line, font: { color: ink, size: 12, family: sans } },
    showlegend: false,
    legend: { orientation: 'h', y: 1.02, yanchor: 'bottom', x: 0, font: { size: 12, color: ink } },
    dragmode: 'zoom',
    uirevision: 'kept',
  };
}

/** An axis title that plotly merges with the base fonts. */
export function axisTitle(text: string, scheme: Scheme) {
  return { text, font: { size: 12, color: surfaces[scheme].mute }, standoff: 8 };
}

/** `#rrggbb` with an alpha. */
export function translucent(colour: string, alpha: number): string {
  const [r, g, b] = [1, 3, 5].map((offset) => Number.parseInt(colour.slice(offset, offset + 2), 16));
  return `rgba(${r}, ${g}, ${b}, ${alpha})`;
}

export const axisLabels = {
  step: 'step',
  tokens: 'training tokens',
  flops: 'training FLOP',
  seconds: 'training time (s)',
} as const;
