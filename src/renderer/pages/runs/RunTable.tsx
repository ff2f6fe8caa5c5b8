/** All runs: query, group, sort, select one or several (Ctrl, Shift, arrows). The selection drives what stands beside it. */
import Skeleton from '@mui/material/Skeleton';
import { useMemo } from 'react';
import { ActionButton } from '../../actions/ActionButton.tsx';
import { Empty } from '../../components/Empty.tsx';
import { Failure } from '../../components/Failure.tsx';
import { arrange } from '../../logic/runTable.ts';
import { setRunTable, useRunTable } from '../../state/runTable.ts';
import { useView } from '../../state/view.ts';
import { loadRuns, useWorkspace } from '../../state/workspace.ts';
import { orderedColumns } from './table/cells.tsx';
import { QueryBar } from './table/QueryBar.tsx';
import { RunGrid } from './table/RunGrid.tsx';
import { SelectionTools, TableTools } from './table/TableTools.tsx';
import { useFoundRuns, useRunRecords } from './table/useRunRecords.ts';
import './table/table.css';

export function RunTable() {
  const runs = useWorkspace((workspace) => workspace.runs);
  const { records, catalogue } = useRunRecords();
  const found = useFoundRuns(records, catalogue);
  const { query, sort, groupBy, toggled, columns } = useRunTable();
  const selected = useView((view) => view.selectedRuns);
  const rows = useMemo(
    () => arrange(found.records, { sort, groupBy, toggled: new Set(toggled) }),
    [found.records, sort, groupBy, toggled],
  );
  const shownColumns = useMemo(() => orderedColumns(columns), [columns]);

  if (runs.status === 'error' && runs.value === undefined) {
    return <Failure error={runs.error} what="The runs could not be listed." retry={() => void loadRuns()} />;
  }
  if (runs.value === undefined) return <TableSkeleton />;
  if (runs.value.length === 0) {
    return (
      <Empty text="No run yet. Choose a text in the Train panel, and the first one is two minutes away.">
        <ActionButton name="train.start" label="Go to Train" variant="contained" />
        <ActionButton name="runs.trash" label="Deleted runs" variant="text" />
      </Empty>
    );
  }
  const chosen = runs.value.filter((run) => selected.includes(run.run));
  return (
    <>
      <QueryBar catalogue={catalogue} problem={found.problem} />
      {chosen.length > 1 ? (
        <SelectionTools runs={chosen} />
      ) : (
        <TableTools catalogue={catalogue} shown={found.records.length} all={runs.value} />
      )}
      <RunGrid rows={rows} columns={shownColumns} />
      {rows.length === 0 && (
        <Empty
          text={
            found.problem !== null
              ? 'No run matches the last filter that could be read.'
              : query.trim() === ''
                ? 'All runs are archived.'
                : `No run matches “${query}”.`
          }
        >
          <button type="button" className="text-button" onClick={() => setRunTable({ query: '' })}>
            Clear the filter
          </button>
        </Empty>
      )}
    </>
  );
}

function TableSkeleton() {
  return (
    <div className="run-skeleton" role="status" aria-label="Loading the runs">
      {[1, 2, 3, 4, 5, 6].map((row) => (
        <Skeleton key={row} variant="rounded" height={26} />
      ))}
    </div>
  );
}
