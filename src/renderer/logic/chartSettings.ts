/** What the charts of the runs show, apart from data: kept in the view, saved and restored by name. */
import type { CurveAxis } from '../../shared/run/metrics.ts';
import { type BandKind, bandKinds } from './bands.ts';
import { defaultCards } from './metricCards.ts';

export const compareTabs = ['charts', 'differences', 'parallel', 'scatter'] as const;
export type CompareTab = (typeof compareTabs)[number];

export interface AxisChoice {
  readonly field: string;
  readonly log: boolean;
}

export interface ChartSettings {
  /** Ids of the cards on show, in order. */
  readonly cards: readonly string[];
  /** Cards that stand before all others, whatever else is chosen. */
  readonly pinned: readonly string[];
  readonly logX: boolean;
  /** Cards with a logarithmic vertical axis. */
  readonly logY: readonly string[];
  /** The vertical range leaves out the most extreme points. */
  readonly ignoreOutliers: boolean;
  /** 'none', 'seed', or the name of a field. */
  readonly groupBy: string;
  readonly band: BandKind;
  /** Single lines behind the mean of a group. */
  readonly singles: boolean;
  readonly compareTab: CompareTab;
  readonly parallel: readonly AxisChoice[];
  readonly colourBy: string;
  readonly scatterX: AxisChoice;
  readonly scatterY: AxisChoice;
}

/** A set of settings by a name of its own; the shared axis and smoothing with it. */
export interface ChartView {
  readonly name: string;
  readonly axis: CurveAxis;
  readonly smoothing: number;
  readonly settings: ChartSettings;
}

export const defaultChartSettings: ChartSettings = {
  cards: defaultCards,
  pinned: [],
  logX: false,
  logY: [],
  ignoreOutliers: false,
  groupBy: 'none',
  band: 'range',
  singles: false,
  compareTab: 'charts',
  parallel: [],
  colourBy: 'validationLoss',
  scatterX: { field: 'parameters', log: true },
  scatterY: { field: 'validationLoss', log: false },
};

/** Settings of an older version, or of a file written by hand, with what they lack. */
export function completeChartSettings(saved: Partial<ChartSettings> | undefined): ChartSettings {
  const merged = { ...defaultChartSettings, ...saved };
  return {
    ...merged,
    band: bandKinds.includes(merged.band) ? merged.band : 'range',
    compareTab: compareTabs.includes(merged.compareTab) ? merged.compareTab : 'charts',
  };
}

/** Puts the view in: in place of one of the same name, else at the end. */
export function withChartView(views: readonly ChartView[], view: ChartView): ChartView[] {
  const position = views.findIndex((other) => other.name === view.name);
  return position < 0 ? [...views, view] : views.map((other, index) => (index === position ? view : other));
}

/** The list with the entry added at its end, or taken out if it is there. */
export function toggled(list: readonly string[], entry: string): string[] {
  return list.includes(entry) ? list.filter((other) => other !== entry) : [...list, entry];
}
