/** What the window shows, apart from data: page, selections, panel sizes, chart settings. Comes back after a restart. */
import { create } from 'zustand';
import { persist } from 'zustand/middleware';
import type { CurveAxis } from '../../shared/run/metrics.ts';
import { type ChartSettings, type ChartView, completeChartSettings } from '../logic/chartSettings.ts';
import { formatHash, type Page, parseHash } from '../logic/deepLink.ts';

export type DesignTab = 'model' | 'train';
export type RunTab = 'charts' | 'checkpoints' | 'configuration' | 'log';
/** What is selected on the canvas: the whole model, or the attention or FFN of a block. */
export type Selection =
  | { readonly part: 'model' }
  | { readonly part: 'attention' | 'ffn'; readonly block: number };

export interface View {
  readonly page: Page;
  readonly designTab: DesignTab;
  readonly selection: Selection;
  readonly selectedRuns: readonly string[];
  readonly runTab: RunTab;
  readonly showArchived: boolean;
  /** The checkpoint that the fork dialog begins at; null: the newest. */
  readonly forkStep: number | null;
  readonly inspectRun: string | null;
  readonly inspectStep: number | null;
  readonly inspectText: string;
  readonly lawsRun: string | null;
  readonly openFigure: string | null; // id of a saved figure
  readonly axis: CurveAxis;
  readonly smoothing: number;
  readonly charts: ChartSettings;
  readonly chartViews: readonly ChartView[];
  readonly threshold: string; // a key of LayerProbe.nsar
  readonly runsWidth: number; // px of the run table
  readonly runsOpen: boolean;
  /** Hues chosen for tags, by the tag in lower case; see `tagHue`. */
  readonly tagHues: Readonly<Record<string, number>>;
  readonly presetsOpen: boolean;
  readonly presetSize: string; // a name of `presetSizes`
  /** Pan and zoom of the canvas; null: not moved yet. */
  readonly canvasViewport: { readonly x: number; readonly y: number; readonly zoom: number } | null;
}

export const useView = create<View>()(
  persist(
    (): View => ({
      page: 'design',
      designTab: 'model',
      selection: { part: 'ffn', block: 0 },
      selectedRuns: [],
      runTab: 'charts',
      showArchived: false,
      forkStep: null,
      inspectRun: null,
      inspectStep: null,
      inspectText: '',
      lawsRun: null,
      openFigure: null,
      axis: 'step',
      smoothing: 0.8,
      charts: completeChartSettings(undefined),
      chartViews: [],
      threshold: '0.1',
      runsWidth: 664,
      runsOpen: true,
      tagHues: {},
      presetsOpen: true,
      presetSize: '1m',
      canvasViewport: null,
    }),
    { name: 'finegrain.view', version: 1 },
  ),
);

export function setView(change: Partial<View>): void {
  useView.setState(change);
}

export function openRun(run: string): void {
  setView({ page: 'runs', selectedRuns: [run] });
}

/** Keeps the address and the view in step: a deep link opens its page, and every page has a link. Returns a stop function. */
export function followAddress(): () => void {
  const readAddress = () => {
    const target = parseHash(window.location.hash);
    if (target === null) return;
    if (target.page === 'runs' && target.run !== null) setView({ page: 'runs', selectedRuns: [target.run] });
    else if (target.page === 'inspect' && target.run !== null)
      setView({ page: 'inspect', inspectRun: target.run, inspectStep: target.step });
    else if (target.page === 'laws' && target.run !== null) setView({ page: 'laws', lawsRun: target.run });
    else if (target.page === 'figures' && target.run !== null)
      setView({ page: 'figures', openFigure: target.run });
    else setView({ page: target.page });
  };
  const writeAddress = (view: View) => {
    const run =
      view.page === 'runs'
        ? (view.selectedRuns[0] ?? null)
        : view.page === 'inspect'
          ? view.inspectRun
          : view.page === 'laws'
            ? view.lawsRun
            : view.page === 'figures'
              ? view.openFigure
              : null;
    const hash = formatHash({
      page: view.page,
      run,
      step: view.page === 'inspect' ? view.inspectStep : null,
    });
    // The start page needs no address of its own: a fresh visit keeps the plain one.
    if (window.location.hash === '' && view.page === 'design') return;
    if (window.location.hash !== hash) window.history.replaceState(null, '', hash);
  };
  readAddress();
  writeAddress(useView.getState());
  window.addEventListener('hashchange', readAddress);
  const stop = useView.subscribe(writeAddress);
  return () => {
    window.removeEventListener('hashchange', readAddress);
    stop();
  };
}
