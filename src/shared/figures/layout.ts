/**
 * Where everything in a figure goes, in points. Nothing is drawn here. Text is measured first and plots take what is
 * left, so that labels never overlap: ticks are thinned until they fit, long labels and legend entries wrap.
 */
import { placeLegend, type WithLegend } from './legendLayout.ts';
import { placePanels } from './panelLayout.ts';
import { type Area, type Layout, metrics, type Placed, type PlacedPanel } from './placed.ts';
import type { Figure } from './spec.ts';
import { toPoints } from './units.ts';

export function layOut(figure: Figure): Layout {
  const width = toPoints(figure.widthMm);
  const area = { x: metrics.margin, y: metrics.margin, width: width - 2 * metrics.margin };
  const { panels, legend, bottom } = layOutIn(figure, area);
  return { width, height: bottom + metrics.margin, panels, legend };
}

/** A figure inside an area. Each row of plots is `stretch` points higher than the figure asks for. */
export function layOutIn(figure: Figure, area: Area, stretch = 0, letters?: readonly string[]): Placed {
  return aroundLegend(figure, area, (inner) => {
    const names = letters ?? figure.panels.map((_, index) => (figure.letters ? letterOf(index) : ''));
    const panels = placePanels(figure, inner, stretch, names);
    return {
      content: panels.map((entry) => entry.placed),
      bottom: panels.reduce((lowest, panel) => Math.max(lowest, panel.bottom), inner.y),
    };
  });
}

/** Lays panels out in what the legend leaves of the area. */
export function aroundLegend(
  figure: WithLegend,
  area: Area,
  place: (inner: Area) => { content: readonly PlacedPanel[]; bottom: number },
): Placed {
  const em = figure.fontSize;
  const legend = placeLegend(figure, area.width);
  const gap = legend.entries.length === 0 ? 0 : metrics.legendGap * em;
  const beside = figure.legendPlace === 'right' && gap > 0;
  const above = figure.legendPlace === 'top' ? legend.height + gap : 0;
  const aside = beside ? legend.width + metrics.panelGap * em : 0;
  const { content, bottom } = place({ x: area.x, y: area.y + above, width: area.width - aside });
  const x = beside ? area.x + area.width - legend.width : area.x;
  const y = figure.legendPlace === 'bottom' ? bottom + gap : area.y + (beside ? 0.55 * em : 0);
  return {
    panels: content,
    legend: legend.entries.map((entry) => ({ ...entry, x: entry.x + x, y: entry.y + y })),
    bottom: figure.legendPlace === 'top' ? bottom : Math.max(bottom, gap === 0 ? 0 : y + legend.height),
  };
}

/** a, b, ..., z, aa, ab, ... */
export function letterOf(index: number): string {
  const last = String.fromCharCode(97 + (index % 26));
  return index < 26 ? last : letterOf(Math.floor(index / 26) - 1) + last;
}
