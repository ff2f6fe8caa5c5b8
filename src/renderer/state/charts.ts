/** What the charts of the runs share while they are on show: the cursor, the zoomed range, the line that stands out. */
import { create } from 'zustand';
import type { CurveAxis } from '../../shared/run/metrics.ts';
import { type Range, widened } from '../logic/chartRange.ts';
import {
  type ChartSettings,
  type ChartView,
  completeChartSettings,
  withChartView,
} from '../logic/chartSettings.ts';
import { setView, useView } from './view.ts';
import { forgetZoomedCurves } from './workspace.ts';

export interface Cursor {
  /** Id of the card that the pointer is on. */
  readonly card: string;
  readonly x: number;
  /** Height of the pointer in the card, as a share of the axis from its foot. */
  readonly height: number;
}

interface Charts {
  readonly cursor: Cursor | null;
  /** Of the horizontal axis of all cards, in its unit. */
  readonly zoom: Range | null;
  /** Key of the run or group whose lines stand out. */
  readonly standsOut: string | null;
}

export const useCharts = create<Charts>()(() => ({ cursor: null, zoom: null, standsOut: null }));

export function setCursor(cursor: Cursor | null): void {
  if (cursor !== useCharts.getState().cursor) useCharts.setState({ cursor });
}

export function setStandsOut(standsOut: string | null): void {
  if (standsOut !== useCharts.getState().standsOut) useCharts.setState({ standsOut });
}

export function setZoom(zoom: Range | null): void {
  useCharts.setState({ zoom, cursor: null });
  forgetZoomedCurves(zoom === null ? null : widened(zoom));
}

/** A range of steps is none of tokens: another axis is shown whole. */
export function setAxis(axis: CurveAxis): void {
  setZoom(null);
  setView({ axis });
}

export function useChartSettings(): ChartSettings {
  return completeChartSettings(useView((view) => view.charts));
}

export function setChartSettings(change: Partial<ChartSettings>): void {
  setView({ charts: { ...completeChartSettings(useView.getState().charts), ...change } });
}

export function saveChartView(name: string): void {
  const { axis, smoothing, charts, chartViews } = useView.getState();
  setView({
    chartViews: withChartView(chartViews, { name, axis, smoothing, settings: completeChartSettings(charts) }),
  });
}

export function applyChartView({ axis, smoothing, settings }: ChartView): void {
  setZoom(null);
  setView({ axis, smoothing, charts: completeChartSettings(settings) });
}

export function removeChartView(name: string): void {
  setView({ chartViews: useView.getState().chartViews.filter((view) => view.name !== name) });
}
