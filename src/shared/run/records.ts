/** What is known of a run by name: its summary's figures, then the fields of its document and configuration. */
import {
  formatDuration,
  formatExact,
  formatInteger,
  formatNumber,
  formatShare,
  formatSI,
  unknownValue,
} from '../format.ts';
import type { RunSummary } from '../rpc/contract.ts';
import type { FieldValue, RunFields } from './fields.ts';
import type { Value } from './parallel.ts';

export interface RunRecord {
  readonly run: RunSummary;
  readonly fields: RunFields;
}

interface SummaryField {
  readonly label: string;
  readonly values: (run: RunSummary) => readonly (FieldValue | null)[];
  /** How a number is written; default three digits. */
  readonly format?: (value: number) => string;
}

const one =
  (pick: (run: RunSummary) => FieldValue | null): SummaryField['values'] =>
  (run) => [pick(run)];

/** Whole minutes would make equal times look different in a group. */
const day = (time: string | null): string | null =>
  time === null ? null : time.slice(0, 16).replace('T', ' ');

const seconds = ({ startedAt, endedAt }: RunSummary): number | null =>
  startedAt === null || endedAt === null ? null : (Date.parse(endedAt) - Date.parse(startedAt)) / 1000;

export const summaryFields: Readonly<Record<string, SummaryField>> = {
  name: { label: 'Run', values: one((run) => run.name) },
  run: { label: 'Id', values: one((run) => run.run) },
  state: { label: 'State', values: one((run) => run.state) },
  progress: {
    label: 'Progress',
    values: one((run) => (run.steps === 0 ? null : run.step / run.steps)),
    format: formatShare,
  },
  step: { label: 'Step', values: one((run) => run.step), format: formatInteger },
  loss: { label: 'Loss', values: one((run) => run.loss) },
  validationLoss: { label: 'Validation', values: one((run) => run.validationLoss) },
  tokensPerSecond: { label: 'Tokens/s', values: one((run) => run.tokensPerSecond), format: formatSI },
  secondsLeft: { label: 'Left', values: one((run) => run.secondsLeft), format: formatDuration },
  seconds: { label: 'Time', values: one(seconds), format: formatDuration },
  parameters: { label: 'Parameters', values: one((run) => run.parameters), format: formatSI },
  activeParameters: { label: 'Active', values: one((run) => run.activeParameters), format: formatSI },
  unigramEntropy: { label: 'Unigram entropy', values: one((run) => run.unigramEntropy) },
  method: { label: 'Method', values: (run) => run.methods },
  tag: { label: 'Tags', values: (run) => run.tags },
  notes: { label: 'Notes', values: one((run) => (run.notes === '' ? null : run.notes)) },
  device: { label: 'Device', values: one((run) => run.device) },
  sweep: { label: 'Sweep', values: one((run) => run.sweep?.name ?? null) },
  parent: { label: 'Forked from', values: one((run) => run.parent?.run ?? null) },
  archived: { label: 'Archived', values: one((run) => run.archived) },
  created: { label: 'Created', values: one((run) => day(run.createdAt)) },
};

/** Other words for the same field. */
const aliases: Readonly<Record<string, string>> = {
  id: 'run',
  validation: 'validationLoss',
  methods: 'method',
  tags: 'tag',
  note: 'notes',
  fork: 'parent',
  createdAt: 'created',
};
/** Where a field lies may be said, and need not be. */
const places = /^(?:blocks|document|configuration|training)\./;

/** Every value of a field of a run; empty where it has none. */
export function valuesOf({ run, fields }: RunRecord, field: string): readonly FieldValue[] {
  const summary = Object.hasOwn(summaryFields, field) ? summaryFields[field] : undefined;
  if (summary === undefined) return Object.hasOwn(fields, field) ? fields[field]! : [];
  return summary.values(run).filter((value) => value !== null && !Number.isNaN(value)) as FieldValue[];
}

/** A field with several values, as of blocks that differ, is the list of them. */
export function fieldValue(record: RunRecord, field: string): Value {
  const values = valuesOf(record, field);
  if (values.length === 0) return null;
  return values.length === 1 ? values[0]! : values.join(', ');
}

