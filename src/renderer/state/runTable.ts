/** How the run table is set up: query, order, columns, headings. Comes back after a restart. */
import { create } from 'zustand';
import { persist } from 'zustand/middleware';
import { newestFirst, type Sort } from '../logic/runTable.ts';

export interface Column {
  readonly field: string;
  readonly width: number; // px
  /** Stays at the left while the others scroll. */
  readonly pinned: boolean;
}

interface RunTableState {
  readonly query: string;
  readonly saved: readonly string[];
  readonly sort: Sort;
  readonly groupBy: string | null;
  readonly columns: readonly Column[];
  /** Headings opened or folded by hand; see `Arrangement`. */
  readonly toggled: readonly string[];
}

export const firstColumns: readonly Column[] = [
  { field: 'name', width: 184, pinned: true },
  { field: 'state', width: 98, pinned: false },
  { field: 'progress', width: 92, pinned: false },
  { field: 'loss', width: 64, pinned: false },
  { field: 'validationLoss', width: 82, pinned: false },
  { field: 'tag', width: 112, pinned: false },
];

export const useRunTable = create<RunTableState>()(
  persist(
    (): RunTableState => ({
      query: '',
      saved: [],
      sort: newestFirst,
      groupBy: null,
      columns: firstColumns,
      toggled: [],
    }),
    { name: 'finegrain.runTable', version: 1 },
  ),
);

export function setRunTable(change: Partial<RunTableState>): void {
  useRunTable.setState(change);
}

export const leastWidth = 44;
export const mostWidth = 640;

export function setColumnWidth(field: string, width: number): void {
  changeColumn(field, { width: Math.round(Math.max(leastWidth, Math.min(mostWidth, width))) });
}

export function pinColumn(field: string, pinned: boolean): void {
  changeColumn(field, { pinned });
}

/** Adds a column at the end, or takes it away; the name stays. */
export function toggleColumn(field: string): void {
  const { columns } = useRunTable.getState();
  if (field === 'name') return;
  const has = columns.some((column) => column.field === field);
  setRunTable({
    columns: has
      ? columns.filter((column) => column.field !== field)
      : [...columns, { field, width: 110, pinned: false }],
  });
}

/** Moves a column one place to the left (-1) or right (1). */
export function moveColumn(field: string, direction: -1 | 1): void {
  const columns = [...useRunTable.getState().columns];
  const from = columns.findIndex((column) => column.field === field);
  const to = from + direction;
  if (from < 0 || to < 0 || to >= columns.length) return;
  [columns[from], columns[to]] = [columns[to]!, columns[from]!];
  setRunTable({ columns });
}

export function toggleHeading(key: string): void {
  const { toggled } = useRunTable.getState();
  setRunTable({
    toggled: toggled.includes(key) ? toggled.filter((other) => other !== key) : [...toggled, key].slice(-200),
  });
}

/** Shows the runs of a sweep. */
export function openHeading(key: string): void {
  if (!useRunTable.getState().toggled.includes(key)) toggleHeading(key);
}

/** Keeps a query as a chip, or forgets it. */
export function toggleSaved(text: string): void {
  const { saved } = useRunTable.getState();
  setRunTable({
    saved: saved.includes(text) ? saved.filter((other) => other !== text) : [...saved, text],
  });
}

function changeColumn(field: string, change: Partial<Column>): void {
  setRunTable({
    columns: useRunTable
      .getState()
      .columns.map((column) => (column.field === field ? { ...column, ...change } : column)),
  });
}
