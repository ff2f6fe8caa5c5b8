/** The figures page: what is saved, which one is open, its undo history. Every change is saved a moment later. */
import { create } from 'zustand';
import { toErrorShape } from '../../shared/errors.ts';
import {
  type FigureDocument,
  type FigureKind,
  figurePanelSchema,
  mostPanels,
  mostRuns,
  type PanelOptions,
} from '../../shared/figures/document.ts';
import type { FigureRow } from '../../shared/rpc/contract.ts';
import { emptyFigure, freshName, panelLetter, withPanel } from '../logic/figures.ts';
import { type History, record, redo, startHistory, undo } from '../logic/history.ts';
import { asking, failed, type Loadable, loading, ready } from './loadable.ts';
import { say, sayError } from './messages.ts';
import { setView, useView } from './view.ts';
import { host } from './workspace.ts';

/** What a chart sends to the figures page. */
export interface FigureSource {
  readonly kind: FigureKind;
  readonly runs: readonly string[];
  readonly options?: PanelOptions;
}

interface Figures {
  readonly list: Loadable<FigureRow[]>;
  readonly open: Loadable<string> | null; // id
  readonly history: History<FigureDocument> | null;
  readonly saved: 'saved' | 'saving' | 'failed';
  /** The panel in the dialog: a place, or one to be added. */
  readonly editing: number | 'new' | null;
  /** The chart under the pointer or with the focus: what E sends. */
  readonly pointed: FigureSource | null;
}

export const useFigures = create<Figures>()(() => ({
  list: loading,
  open: null,
  history: null,
  saved: 'saved',
  editing: null,
  pointed: null,
}));

const { getState: get, setState: set } = useFigures;

export async function loadFigures(): Promise<void> {
  set({ list: asking(get().list) });
  try {
    set({ list: ready(await host().call('figures.list', {})) });
  } catch (error) {
    set({ list: failed(error, get().list) });
  }
}

/** Fetches the list and the figure that was open last, or the newest. */
export async function enterFigures(): Promise<void> {
  await loadFigures();
  if (get().open !== null) return;
  const rows = get().list.value ?? [];
  const wanted = useView.getState().openFigure;
  const row = rows.find((candidate) => candidate.figure === wanted) ?? rows[0];
  if (row !== undefined) await openFigure(row.figure);
}

export async function openFigure(figure: string): Promise<void> {
  await saveNow();
  set({ open: loading, history: null });
  setView({ openFigure: figure });
  try {
    const { document } = await host().call('figures.get', { figure });
    set({ open: ready(figure), history: startHistory(document), saved: 'saved' });
  } catch (error) {
    set({ open: { status: 'error', error: toErrorShape(error) } });
  }
}

export async function newFigure(): Promise<void> {
  await saveNow();
  if (get().list.value === undefined) await loadFigures();
  await createFigure(emptyFigure(freshName((get().list.value ?? []).map(({ name }) => name))));
}

async function createFigure(document: FigureDocument): Promise<void> {
  const { figure, document: stored } = await host().call('figures.save', { document });
  set({ open: ready(figure), history: startHistory(stored), saved: 'saved' });
  setView({ openFigure: figure });
  await loadFigures();
}

/** One undo entry. */
export function changeFigure(label: string, change: (document: FigureDocument) => FigureDocument): void {
  const { history } = get();
  if (history === null) return;
  step(record(history, change(history.present), label));
}

export function undoFigure(): void {
  const { history } = get();
  if (history !== null) step(undo(history));
}

export function redoFigure(): void {
  const { history } = get();
  if (history !== null) step(redo(history));
}

function step(next: History<FigureDocument>): void {
  if (next === get().history) return;
  set({ history: next, saved: 'saving' });
  clearTimeout(timer);
  timer = setTimeout(() => void saveNow(), 400);
}

let timer: ReturnType<typeof setTimeout> | undefined;

async function saveNow(): Promise<void> {
  clearTimeout(timer);
  const { open, history, saved } = get();
  if (open?.status !== 'ready' || history === null || saved === 'saved') return;
  const document = history.present;
  try {
    await host().call('figures.save', { figure: open.value, document });
    if (get().history?.present === document) set({ saved: 'saved' });
    await loadFigures();
  } catch (error) {
    set({ saved: 'failed' });
    sayError(error);
  }
}

/** Deletes a figure; the message offers to put it back as it was. */
export async function deleteFigure(figure: string): Promise<void> {
  if (get().open?.value === figure) await saveNow();
  const { document } = await host().call('figures.get', { figure });
  await host().call('figures.delete', { figure });
  if (get().open?.value === figure) set({ open: null, history: null, saved: 'saved' });
  await enterFigures();
  say(`Figure ${document.name} deleted.`, {
    action: {
      label: 'Undo',
      run: () => {
        host()
          .call('figures.save', { figure, document })
          .then(() => loadFigures())
          .then(() => openFigure(figure))
          .catch(sayError);
      },
    },
  });
}

/** Adds a chart as a panel to the figure that is open, or to a new one. Every chart of the window may call it. */
export async function sendToFigures(source: FigureSource): Promise<void> {
  const panel = figurePanelSchema.parse({
    kind: source.kind,
    runs: source.runs.slice(0, mostRuns),
    options: source.options ?? {},
  });
  if (get().history === null) await enterFigures();
  if (get().history === null) await newFigure();
  const { history } = get();
  if (history === null) return;
  if (history.present.panels.length >= mostPanels) {
    say(`The figure ${history.present.name} has ${mostPanels} panels already.`, {
      severity: 'warning',
      hint: 'Begin a new figure on the Figures page.',
    });
    return;
  }
  changeFigure('add panel', (document) => withPanel(document, panel));
  await saveNow();
  const letter = panelLetter(history.present.panels.length);
  const cut =
    source.runs.length > mostRuns ? ` with the first ${mostRuns} of ${source.runs.length} runs` : '';
  say(`Sent to ${history.present.name} as panel ${letter}${cut}.`, {
    action: { label: 'Open', run: () => setView({ page: 'figures' }) },
  });
}

export function pointAt(source: FigureSource | null): void {
  if (get().pointed !== source) set({ pointed: source });
}
