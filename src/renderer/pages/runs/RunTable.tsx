/** All runs: filter, sort, select one or several (Ctrl, Shift, arrows). The selection drives what stands beside it. */
import FilterListOutlined from '@mui/icons-material/FilterListOutlined';
import OutlinedInput from '@mui/material/OutlinedInput';
import Skeleton from '@mui/material/Skeleton';
import Tooltip from '@mui/material/Tooltip';
import { type KeyboardEvent, type MouseEvent, memo, useDeferredValue, useMemo, useState } from 'react';
import { formatDuration, formatInteger, formatNumber, formatShare } from '../../../shared/format.ts';
import type { RunSummary } from '../../../shared/rpc/contract.ts';
import { ActionButton } from '../../actions/ActionButton.tsx';
import { Empty } from '../../components/Empty.tsx';
import { Failure } from '../../components/Failure.tsx';
import { methodLabel } from '../../components/MethodBadge.tsx';
import { StateMark } from '../../components/StateMark.tsx';
import {
  filterRuns,
  newestFirst,
  nextSort,
  rangeOf,
  type Sort,
  type SortKey,
  sortRuns,
} from '../../logic/runTable.ts';
import { isBeingDeleted } from '../../state/runCommands.ts';
import { isLive } from '../../state/runData.ts';
import { setView, useView } from '../../state/view.ts';
import { loadRuns, useWorkspace } from '../../state/workspace.ts';

const columns: readonly { key: SortKey; label: string; className: string }[] = [
  { key: 'name', label: 'Run', className: 'col-name' },
  { key: 'state', label: 'State', className: 'col-state' },
  { key: 'progress', label: 'Progress', className: 'col-progress' },
  { key: 'loss', label: 'Loss', className: 'col-loss right' },
  { key: 'validationLoss', label: 'Validation', className: 'col-validation right' },
  { key: 'secondsLeft', label: 'Left', className: 'col-left right' },
];

const noRuns: readonly RunSummary[] = [];

