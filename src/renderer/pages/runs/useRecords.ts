/** The compared runs with all their fields, and the fields among them that have more than one value. */
import { useMemo } from 'react';
import type { RunSummary } from '../../../shared/rpc/contract.ts';
import type { Value } from '../../logic/parallel.ts';
import { FieldCatalogue, fieldLabel, type RunRecord, valuesOf } from '../../logic/runFields.ts';
import { useWorkspace } from '../../state/workspace.ts';

/** Names no axis is made of: text, or another word for the run itself. */
const unsuited = [
  'run',
  'name',
  'notes',
  'secondsLeft',
  'archived',
  'parent',
  'created',
  'architecture.name',
];

export interface Records {
  readonly records: readonly RunRecord[];
  /** Fields that differ among the runs: settings first, in order of name, then results. */
  readonly settings: readonly string[];
  readonly results: readonly string[];
  readonly valueOf: (record: RunRecord, field: string) => Value;
}

const resultNames = [
  'validationLoss',
  'loss',
  'tokensPerSecond',
  'parameters',
  'activeParameters',
  'seconds',
  'step',
  'state',
  'device',
];

export function useRecords(runs: readonly RunSummary[]): Records | null {
  const fields = useWorkspace((workspace) => workspace.fields.value);
  return useMemo(() => {
    if (fields === undefined) return null;
    const records = runs.map((run) => ({ run, fields: fields[run.run] ?? {} }));
    const differing = new FieldCatalogue(records).names.filter(
      (name) =>
        !unsuited.includes(name) &&
        new Set(records.map((record) => String(valueOfField(record, name)))).size > 1,
    );
    return {
      records,
      settings: differing.filter((name) => !resultNames.includes(name)),
      results: resultNames.filter((name) => differing.includes(name)),
      valueOf: valueOfField,
    };
  }, [runs, fields]);
}

/** A field with several values, as of blocks that differ, is the list of them. */
function valueOfField(record: RunRecord, field: string): Value {
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