/** What an axis of the field says: results with their unit. */
export function axisText(field: string): string {
  return axisTexts[field] ?? fieldLabel(field);
}
const axisTexts: Readonly<Record<string, string>> = {
  validationLoss: 'validation loss (nats/token)',
  loss: 'training loss (nats/token)',
  tokensPerSecond: 'training speed (tokens/s)',
  parameters: 'parameters',
  activeParameters: 'active parameters',
  seconds: 'time from start to end (s)',
  step: 'step',
  unigramEntropy: 'unigram entropy (nats/token)',
};

/** The value that a table sorts by: the smallest of several. null: none. */
export function sortValue(record: RunRecord, field: string): FieldValue | null {
  const values = valuesOf(record, field);
  if (values.length === 0) return null;
  return values.reduce((least, value) => (compareValues(value, least) < 0 ? value : least));
}

/** Numbers by size, texts as people sort them (10 after 9); numbers before texts. */
export function compareValues(left: FieldValue, right: FieldValue): number {
  if (typeof left === 'number' && typeof right === 'number') return left - right;
  if (typeof left === 'number') return -1;
  if (typeof right === 'number') return 1;
  return collator.compare(String(left), String(right));
}
const collator = new Intl.Collator('en', { numeric: true });

/** A field's name over its column: the summary's in words, others as they are written. */
export function fieldLabel(field: string): string {
  if (field === 'data') return 'Data';
  return (Object.hasOwn(summaryFields, field) ? summaryFields[field]?.label : undefined) ?? field;
}

/** A cell's text: all values of the field, numbers in their form. */
export function formatField(record: RunRecord, field: string): string {
  const values = valuesOf(record, field);
  if (values.length === 0) return unknownValue;
  return values.map((value) => formatValue(field, value)).join(', ');
}

export function formatValue(field: string, value: FieldValue): string {
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  if (typeof value === 'string') return value;
  const format = Object.hasOwn(summaryFields, field) ? summaryFields[field]?.format : undefined;
  if (format !== undefined) return format(value);
  if (Object.hasOwn(summaryFields, field)) return formatNumber(value);
  // What a person set is shown as it was set: 0.003, not 3.00e-3.
  return Number.isInteger(value) && value >= 1000
    ? formatInteger(value)
    : formatExact(Number(value.toPrecision(6)));
}

/** All fields of these runs with their values: what a query can name, and what is completed. */
export class FieldCatalogue {
  readonly names: readonly string[];
  private readonly records: readonly RunRecord[];
  private readonly known: ReadonlySet<string>;
  private readonly resolved = new Map<string, readonly string[]>();
  private readonly collected = new Map<string, readonly FieldValue[]>();

  constructor(records: readonly RunRecord[]) {
    this.records = records;
    const names = new Set(Object.keys(summaryFields));
    for (const { fields } of records) for (const name of Object.keys(fields)) names.add(name);
    this.known = names;
    const own = Object.keys(summaryFields);
    this.names = [...own, ...[...names].filter((name) => !own.includes(name)).sort()];
  }

  /** The fields that a name means: itself, another word for one, or all that end in it (`tau`). Empty: none. */
  resolve(name: string): readonly string[] {
    const found = this.resolved.get(name) ?? this.lookUp(name);
    this.resolved.set(name, found);
    return found;
  }

  /** Distinct values, sorted; at most 200. */
  values(name: string): readonly FieldValue[] {
    const known = this.collected.get(name);
    if (known !== undefined) return known;
    const values = new Set<FieldValue>();
    for (const field of this.resolve(name)) {
      for (const record of this.records) for (const value of valuesOf(record, field)) values.add(value);
    }
    const sorted = [...values].sort(compareValues).slice(0, 200);
    this.collected.set(name, sorted);
    return sorted;
  }

  private lookUp(name: string): readonly string[] {
    if (this.known.has(name)) return [name];
    const plain = name.replace(places, '');
    if (this.known.has(plain)) return [plain];
    const lower = plain.toLowerCase();
    const alias = Object.entries(aliases).find(([word]) => word.toLowerCase() === lower);
    if (alias !== undefined) return [alias[1]];
    const same = this.names.filter((candidate) => candidate.toLowerCase() === lower);
    if (same.length > 0) return same;
    return this.names.filter((candidate) => candidate.toLowerCase().endsWith(`.${lower}`));
  }
}