export function RunTable() {
  const runs = useWorkspace((workspace) => workspace.runs);
  const selected = useView((view) => view.selectedRuns);
  const archived = useView((view) => view.showArchived);
  const [query, setQuery] = useState('');
  const [sort, setSort] = useState<Sort>(newestFirst);
  const deferredQuery = useDeferredValue(query);
  const all = runs.value ?? noRuns;
  const shown = useMemo(
    () =>
      sortRuns(
        filterRuns(
          all.filter((run) => !isBeingDeleted(run.run)),
          deferredQuery,
          archived,
        ),
        sort,
      ),
    [all, deferredQuery, archived, sort],
  );
  const hidden = all.filter((run) => run.archived).length;

  const pick = (run: string, event: MouseEvent | KeyboardEvent) => {
    const anchor = selected.at(-1);
    if (event.shiftKey && anchor !== undefined) setView({ selectedRuns: rangeOf(shown, anchor, run) });
    else if (event.ctrlKey || event.metaKey) {
      setView({
        selectedRuns: selected.includes(run) ? selected.filter((other) => other !== run) : [...selected, run],
      });
    } else setView({ selectedRuns: [run] });
  };
  const onKeyDown = (event: KeyboardEvent<HTMLTableRowElement>, index: number) => {
    const row = event.currentTarget;
    if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
      const next = (
        event.key === 'ArrowDown' ? row.nextElementSibling : row.previousElementSibling
      ) as HTMLElement | null;
      const run = shown[index + (event.key === 'ArrowDown' ? 1 : -1)];
      if (next === null || run === undefined) return;
      event.preventDefault();
      next.focus();
      pick(run.run, event);
    } else if (event.key === ' ' || event.key === 'Enter') {
      event.preventDefault();
      const run = shown[index];
      if (run !== undefined) pick(run.run, event);
    }
  };

  if (runs.status === 'error' && runs.value === undefined) {
    return <Failure error={runs.error} what="The runs could not be listed." retry={() => void loadRuns()} />;
  }
  if (runs.value === undefined) return <TableSkeleton />;
  if (all.length === 0) {
    return (
      <Empty text="No run yet. Choose a text in the Train panel, and the first one is two minutes away.">
        <ActionButton name="train.start" label="Go to Train" variant="contained" />
      </Empty>
    );
  }
  return (
    <>
      <div className="run-filter">
        <OutlinedInput
          fullWidth
          size="small"
          placeholder="Filter by name, state, method, device"
          value={query}
          onChange={(event) => setQuery(event.target.value)}
          startAdornment={<FilterListOutlined fontSize="small" color="action" />}
          inputProps={{ 'aria-label': 'Filter runs', 'aria-keyshortcuts': 'Control+F' }}
        />
        {hidden > 0 && (
          <Tooltip title={archived ? 'Hide archived runs' : 'Show archived runs'}>
            <button
              type="button"
              className="text-button"
              aria-pressed={archived}
              onClick={() => setView({ showArchived: !archived })}
            >
              {hidden} archived
            </button>
          </Tooltip>
        )}
      </div>
      <div className="run-scroll">
        {/* biome-ignore lint/a11y/noNoninteractiveElementToInteractiveRole: rows are selected, which makes the table a grid */}
        <table className="table run-table" aria-label="Runs" aria-multiselectable="true" role="grid">
          <thead>
            <tr>
              {columns.map((column) => (
                <th
                  key={column.key}
                  scope="col"
                  className={column.className}
                  aria-sort={
                    sort.key === column.key ? (sort.descending ? 'descending' : 'ascending') : 'none'
                  }
                >
                  <button
                    type="button"
                    className="sort-button"
                    onClick={() => setSort(nextSort(sort, column.key))}
                  >
                    {column.label}
                    {sort.key === column.key && (
                      <span aria-hidden="true">{sort.descending ? ' ↓' : ' ↑'}</span>
                    )}
                  </button>
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {shown.map((run, index) => (
              <tr
                key={run.run}
                data-run={run.run}
                data-state={run.state}
                aria-selected={selected.includes(run.run)}
                tabIndex={selected.includes(run.run) || (selected.length === 0 && index === 0) ? 0 : -1}
                onClick={(event) => pick(run.run, event)}
                onKeyDown={(event) => onKeyDown(event, index)}
              >
                <RunCells run={run} />
              </tr>
            ))}
          </tbody>
        </table>
        {shown.length === 0 && (
          <Empty text={`No run matches “${query}”.`}>
            <button type="button" className="text-button" onClick={() => setQuery('')}>
              Clear the filter
            </button>
          </Empty>
        )}
      </div>
    </>
  );
}

/** Plain elements, no components: hundreds of rows are drawn at once. */
const RunCells = memo(function RunCells({ run }: { run: RunSummary }) {
  const share = run.steps === 0 ? 0 : run.step / run.steps;
  const methods = run.methods.map(methodLabel).join(', ');
  return (
    <>
      <td className="col-name">
        <span className="run-name" data-kind={run.methods[0]}>
          <i role="img" aria-label={methods} title={methods} />
          <span className="run-name-text">{run.name}</span>
          <span className="run-id number">{run.run}</span>
        </span>
      </td>
      <td className="col-state">
        <StateMark state={run.state} />
      </td>
      <td className="col-progress">
        <span
          className="progress-cell"
          title={`${formatInteger(run.step)} of ${formatInteger(run.steps)} steps`}
        >
          <span className="progress-bar">
            <i style={{ width: `${share * 100}%` }} />
          </span>
          <span className="number">{formatShare(share)}</span>
        </span>
      </td>
      <td className="col-loss right number" title={run.loss === null ? 'No step yet' : String(run.loss)}>
        {formatNumber(run.loss)}
      </td>
      <td
        className="col-validation right number"
        title={run.validationLoss === null ? 'Not evaluated yet' : String(run.validationLoss)}
      >
        {formatNumber(run.validationLoss)}
      </td>
      <td className="col-left right number">{isLive(run) ? formatDuration(run.secondsLeft) : ''}</td>
    </>
  );
});

function TableSkeleton() {
  return (
    <div className="run-skeleton" role="status" aria-label="Loading the runs">
      {[1, 2, 3, 4, 5, 6].map((row) => (
        <Skeleton key={row} variant="rounded" height={26} />
      ))}
    </div>
  );
}
