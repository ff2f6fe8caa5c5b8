/** The compared runs with all their fields, and the fields among them that have more than one value. */
import { useMemo } from 'react';
import type { RunSummary } from '../../../shared/rpc/contract.ts';
import type { Value } from '../../../shared/run/parallel.ts';
import { FieldCatalogue, fieldValue, type RunRecord } from '../../../shared/run/records.ts';
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
        new Set(records.map((record) => String(fieldValue(record, name)))).size > 1,
    );
    return {
      records,
      settings: differing.filter((name) => !resultNames.includes(name)),
      results: resultNames.filter((name) => differing.includes(name)),
      valueOf: fieldValue,
    };
  }, [runs, fields]);
}
