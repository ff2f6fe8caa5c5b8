/** The runs of the table: what is known of each, which match the query, and what the query means. */
import { useDeferredValue, useMemo, useRef } from 'react';
import { FieldCatalogue, type RunRecord } from '../../../../shared/run/records.ts';
import {
  everything,
  matches,
  parseQuery,
  type Query,
  type QueryProblem,
  unknownField,
} from '../../../logic/runQuery.ts';
import { useRunTable } from '../../../state/runTable.ts';
import { useView } from '../../../state/view.ts';
import { useWorkspace } from '../../../state/workspace.ts';

const noRecords: readonly RunRecord[] = [];
const noFields = {};

export function useRunRecords(): { records: readonly RunRecord[]; catalogue: FieldCatalogue } {
  const runs = useWorkspace((workspace) => workspace.runs.value);
  const fields = useWorkspace((workspace) => workspace.fields.value);
  const records = useMemo(
    () => runs?.map((run) => ({ run, fields: fields?.[run.run] ?? noFields })) ?? noRecords,
    [runs, fields],
  );
  const catalogue = useMemo(() => new FieldCatalogue(records), [records]);
  return { records, catalogue };
}

export interface Found {
  readonly records: readonly RunRecord[];
  /** What is wrong with the query; the runs are then those of the last one that could be read. */
  readonly problem: QueryProblem | null;
}

export function useFoundRuns(records: readonly RunRecord[], catalogue: FieldCatalogue): Found {
  const text = useDeferredValue(useRunTable((table) => table.query));
  const archived = useView((view) => view.showArchived);
  const known = useWorkspace((workspace) => workspace.fields.value !== undefined);
  const readable = useRef<Query>(everything);
  return useMemo(() => {
    const parsed = parseQuery(text);
    let problem: QueryProblem | null = null;
    if ('problem' in parsed) problem = parsed.problem;
    // Before the fields have come, a field that no run has yet is no mistake.
    else if (known && records.length > 0) problem = unknownField(parsed.query, catalogue);
    const unfinished = isUnfinished(text, catalogue);
    if (problem === null && !unfinished && 'query' in parsed) readable.current = parsed.query;
    const query = readable.current;
    return {
      records: records.filter(
        (record) => (archived || !record.run.archived) && matches(query, record, catalogue),
      ),
      problem,
    };
  }, [text, archived, known, records, catalogue]);
}

/** A field that is being typed after "and" is no word to look for yet. */
function isUnfinished(text: string, catalogue: FieldCatalogue): boolean {
  const typed = /(?:^|[\s(])(?:and|or|not)\s+([^\s()=!<>~,"]+)$/i.exec(text)?.[1]?.toLowerCase();
  return typed !== undefined && catalogue.names.some((name) => name.toLowerCase().startsWith(typed));
}
