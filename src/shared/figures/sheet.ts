/**
 * Several figures on one sheet: a grid of cells, each a figure of its own, with one look, one legend for what they share
 * and letters (a), (b). Cells of a row end at the same height, so that their axes line up.
 */
import { FinegrainError } from '../errors.ts';
import { aroundLegend, layOutIn, letterOf } from './layout.ts';
import { type Area, type Layout, metrics, type Placed, type PlacedPanel } from './placed.ts';
import type { Figure, LegendEntry, LegendPlace, Look } from './spec.ts';
import { validateFigure } from './spec.ts';
import { toPoints } from './units.ts';

export interface SheetCell {
  readonly figure: Figure;
  /** How many columns it is wide. */
  readonly span: number;
}

export interface Sheet extends Look {
  readonly description: string;
  readonly widthMm: number;
  readonly columns: number;
  /** (a), (b), ... over the cells. */
  readonly letters: boolean;
  readonly legend: readonly LegendEntry[];
  readonly legendPlace: LegendPlace;
  readonly cells: readonly SheetCell[];
}

export function isSheet(figure: Figure | Sheet): figure is Sheet {
  return 'cells' in figure;
}

export function validateSheet(sheet: Sheet): void {
  if (sheet.cells.length === 0) {
    throw new FinegrainError('input.invalid', 'Figure: panels: a figure needs at least one panel.');
  }
  for (const { figure } of sheet.cells) validateFigure({ ...figure, widthMm: sheet.widthMm });
}

export function layOutSheet(sheet: Sheet): Layout {
  const width = toPoints(sheet.widthMm);
  const area = { x: metrics.margin, y: metrics.margin, width: width - 2 * metrics.margin };
  const inside: Placed['legend'][number][] = [];
  const { panels, legend, bottom } = aroundLegend(sheet, area, (inner) => {
    const cells = placeCells(sheet, inner);
    inside.push(...cells.flatMap((cell) => cell.legend));
    return {
      content: cells.flatMap((cell): readonly PlacedPanel[] => cell.panels),
      bottom: Math.max(...cells.map((cell) => cell.bottom)),
    };
  });
  return { width, height: bottom + metrics.margin, panels, legend: [...inside, ...legend] };
}

function placeCells(sheet: Sheet, area: Area): Placed[] {
  const gap = metrics.panelGap * sheet.fontSize;
  const columnWidth = (area.width - (sheet.columns - 1) * gap) / sheet.columns;
  const cells: Placed[] = [];
  let top = area.y;
  for (const row of cellRows(sheet.cells, sheet.columns)) {
    const places = row.map(({ cell, index, column, span }) => ({
      figure: cell.figure,
      letters: cell.figure.panels.map((_, panel) => (sheet.letters && panel === 0 ? letterOf(index) : '')),
      area: {
        x: area.x + column * (columnWidth + gap),
        y: top,
        width: span * columnWidth + (span - 1) * gap,
      },
    }));
    const natural = places.map(({ figure, area: own, letters }) => layOutIn(figure, own, 0, letters).bottom);
    const lowest = Math.max(...natural);
    cells.push(
      ...places.map(({ figure, area: own, letters }, at) => {
        const rows = Math.ceil(figure.panels.length / Math.min(figure.columns, figure.panels.length));
        return layOutIn(figure, own, (lowest - natural[at]!) / rows, letters);
      }),
    );
    top = lowest + metrics.rowGap * sheet.fontSize;
  }
  return cells;
}

interface PlacedCell<Cell> {
  readonly cell: Cell;
  readonly index: number;
  readonly column: number;
  readonly span: number;
}

/** Cells from left to right in rows; one that does not fit any more begins the next row. */
export function cellRows<Cell extends { readonly span: number }>(
  cells: readonly Cell[],
  columns: number,
): PlacedCell<Cell>[][] {
  const rows: PlacedCell<Cell>[][] = [];
  let column = columns;
  cells.forEach((cell, index) => {
    const span = Math.min(cell.span, columns);
    if (column + span > columns) {
      rows.push([]);
      column = 0;
    }
    rows.at(-1)!.push({ cell, index, column, span });
    column += span;
  });
  return rows;
}

/** Legends of several figures as one: an entry once, a line rather than the bar of the same series. */
export function sharedLegend(legends: readonly (readonly LegendEntry[])[]): LegendEntry[] {
  const rank = { line: 0, lineMarker: 1, reference: 2, faintLine: 3, marker: 4, bar: 5 } as const;
  const entries: LegendEntry[] = [];
  for (const entry of legends.flat()) {
    const at = entries.findIndex((other) => other.label === entry.label && other.series === entry.series);
    if (at === -1) entries.push(entry);
    else if (rank[entry.symbol] < rank[entries[at]!.symbol]) entries[at] = entry;
  }
  // Runs first, in their order; then what stands for all of them.
  const order = ({ series }: LegendEntry): number =>
    series === 'neutral' ? Number.POSITIVE_INFINITY : series;
  return entries
    .map((entry, index) => ({ entry, index }))
    .sort((a, b) => order(a.entry) - order(b.entry) || a.index - b.index)
    .map(({ entry }) => entry);
}
