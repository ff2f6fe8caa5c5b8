/** The numbers behind a figure, as a table and as CSV (RFC 4180: CRLF, quotes where needed; full precision; a header with units). */

export interface TableColumn {
  readonly name: string;
  /** Written in brackets after the name; empty for none. */
  readonly unit?: string;
}

/** null: not known, an empty field. */
export type Cell = string | number | null;

export interface Table {
  readonly columns: readonly TableColumn[];
  readonly rows: readonly (readonly Cell[])[];
}

export function toCsv(table: Table): string {
  const header = table.columns.map(({ name, unit }) =>
    unit === undefined || unit === '' ? name : `${name} (${unit})`,
  );
  const lines = [header, ...table.rows].map((row) => row.map(field).join(','));
  return `${lines.join('\r\n')}\r\n`;
}

/** Tables of several panels as one: a first column says which panel, a column of the same name and unit is shared. */
export function joinTables(tables: readonly { readonly panel: string; readonly table: Table }[]): Table {
  const key = ({ name, unit }: TableColumn): string => `${name}\n${unit ?? ''}`;
  const columns = new Map(
    tables.flatMap(({ table }) => table.columns.map((column) => [key(column), column] as const)),
  );
  const keys = [...columns.keys()];
  const rows = tables.flatMap(({ panel, table }) => {
    const places = keys.map((wanted) => table.columns.findIndex((column) => key(column) === wanted));
    return table.rows.map((row) => [panel, ...places.map((at) => (at === -1 ? null : row[at]!))]);
  });
  return { columns: [{ name: 'panel' }, ...columns.values()], rows };
}

function field(cell: Cell): string {
  if (cell === null) return '';
  // The shortest text that reads back as the same double.
  if (typeof cell === 'number') return Number.isFinite(cell) ? String(cell) : '';
  return /[",\r\n]/.test(cell) || cell !== cell.trim() ? `"${cell.replaceAll('"', '""')}"` : cell;
}
