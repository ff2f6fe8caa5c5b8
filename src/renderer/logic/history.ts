/** Undo and redo of immutable documents. A gesture (a drag, a burst of typing) is one entry, however many frames it drew. */
export interface History<Document> {
  readonly past: readonly Entry<Document>[];
  readonly present: Document;
  readonly future: readonly Entry<Document>[];
  /** Set while a gesture runs: the document before it. */
  readonly before: Document | null;
}

export interface Entry<Document> {
  readonly document: Document;
  /** What the change was, for "Undo change of layout". */
  readonly label: string;
}

const longest = 200;

export function startHistory<Document>(present: Document): History<Document> {
  return { past: [], present, future: [], before: null };
}

/** A finished change: one entry. The same document (by identity) is no change. Inside a gesture it is a frame of it. */
export function record<Document>(
  history: History<Document>,
  next: Document,
  label: string,
): History<Document> {
  if (next === history.present) return history;
  if (history.before !== null) return { ...history, present: next };
  const past = [...history.past, { document: history.present, label }].slice(-longest);
  return { past, present: next, future: [], before: null };
}

export function beginGesture<Document>(history: History<Document>): History<Document> {
  return history.before === null ? { ...history, before: history.present } : history;
}

/** Ends the gesture: one entry if the document ended up different from where it began, else none (redo is kept). */
export function endGesture<Document>(history: History<Document>, label: string): History<Document> {
  if (history.before === null) return history;
  const before = history.before;
  const quiet = { ...history, before: null };
  if (JSON.stringify(before) === JSON.stringify(history.present)) return { ...quiet, present: before };
  return { ...quiet, past: [...history.past, { document: before, label }].slice(-longest), future: [] };
}

/** Gives the gesture up (Escape): back to where it began. */
export function cancelGesture<Document>(history: History<Document>): History<Document> {
  return history.before === null ? history : { ...history, present: history.before, before: null };
}

export function undo<Document>(history: History<Document>): History<Document> {
  const entry = history.past.at(-1);
  if (entry === undefined || history.before !== null) return history;
  return {
    past: history.past.slice(0, -1),
    present: entry.document,
    future: [{ document: history.present, label: entry.label }, ...history.future],
    before: null,
  };
}

export function redo<Document>(history: History<Document>): History<Document> {
  const entry = history.future[0];
  if (entry === undefined || history.before !== null) return history;
  return {
    past: [...history.past, { document: history.present, label: entry.label }],
    present: entry.document,
    future: history.future.slice(1),
    before: null,
  };
}
