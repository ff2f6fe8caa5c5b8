/** Tables of text for people: aligned columns, numbers to the right. */

export interface Column<Row> {
  readonly title: string;
  readonly text: (row: Row) => string;
  readonly align?: 'left' | 'right';
}

/** Rows under their titles, two spaces apart. `empty` stands where there are none. */
export function table<Row>(rows: readonly Row[], columns: readonly Column<Row>[], empty: string): string {
  if (rows.length === 0) return empty;
  const cells = rows.map((row) => columns.map((column) => column.text(row)));
  const widths = columns.map((column, at) =>
    Math.max(width(column.title), ...cells.map((line) => width(line[at]!))),
  );
  const draw = (line: readonly string[]): string =>
    line
      .map((text, at) => {
        const gap = ' '.repeat(widths[at]! - width(text));
        return columns[at]!.align === 'right' ? gap + text : text + gap;
      })
      .join('  ')
      .trimEnd();
  return [draw(columns.map((column) => column.title)), ...cells.map(draw)].join('\n');
}

/** Names beside values, one pair a line. */
export function pairs(entries: readonly (readonly [name: string, value: string])[]): string {
  const longest = Math.max(...entries.map(([name]) => width(name)));
  return entries.map(([name, value]) => `${name.padEnd(longest)}  ${value}`).join('\n');
}

/** Characters as a terminal shows them, near enough: combining marks take no room. */
function width(text: string): number {
  return [...text.normalize('NFC').replace(/\p{M}/gu, '')].length;
}
