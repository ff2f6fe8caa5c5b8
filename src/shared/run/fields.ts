/**
 * The fields of a run by the names that people query, group, sort and sweep by: those of its document (a block's without
 * `blocks.`, so that `ffn.kind` means that of any block) and those of its configuration.
 */
import type { Architecture } from '../architecture/document.ts';
import {
  setEveryFfnKind,
  setEveryPositionKind,
  setField,
  setSharingKind,
  setWidth,
} from '../architecture/edits.ts';
import { FinegrainError } from '../errors.ts';
import { type FfnKind, ffnKinds } from '../methods/ffn/index.ts';
import { type PositionKind, positionKinds } from '../methods/position/index.ts';
import { type SharingKind, sharingKinds } from '../methods/sharing/index.ts';
import { type RunConfiguration, runConfigurationSchema } from './configuration.ts';

export type FieldValue = string | number | boolean;

/** Distinct values by field. A field of a list, or of blocks that differ, has several; null is left out. */
export type RunFields = Readonly<Record<string, readonly FieldValue[]>>;

/** A list of numbers for every head of every layer would help nobody in a table. */
const mostValues = 64;

export function runFields(architecture: Architecture, configuration: RunConfiguration): RunFields {
  const found = new Map<string, Set<FieldValue>>();
  const add = (field: string, value: FieldValue) => {
    const values = found.get(field) ?? new Set();
    if (values.size < mostValues) values.add(value);
    found.set(field, values);
  };
  const walk = (node: unknown, path: string): void => {
    if (node === null || node === undefined) return;
    if (Array.isArray(node)) for (const item of node) walk(item, path);
    else if (typeof node === 'object') {
      for (const [key, child] of Object.entries(node)) walk(child, path === '' ? key : `${path}.${key}`);
    } else add(path, node as FieldValue);
  };
  const { format: _format, version: _version, name, notes: _notes, blocks, ...rest } = architecture;
  const { data, ...training } = configuration;
  walk({ ...rest, architecture: { name, context: architecture.context } }, '');
  for (const block of blocks) walk(block, '');
  add(
    'layers',
    blocks.reduce((sum, block) => sum + block.repeat, 0),
  );
  // The context that the run trains with; the document's stays under `architecture.context`.
  if (training.context !== null) found.delete('context');
  walk(training, '');
  for (const source of data) {
    add('data', source.name);
    add('data.weight', source.weight);
  }
  return Object.fromEntries([...found].map(([field, values]) => [field, [...values]]));
}

export interface RunDocuments {
  readonly architecture: Architecture;
  readonly configuration: RunConfiguration;
}

/** Fields that say what a run is made of, and that no single value can change. */
const derived: readonly string[] = ['layers', 'data', 'data.weight', 'architecture.name', 'norm.kind'];

/** Fields that `withField` can change in these documents, by name. */
export function changeableFields({ architecture, configuration }: RunDocuments): string[] {
  const names = new Set(Object.keys(runFields(architecture, configuration)));
  // Fields whose value is null now: they can be given one.
  for (const [name, value] of Object.entries(configuration)) if (value === null) names.add(name);
  const single = (name: string) => {
    const path = name.replace(/^architecture\./, '');
    const holders = [configuration, architecture, ...architecture.blocks];
    return holders.some((holder) => hasPath(holder, path));
  };
  return [...names].filter((name) => !derived.includes(name) && single(name)).sort();
}

/**
 * The documents with one field set. A field of a block is set in every block that has it; `blocks.2.ffn.tau` in that one.
 * Kinds are changed as the editor changes them, with the defaults of the new kind. Throws `input.invalid`, naming field
 * and value; rules that cross fields are the caller's to check.
 */
export function withField(documents: RunDocuments, field: string, value: FieldValue): RunDocuments {
  const { architecture, configuration } = documents;
  try {
    if (hasPath(configuration, field) && !field.startsWith('data')) {
      return { architecture, configuration: withSetting(configuration, field, value) };
    }
    return { architecture: withDocumentField(architecture, field, value), configuration };
  } catch (error) {
    if (!(error instanceof FinegrainError)) throw error;
    const named = error.message.startsWith(field) ? error.message : `${field}: ${error.message}`;
    throw new FinegrainError('input.invalid', named, error.hint, [{ path: field, message: error.message }]);
  }
}

function withSetting(configuration: RunConfiguration, field: string, value: FieldValue): RunConfiguration {
  const changed = replaceAt(configuration, field.split('.'), value) as RunConfiguration;
  const parsed = runConfigurationSchema.safeParse(changed);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues.find(({ path }) => path.join('.') === field);
  // Another setting may be wrong, or not chosen yet; that is not this field's to say.
  if (issue === undefined) return changed;
  throw new FinegrainError(
    'input.invalid',
    `${field} cannot be ${JSON.stringify(value)}: ${lowerFirst(issue.message.replace(/^Invalid (input|option): /, ''))}.`,
    'Give a value that the field takes.',
  );
}

const lowerFirst = (text: string): string => text.charAt(0).toLowerCase() + text.slice(1);

function withDocumentField(architecture: Architecture, field: string, value: FieldValue): Architecture {
  const path = field.startsWith('architecture.') ? field.slice('architecture.'.length) : field;
  switch (path) {
    case 'ffn.kind':
      return setEveryFfnKind(architecture, kindOf(path, ffnKinds, value) as FfnKind);
    case 'attention.position.kind':
      return setEveryPositionKind(architecture, kindOf(path, positionKinds, value) as PositionKind);
    case 'sharing.kind':
      return setSharingKind(architecture, kindOf(path, sharingKinds, value) as SharingKind);
    case 'width':
      return setWidth(architecture, value as number);
  }
  if (/^(ffn|attention|repeat)\b/.test(path)) {
    const blocks = architecture.blocks.flatMap((block, index) => (hasPath(block, path) ? [index] : []));
    if (blocks.length > 0) {
      return blocks.reduce(
        (document, block) => setField(document, `blocks.${block}.${path}`, value),
        architecture,
      );
    }
  } else if (hasPath(architecture, path) && !derived.includes(field)) {
    return setField(architecture, path, value);
  }
  throw new FinegrainError(
    'input.invalid',
    `${field} is no field that a run of this document can try (value ${JSON.stringify(value)}).`,
    'Fields are written as in the run table: learningRate, seed, width, ffn.kind, blocks.0.ffn.width.',
  );
}

function kindOf(field: string, kinds: readonly string[], value: FieldValue): string {
  if (kinds.includes(String(value))) return String(value);
  throw new FinegrainError(
    'input.invalid',
    `${field} cannot be ${JSON.stringify(value)}.`,
    `It can be ${kinds.join(', ')}.`,
  );
}

function hasPath(node: unknown, path: string): boolean {
  let at = node;
  for (const key of path.split('.')) {
    if (typeof at !== 'object' || at === null || !Object.hasOwn(at, key)) return false;
    at = (at as Record<string, unknown>)[key];
  }
  // A branch is no field; only what stands at its ends.
  return typeof at !== 'object' || at === null;
}

function replaceAt(node: unknown, [key, ...rest]: readonly string[], value: FieldValue): unknown {
  if (key === undefined) return value;
  const record = node as Record<string, unknown>;
  return { ...record, [key]: replaceAt(record[key], rest, value) };
}
