/** The figures service: builds figures of runs, alone or several on a sheet, and encodes them in the format asked for. */
import { FinegrainError } from '../../../shared/errors.ts';
import {
  builderStyle,
  type FigureDocument,
  type FigureFormat,
  figureFormats,
  figureSources,
} from '../../../shared/figures/document.ts';
import { drawFigure } from '../../../shared/figures/drawing.ts';
import { letterOf } from '../../../shared/figures/layout.ts';
import { reseries, restyle } from '../../../shared/figures/restyle.ts';
import type { Drawing } from '../../../shared/figures/run.ts';
import { type Sheet, type SheetCell, sharedLegend } from '../../../shared/figures/sheet.ts';
import { type Figure, styled } from '../../../shared/figures/spec.ts';
import { renderSvg } from '../../../shared/figures/svg.ts';
import type { Table } from '../../../shared/figures/table.ts';
import { joinTables, toCsv } from '../../../shared/figures/table.ts';
import { renderTex } from '../../../shared/figures/tex.ts';
import type { CallContext, Output, ParsedInput } from '../../../shared/rpc/contract.ts';
import { buildPanel, drawsRunsAsSeries, type FigureData } from './build.ts';
import { renderPdf } from './pdf.ts';
import { renderPng } from './png.ts';

export type { FigureData } from './build.ts';
export type FigureInput = ParsedInput<'figures.make'>;

/** Draws a figure of runs. Throws `notFound` or `input.invalid` where a run cannot give what the kind needs. */
export async function makeFigure(
  input: FigureInput,
  data: FigureData,
  context?: CallContext,
): Promise<Output<'figures.make'>> {
  const { kind, runs, format, dpi, widthMm, fontSize, ...rest } = input;
  const { lineWidth, palette, map, legendPlace, grid, titles, letters, ...options } = rest;
  const style = { widthMm, fontSize, lineWidth, palette, grid, legendPlace };
  const drawing = await buildPanel({ kind, runs, options, style }, data, context);
  const figure = restyle(drawing.figure, { map, titles, letters });
  return encode(figure, drawing.table, `${kind}-${runs.join('-').slice(0, 80)}`, format, dpi);
}

/** Draws a saved figure, or one being made. What a panel cannot draw is an error that names the panel. */
export async function drawDocument(
  document: FigureDocument,
  format: FigureFormat,
  dpi: number,
  data: FigureData,
  context?: CallContext,
): Promise<Output<'figures.draw'>> {
  if (document.panels.length === 0) {
    throw new FinegrainError(
      'input.invalid',
      `The figure ${document.name} has no panel yet.`,
      'Add a panel, then export it.',
    );
  }
  const drawings: Drawing<Figure, Table>[] = [];
  for (const [index, panel] of document.panels.entries()) {
    context?.signal.throwIfAborted();
    drawings.push(await panelDrawing(document, index, data, context).catch(inPanel(index, panel.kind)));
  }
  const table = joinTables(
    drawings.map(({ table: rows }, index) => ({ panel: letterOf(index), table: rows })),
  );
  return encode(sheetOf(document, drawings), table, fileStem(document.name), format, dpi);
}

function panelDrawing(
  document: FigureDocument,
  index: number,
  data: FigureData,
  context: CallContext | undefined,
): Promise<Drawing<Figure, Table>> {
  const { kind, runs, options, span } = document.panels[index]!;
  const style = builderStyle(document.style);
  const share = Math.min(span, document.columns) / document.columns;
  // Builders choose columns and detail by the room there is.
  const widthMm = Math.max(20, style.widthMm * share);
  return buildPanel({ kind, runs, options, style: { ...style, widthMm } }, data, context);
}

function inPanel(index: number, kind: string): (error: unknown) => never {
  return (error) => {
    if (!(error instanceof FinegrainError) || error.code === 'cancelled') throw error;
    throw new FinegrainError(
      error.code,
      `Panel (${letterOf(index)}), ${kind}: ${error.message}`,
      error.hint ?? 'Change or remove that panel.',
      [{ path: `panels.${index}`, message: error.message }],
    );
  };
}

/** One look for all: a run has the same colour in every panel, and what panels share is in one legend. */
function sheetOf(document: FigureDocument, drawings: readonly Drawing<Figure, Table>[]): Sheet {
  const { style, columns, panels } = document;
  const sources = figureSources(document);
  const looks = styled(builderStyle(style));
  const shared: Figure['legend'][] = [];
  const cells = drawings.map(({ figure }, index): SheetCell => {
    const { runs, span } = panels[index]!;
    const plain = restyle(figure, { map: style.map, titles: style.titles, letters: false });
    if (!drawsRunsAsSeries(panels[index]!)) {
      const legendPlace = looks.legendPlace === 'none' ? 'none' : 'bottom';
      return { span, figure: { ...plain, legendPlace } };
    }
    const order = [...new Set(runs)].map((run) => sources.indexOf(run));
    const coloured = reseries(plain, order);
    shared.push(coloured.legend);
    return { span, figure: { ...coloured, legend: [] } };
  });
  return {
    ...looks,
    description: `${document.name}. ${drawings
      .map(({ figure }, index) => `(${letterOf(index)}) ${figure.description}`)
      .join(' ')}`,
    columns,
    letters: style.letters ?? cells.length > 1,
    legend: sharedLegend(shared),
    cells,
  };
}

async function encode(
  figure: Figure | Sheet,
  table: Table,
  stem: string,
  format: FigureFormat,
  dpi: number,
): Promise<Output<'figures.make'>> {
  const text = (mediaType: string, content: string) =>
    ({ fileName: `${stem}.${format}`, mediaType, encoding: 'utf8', content }) as const;
  const bytes = (mediaType: string, content: Buffer) =>
    ({
      fileName: `${stem}.${format}`,
      mediaType,
      encoding: 'base64',
      content: content.toString('base64'),
    }) as const;
  switch (format) {
    case 'svg':
      return text('image/svg+xml', renderSvg(figure));
    case 'csv':
      return text('text/csv', toCsv(table));
    case 'tex':
      return text('application/x-tex', renderTex(figure));
    case 'pdf':
      return bytes('application/pdf', await renderPdf(drawFigure(figure)));
    case 'png':
      return bytes('image/png', await renderPng(renderSvg(figure), figure.widthMm, dpi));
  }
}

/** A name as a file's: letters, digits, dots and dashes. */
function fileStem(name: string): string {
  const stem = name
    .replace(/[^\p{L}\p{N}.]+/gu, '-')
    .replace(/^[-.]+|[-.]+$/g, '')
    .slice(0, 80);
  return stem === '' ? 'figure' : stem;
}

/** Format of a file name by its extension. Throws `input.invalid` for one that is not built. */
export function figureFormatOf(fileName: string): FigureFormat {
  const extension = /\.([a-z0-9]+)$/i.exec(fileName)?.[1]?.toLowerCase();
  const format = figureFormats.find((candidate) => candidate === extension);
  if (format !== undefined) return format;
  throw new FinegrainError(
    'input.invalid',
    extension === undefined
      ? `The file name "${fileName}" has no extension that names a format.`
      : `Figures cannot be written as .${extension}.`,
    `End the file name in one of ${figureFormats.map((name) => `.${name}`).join(', ')}.`,
  );
}

/** Bytes of a made figure, to write to a file. */
export function figureBytes(output: Output<'figures.make'>): Buffer {
  return Buffer.from(output.content, output.encoding);
}
