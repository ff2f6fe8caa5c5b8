/** The numbers behind a chart as text that spreadsheets take: tab-separated, one row a line. */
export interface DataTable {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly (string | number | null)[])[];
}

export function tableText({ columns, rows }: DataTable): string {
  return `${[columns, ...rows].map((row) => row.map(cell).join('\t')).join('\n')}\n`;
}

/** A cell with a tab, a line break or a quote stands in quotes. */
function cell(value: string | number | null): string {
  const text = value === null ? '' : String(value);
  return /["\t\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
