/** Cells of the run table. Plain elements: dozens of rows are drawn at once, and redrawn as runs train. */
import CallSplitOutlined from '@mui/icons-material/CallSplitOutlined';
import { memo } from 'react';
import { formatInteger, formatNumber, formatShare } from '../../../../shared/format.ts';
import type { RunSummary } from '../../../../shared/rpc/contract.ts';
import type { RunFields } from '../../../../shared/run/fields.ts';
import { compareValues, formatField, valuesOf } from '../../../../shared/run/records.ts';
import { methodLabel } from '../../../components/MethodBadge.tsx';
import { StateMark } from '../../../components/StateMark.tsx';
import type { Column } from '../../../state/runTable.ts';
import { Tags } from './TagEditor.tsx';

interface CellsProps {
  readonly run: RunSummary;
  readonly fields: RunFields;
  readonly columns: readonly Column[];
  readonly depth: 0 | 1;
}

export const RunCells = memo(function RunCells({ run, fields, columns, depth }: CellsProps) {
  return (
    <>
      {columns.map((column, index) => (
        <Cell
          key={column.field}
          run={run}
          fields={fields}
          column={column}
          depth={depth}
          index={index}
          columns={columns}
        />
      ))}
    </>
  );
});

function Cell({
  run,
  fields,
  column,
  depth,
  index,
  columns,
}: CellsProps & { column: Column; index: number }) {
  const { field } = column;
  const place = cellPlace(columns, index);
  if (field === 'name') {
    return (
      <td {...place}>
        <NameCell run={run} depth={depth} />
      </td>
    );
  }
  if (field === 'state') {
    return (
      <td {...place}>
        <StateMark state={run.state} />
      </td>
    );
  }
  if (field === 'progress') {
    return (
      <td {...place}>
        <Progress step={run.step} steps={run.steps} />
      </td>
    );
  }
  if (field === 'tag') {
    return (
      <td {...place}>
        <Tags run={run} />
      </td>
    );
  }
  const record = { run, fields };
  const values = valuesOf(record, field);
  const numeric = values.some((value) => typeof value === 'number');
  const exact = values.length === 0 ? 'Not known' : [...values].sort(compareValues).join(', ');
  return (
    <td
      {...place}
      className={`${place.className}${numeric || values.length === 0 ? ' right number' : ''}`}
      title={exact}
    >
      {formatField(record, field)}
    </td>
  );
}

function NameCell({ run, depth }: { run: RunSummary; depth: 0 | 1 }) {
  const methods = run.methods.map(methodLabel).join(', ');
  const prefix = run.sweep === null ? '' : `${run.sweep.name}: `;
  // Under its sweep, what matters of a name is what it tries.
  const name = depth === 1 && run.name.startsWith(prefix) ? run.name.slice(prefix.length) : run.name;
  return (
    <span className={depth === 1 ? 'run-name run-nested' : 'run-name'} data-kind={run.methods[0]}>
      <i role="img" aria-label={methods} title={methods} />
      <span className="run-name-text" title={run.name}>
        {name}
      </span>
      {run.parent !== null && (
        <span
          className="run-forked"
          title={`Forked from ${run.parent.run} at step ${formatInteger(run.parent.step)}`}
        >
          <CallSplitOutlined />
        </span>
      )}
      <span className="run-id number">{run.run}</span>
    </span>
  );
}

export function Progress({ step, steps }: { step: number; steps: number }) {
  const share = steps === 0 ? 0 : step / steps;
  return (
    <span className="progress-cell" title={`${formatInteger(step)} of ${formatInteger(steps)} steps`}>
      <span className="progress-bar">
        <i style={{ width: `${share * 100}%` }} />
      </span>
      <span className="number">{formatShare(share)}</span>
    </span>
  );
}

/** Width of the column of check boxes, px. */
export const checkWidth = 30;

/** Where a cell stands: pinned columns stay at the left, one beside the other. */
export function cellPlace(
  columns: readonly Column[],
  index: number,
): { className: string; style?: { left: number } } {
  const column = columns[index]!;
  if (!column.pinned) return { className: 'cell' };
  const before = columns
    .slice(0, index)
    .reduce((sum, other) => sum + (other.pinned ? other.width : 0), checkWidth);
  return { className: 'cell pinned', style: { left: before } };
}

/** Name first, then what is pinned, then the rest: a pinned column has nothing that scrolls at its left. */
export function orderedColumns(columns: readonly Column[]): Column[] {
  const rank = (column: Column) => (column.field === 'name' ? 0 : column.pinned ? 1 : 2);
  return [...columns].sort((a, b) => rank(a) - rank(b));
}

/** The value of the best run of a heading, for its cell of a loss. */
export function bestText(best: RunSummary | null, field: string): string {
  if (best === null) return '';
  if (field === 'loss') return formatNumber(best.loss);
  return field === 'validationLoss' ? formatNumber(best.validationLoss) : '';
}
