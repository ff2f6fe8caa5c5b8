/** Headers of the run table: press to sort, drag the edge for the width. */
import { formatInteger } from '../../../../shared/format.ts';
import { fieldLabel } from '../../../../shared/run/records.ts';
import { useResize } from '../../../components/useResize.ts';
import { nextSort, type Row, runsOf } from '../../../logic/runTable.ts';
import {
  type Column,
  leastWidth,
  mostWidth,
  setColumnWidth,
  setRunTable,
  useRunTable,
} from '../../../state/runTable.ts';
import { setView, useView } from '../../../state/view.ts';
import { cellPlace } from './cells.tsx';

export function HeaderRow({ columns, rows }: { columns: readonly Column[]; rows: readonly Row[] }) {
  const selected = useView((view) => view.selectedRuns);
  const ids = runsOf(rows);
  const all = ids.length > 0 && ids.every((run) => selected.includes(run));
  return (
    <thead>
      <tr aria-rowindex={1}>
        <th scope="col" className="pinned check-cell" style={{ left: 0 }}>
          <input
            type="checkbox"
            aria-label={all ? 'Select none' : `Select all ${formatInteger(ids.length)} runs shown`}
            checked={all}
            ref={(box) => {
              if (box !== null) box.indeterminate = !all && selected.length > 0;
            }}
            onChange={() => setView({ selectedRuns: all ? [] : ids })}
          />
        </th>
        {columns.map((column, index) => (
          <Header key={column.field} column={column} place={cellPlace(columns, index)} />
        ))}
      </tr>
    </thead>
  );
}

const numeric = ['loss', 'validationLoss'];

function Header({ column, place }: { column: Column; place: ReturnType<typeof cellPlace> }) {
  const sort = useRunTable((table) => table.sort);
  const { field, width } = column;
  const label = fieldLabel(field);
  const sorted = sort.field === field;
  const edge = useResize({
    label: `Width of the column ${label}`,
    width,
    least: leastWidth,
    most: mostWidth,
    set: (wanted) => setColumnWidth(field, wanted),
  });
  return (
    <th
      scope="col"
      className={`${place.className}${numeric.includes(field) ? ' right' : ''}`}
      style={place.style}
      aria-sort={sorted ? (sort.descending ? 'descending' : 'ascending') : 'none'}
    >
      <button
        type="button"
        className="sort-button"
        title={label === field ? field : `${label} (${field})`}
        onClick={() => setRunTable({ sort: nextSort(sort, field) })}
      >
        {label}
        {sorted && <span aria-hidden="true">{sort.descending ? ' ↓' : ' ↑'}</span>}
      </button>
      <span className="column-edge" {...edge} />
    </th>
  );
}
