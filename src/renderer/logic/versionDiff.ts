/** Two documents as the rows of one table: counts, fields of the model, then the two stacks layer by layer. */
import { type Counts, countArchitecture } from '../../shared/architecture/counts.ts';
import { diffFields, type FieldChange, type LayerChange } from '../../shared/architecture/diff.ts';
import { type Architecture, expandLayers } from '../../shared/architecture/document.ts';
import { checkArchitecture } from '../../shared/architecture/parse.ts';
import { ffnMethod } from '../../shared/methods/ffn/index.ts';
import { attentionKind, attentionNotes } from './attentionNotes.ts';

export interface LayerText {
  readonly attention: string;
  readonly attentionKind: string | undefined; // whose colour it wears
  readonly ffn: string;
  readonly ffnKind: string;
}

export interface StackRow {
  /** Layers first..last, counted from 1. */
  readonly first: number;
  readonly last: number;
  readonly kind: LayerChange['kind'] | 'same';
  readonly before: LayerText | null;
  readonly after: LayerText | null;
  readonly fields: readonly FieldChange[];
}

export interface CountRow {
  readonly label: string;
  readonly unit: string;
  readonly before: number | null; // null: the document has problems
  readonly after: number | null;
}

export interface VersionDiff {
  readonly counts: readonly CountRow[];
  readonly fields: readonly FieldChange[];
  readonly rows: readonly StackRow[];
  readonly equal: boolean;
}

export function versionDiff(before: Architecture, after: Architecture): VersionDiff {
  const { fields, layers } = diffFields(before, after);
  const changed = new Map(layers.map((change) => [change.first, change]));
  const [old, now] = [layerTexts(before), layerTexts(after)];
  const rows: StackRow[] = [];
  for (let layer = 0; layer < Math.max(old.length, now.length); layer++) {
    const change = changed.get(layer);
    const row: StackRow = {
      first: layer + 1,
      last: layer + 1,
      kind: change?.kind ?? 'same',
      before: old[layer] ?? null,
      after: now[layer] ?? null,
      fields: change?.fields ?? [],
    };
    const last = rows.at(-1);
    if (last !== undefined && readsAlike(last, row)) rows[rows.length - 1] = { ...last, last: row.last };
    else rows.push(row);
  }
  return {
    counts: countRows(before, after),
    fields,
    rows,
    equal: fields.length === 0 && layers.length === 0,
  };
}

/** What each layer is, in the words and colours of the canvas. */
export function layerTexts(document: Architecture): LayerText[] {
  return expandLayers(document).map(({ block, attention, ffn }) => {
    const experts = ffnMethod(ffn.kind).experts(ffn);
    const groups = experts?.groups ?? 1;
    const layout =
      experts === null
        ? ''
        : groups > 1
          ? ` ${groups} × ${experts.count / groups}`
          : ` ${experts.count} experts`;
    return {
      attention: [
        `${attention.heads} heads × ${attention.headSize}`,
        ...attentionNotes(document, block),
      ].join(' · '),
      attentionKind: attentionKind(document, block),
      ffn: `${ffnMethod(ffn.kind).label}${layout}`,
      ffnKind: ffn.kind,
    };
  });
}

export function valueText(value: unknown): string {
  if (value === undefined || value === null) return '–';
  if (Array.isArray(value) && value.every((item) => typeof item !== 'object')) return value.join(', ');
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

function readsAlike(a: StackRow, b: StackRow): boolean {
  const text = ({ first: _first, last: _last, ...rest }: StackRow) => JSON.stringify(rest);
  return text(a) === text(b);
}

function countRows(before: Architecture, after: Architecture): CountRow[] {
  const [a, b] = [countsOf(before), countsOf(after)];
  const row = (label: string, unit: string, pick: (counts: Counts) => number): CountRow => ({
    label,
    unit,
    before: a === null ? null : pick(a),
    after: b === null ? null : pick(b),
  });
  return [
    row('parameters', '', ({ parameters }) => parameters.total),
    row('active parameters', '', ({ parameters }) => parameters.active),
    row('forward FLOP per token', 'FLOP', ({ flopsPerToken }) => flopsPerToken.forward),
    row('KV cache per token', 'B', ({ kvCacheBytesPerToken }) => kvCacheBytesPerToken),
  ];
}

function countsOf(document: Architecture): Counts | null {
  return checkArchitecture(document).length === 0 ? countArchitecture(document) : null;
}
