/** What differs between two documents, layer by layer, and what it does to the counts. */
import { type Counts, countArchitecture } from './counts.ts';
import { type Architecture, expandLayers } from './document.ts';

export interface FieldChange {
  /** Field inside the document or the layer, e.g. `width`, `ffn.tau`. */
  readonly field: string;
  /** undefined where that side does not have the field. */
  readonly before: unknown;
  readonly after: unknown;
}

export interface LayerChange {
  /** Layers first..last (counted with repeats written out) that changed in the same way. */
  readonly first: number;
  readonly last: number;
  readonly kind: 'changed' | 'added' | 'removed';
  readonly fields: FieldChange[];
}

export interface CountChange {
  readonly before: number;
  readonly after: number;
}

export interface ArchitectureDiff {
  readonly fields: FieldChange[];
  readonly layers: LayerChange[];
  readonly counts: {
    readonly parameters: CountChange;
    readonly activeParameters: CountChange;
    readonly forwardFlopsPerToken: CountChange;
    readonly kvCacheBytesPerToken: CountChange;
  };
}

/** Compares layer i of one stack with layer i of the other; layers past the shorter stack are added or removed. */
export function diffArchitectures(before: Architecture, after: Architecture): ArchitectureDiff {
  const { fields, layers } = diffFields(before, after);
  const [a, b] = [countArchitecture(before), countArchitecture(after)];
  const pair = (pick: (counts: Counts) => number): CountChange => ({ before: pick(a), after: pick(b) });
  return {
    fields,
    layers: joinNeighbours(layers),
    counts: {
      parameters: pair(({ parameters }) => parameters.total),
      activeParameters: pair(({ parameters }) => parameters.active),
      forwardFlopsPerToken: pair(({ flopsPerToken }) => flopsPerToken.forward),
      kvCacheBytesPerToken: pair(({ kvCacheBytesPerToken }) => kvCacheBytesPerToken),
    },
  };
}

/** The same without counts, so that documents with problems can be compared; one entry for each layer that differs. */
export function diffFields(
  before: Architecture,
  after: Architecture,
): { fields: FieldChange[]; layers: LayerChange[] } {
  const outside = ({ blocks: _blocks, ...rest }: Architecture) => rest;
  const [old, now] = [expandLayers(before), expandLayers(after)];
  const layers: LayerChange[] = [];
  for (let layer = 0; layer < Math.max(old.length, now.length); layer++) {
    const kind = old[layer] === undefined ? 'added' : now[layer] === undefined ? 'removed' : 'changed';
    const parts = ({ attention, ffn }: (typeof old)[number]) => ({ attention, ffn });
    const fields = kind === 'changed' ? changes(parts(old[layer]!), parts(now[layer]!)) : [];
    if (kind !== 'changed' || fields.length > 0) layers.push({ first: layer, last: layer, kind, fields });
  }
  return { fields: changes(outside(before), outside(after)), layers };
}

/** Leaves that differ, by dotted path. */
function changes(before: unknown, after: unknown, path = ''): FieldChange[] {
  const isRecord = (value: unknown): value is Record<string, unknown> =>
    typeof value === 'object' && value !== null && !Array.isArray(value);
  if (!isRecord(before) || !isRecord(after)) {
    return JSON.stringify(before) === JSON.stringify(after) ? [] : [{ field: path, before, after }];
  }
  const keys = new Set([...Object.keys(before), ...Object.keys(after)]);
  return [...keys].flatMap((key) => changes(before[key], after[key], path === '' ? key : `${path}.${key}`));
}

function joinNeighbours(single: readonly LayerChange[]): LayerChange[] {
  const joined: LayerChange[] = [];
  for (const change of single) {
    const last = joined.at(-1);
    const same =
      last !== undefined &&
      last.last + 1 === change.first &&
      last.kind === change.kind &&
      JSON.stringify(last.fields) === JSON.stringify(change.fields);
    if (same) joined[joined.length - 1] = { ...last, last: change.last };
    else joined.push(change);
  }
  return joined;
}
