/** The architecture document on the canvas, its undo history, and what it is compared with (a preset or an opened file). */
import { create } from 'zustand';
import type { Architecture } from '../../shared/architecture/document.ts';
import { parseArchitecture, parseDraft } from '../../shared/architecture/parse.ts';
import { findPreset, type Preset, presets } from '../../shared/architecture/presets.ts';
import { FinegrainError } from '../../shared/errors.ts';
import {
  beginGesture,
  cancelGesture,
  endGesture,
  type History,
  record,
  redo,
  startHistory,
  undo,
} from '../logic/history.ts';
import { say } from './messages.ts';

interface Design {
  readonly history: History<Architecture>;
  /** The document that the counts are compared with. */
  readonly base: { readonly name: string; readonly document: Architecture };
}

const storageKey = 'finegrain.design';

export const useDesign = create<Design>()(restore);

const { getState: get, setState: set } = useDesign;

/** The document on show, frames of a running gesture included. */
export function currentDocument(): Architecture {
  return get().history.present;
}

/** One finished edit: one undo entry. Inside a gesture it is a frame of it. */
export function edit(label: string, change: (document: Architecture) => Architecture): void {
  set((state) => ({ history: record(state.history, change(state.history.present), label) }));
}

export function startGesture(): void {
  set((state) => ({ history: beginGesture(state.history) }));
}

export function finishGesture(label: string): void {
  set((state) => ({ history: endGesture(state.history, label) }));
}

export function abandonGesture(): void {
  set((state) => ({ history: cancelGesture(state.history) }));
}

/** Replaces the document by a preset (undoable) and compares with it from now on. */
export function choosePreset(preset: Preset): void {
  set((state) => ({
    history: record(state.history, preset.architecture, `preset ${preset.name}`),
    base: { name: preset.name, document: preset.architecture },
  }));
  say(`Preset ${preset.name} opened.`);
}

export function undoDesign(): void {
  const label = get().history.past.at(-1)?.label;
  if (label === undefined) return;
  set((state) => ({ history: undo(state.history) }));
  say(`Undone: ${label}.`);
}

export function redoDesign(): void {
  const label = get().history.future[0]?.label;
  if (label === undefined) return;
  set((state) => ({ history: redo(state.history) }));
  say(`Done again: ${label}.`);
}

/** From now on the counts are compared with this document. */
export function compareWith(name: string, document: Architecture): void {
  set({ base: { name, document } });
}

/** Replaces the document (undoable) and compares with it from now on. */
export function showDocument(name: string, document: Architecture): void {
  set((state) => ({ history: record(state.history, document, `open ${name}`), base: { name, document } }));
  say(`${name} opened.`);
}

/** Opens a document from JSON text. Throws `architecture.invalid` with what is wrong where; the document stays as it was. */
export function openDocument(text: string, fileName: string): void {
  showDocument(fileName, parseArchitecture(parseJson(text, fileName)));
}

function parseJson(text: string, fileName: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new FinegrainError(
      'architecture.invalid',
      `${fileName} is not JSON.`,
      'Open a file that was saved by “Export document”.',
    );
  }
}

function restore(): Design {
  const preset = findPreset('finedeep-1m') ?? (presets[0] as Preset);
  const fresh: Design = {
    history: startHistory(preset.architecture),
    base: { name: preset.name, document: preset.architecture },
  };
  try {
    const saved = JSON.parse(localStorage.getItem(storageKey) ?? 'null') as {
      document: unknown;
      base: { name: string; document: unknown };
    } | null;
    if (saved === null) return fresh;
    const base = { name: saved.base.name, document: parseArchitecture(saved.base.document) };
    return { history: startHistory(parseDraft(saved.document)), base };
  } catch {
    // A session written by another version, or storage switched off: begin afresh.
    return fresh;
  }
}

/** Writes the document to local storage a moment after it changed. Returns a function that stops. */
export function keepDesign(): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const save = () => {
    const { history, base } = get();
    try {
      localStorage.setItem(storageKey, JSON.stringify({ document: history.present, base }));
    } catch {
      // Storage may be full or off; the session then simply does not come back.
    }
  };
  const stop = useDesign.subscribe(() => {
    clearTimeout(timer);
    timer = setTimeout(save, 300);
  });
  return () => {
    clearTimeout(timer);
    save();
    stop();
  };
}
