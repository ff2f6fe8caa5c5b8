import { writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { Argument, type Command, Option } from 'commander';
import { FinegrainError } from '../../../shared/errors.ts';
import { colourMapNames, paletteNames } from '../../../shared/figures/colours.ts';
import {
  type FigureDocument,
  type FigureKind,
  type PanelOptions,
  type RoutingStatistic,
  routingStatistics,
} from '../../../shared/figures/document.ts';
import { type LegendPlace, legendPlaces } from '../../../shared/figures/spec.ts';
import { figureKinds, type Output } from '../../../shared/rpc/contract.ts';
import { type CurveAxis, curveAxes } from '../../../shared/run/metrics.ts';
import type { Host } from '../../host/index.ts';
import { type CliContext, parse } from '../context.ts';
import { readText } from '../documents.ts';

interface FigureOptions {
  out: string;
  widthMm?: number;
  fontSize?: number;
  threshold?: number;
  step?: number;
  textFile?: string;
  data: string[];
  windows?: number;
  context?: number;
  dpi?: number;
  lineWidth?: number;
  palette?: (typeof paletteNames)[number];
  map?: (typeof colourMapNames)[number];
  legend?: LegendPlace;
  grid?: boolean;
  titles: boolean;
  letters?: boolean;
  metric?: string;
  axis?: CurveAxis;
  logX?: boolean;
  logY?: boolean;
  window?: number;
  layer?: number;
  head?: number;
  statistic?: RoutingStatistic;
  field: string[];
  logField: string[];
  colourBy?: string;
}

const sheet = 'sheet';

/** `figure`: a figure of runs, in the format that the file's extension names. */
export function figureCommand(program: Command, context: CliContext): void {
  const collect = (value: string, before: string[]): string[] => [...before, value];
  program
    .command('figure')
    .description('draw a figure of runs: svg, pdf, png, tex (pgfplots) or csv by the extension of the file')
    .addArgument(new Argument('<kind>', 'what to draw').choices([...figureKinds, sheet]))
    .argument(
      '<runs...>',
      'runs by id or name; of a sheet the saved figure, or a file (.json) with its document',
    )
    .requiredOption('--out <file>', 'the file to write')
    .option('--width-mm <W>', 'width in millimetres', parse.number(0, true))
    .option('--font-size <P>', 'size of the text in points', parse.number(0, true))
    .option('--dpi <D>', 'resolution of a png (default: 300)', parse.wholeNumber(72))
    .option('--line-width <P>', 'width of lines in points', parse.number(0, true))
    .addOption(new Option('--palette <name>', 'colours of lines').choices([...paletteNames]))
    .addOption(new Option('--map <name>', 'colours of fields').choices([...colourMapNames]))
    .addOption(new Option('--legend <place>', 'where the legend is').choices([...legendPlaces]))
    .option('--grid', 'grid lines')
    .option('--no-titles', 'panels without titles')
    .option('--letters', '(a), (b) over the panels')
    .option('--metric <name>', 'metric: which one (default: train/loss)')
    .addOption(new Option('--axis <name>', 'metric: against what').choices([...curveAxes]))
    .option('--log-x', 'metric: log horizontal axis')
    .option('--log-y', 'metric: log vertical axis')
    .option('--threshold <X>', 'NSAR threshold', parse.number(0, true))
    .option('--step <S>', 'step of the probe, or of the checkpoint', parse.wholeNumber(0))
    .option('--text-file <file>', 'the text that figures of analyses read')
    .option('--data <name>', 'or a data set’s validation text (active-experts: several)', collect, [])
    .option('--windows <W>', 'windows of the context at most (default: 16)', parse.wholeNumber(1))
    .option('--context <C>', 'tokens of a window, also beyond the training context', parse.wholeNumber(2))
    .option(
      '--window <W>',
      'which window of the data set is read token by token (default: 0)',
      parse.wholeNumber(0),
    )
    .option('--layer <L>', 'layer, from 1 (default: the first that has it)', parse.wholeNumber(1))
    .option('--head <H>', 'attention: head, from 1', parse.wholeNumber(1))
    .addOption(new Option('--statistic <name>', 'routing-steps: which').choices([...routingStatistics]))
    .option('--field <name>', 'scatter: across, then up; parallel: an axis each', collect, [])
    .option('--log-field <name>', 'those of them on a log axis', collect, [])
    .option('--colour-by <field>', 'scatter, parallel: runs of one value look alike')
    .action(async (kind: FigureKind | typeof sheet, names: string[], options: FigureOptions) => {
      const { figureFormatOf } = await import('../../host/figures/figures.ts');
      const format = figureFormatOf(options.out);
      await context.withHost('reading', async (host) => {
        const figure =
          kind === sheet
            ? await host.call('figures.draw', {
                document: withStyle(await sheetDocument(names, host), options),
                format,
                ...(options.dpi === undefined ? {} : { dpi: options.dpi }),
              })
            : await host.call('figures.make', {
                kind,
                runs: names.map((name) => host.store.runs.find(name)),
                format,
                ...(options.dpi === undefined ? {} : { dpi: options.dpi }),
                ...given(styleOf(options)),
                ...given(panelOptions(options)),
              });
        const path = await write(options.out, figure);
        context.terminal.result({ path }, () => path);
      });
    });
}

async function write(out: string, figure: Output<'figures.make'>): Promise<string> {
  const { figureBytes } = await import('../../host/figures/figures.ts');
  const path = resolve(out);
  try {
    writeFileSync(path, figureBytes(figure));
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? String(error);
    throw new FinegrainError('input.invalid', `${path} cannot be written (${code}).`);
  }
  return path;
}

function styleOf({
  widthMm,
  fontSize,
  lineWidth,
  palette,
  map,
  legend,
  grid,
  titles,
  letters,
}: FigureOptions) {
  const hidden = titles ? undefined : false;
  return { widthMm, fontSize, lineWidth, palette, map, legendPlace: legend, grid, titles: hidden, letters };
}

/** What one figure draws beside its runs; layers and heads from 0 from here on. */
function panelOptions(options: FigureOptions): PanelOptions {
  const { threshold, step, metric, axis, logX, logY, data, windows, context, window, statistic } = options;
  const text = options.textFile === undefined ? undefined : readText(options.textFile);
  return given({
    ...{ threshold, step, metric, axis, logX, logY, text, windows, context, window, statistic },
    data: data.length === 0 ? undefined : data,
    layer: options.layer === undefined ? undefined : options.layer - 1,
    head: options.head === undefined ? undefined : options.head - 1,
    fields: options.field.length === 0 ? undefined : options.field,
    logFields: options.logField.length === 0 ? undefined : options.logField,
    colourBy: options.colourBy,
  });
}

type Given<Fields> = { [Name in keyof Fields]?: Exclude<Fields[Name], undefined> };

function given<Fields extends object>(fields: Fields): Given<Fields> {
  const known = Object.entries(fields).filter(([, value]) => value !== undefined);
  return Object.fromEntries(known) as Given<Fields>;
}

/** A saved figure by id or name, or the document in a file. Throws `notFound` with the figures there are. */
async function sheetDocument(names: readonly string[], host: Host): Promise<FigureDocument> {
  const [name, ...more] = names;
  if (name === undefined || more.length > 0) {
    throw new FinegrainError(
      'input.invalid',
      `A sheet is drawn from one saved figure or file; ${names.length} were given.`,
      'Name one; its document names the runs.',
    );
  }
  if (name.endsWith('.json')) return readFigureDocument(name);
  const rows = await host.call('figures.list', {});
  const found = rows.filter((row) => row.figure === name || row.name === name);
  if (found.length === 1) return (await host.call('figures.get', { figure: found[0]!.figure })).document;
  const listed = (found.length === 0 ? rows : found).map((row) => `${row.figure} (${row.name})`).join(', ');
  throw new FinegrainError(
    found.length === 0 ? 'notFound' : 'input.invalid',
    found.length === 0 ? `There is no saved figure ${name}.` : `${found.length} figures are named ${name}.`,
    listed === '' ? 'No figure is saved yet; give a file.' : `Choose one of ${listed}.`,
  );
}

/** Checked against its schema where it is drawn. */
function readFigureDocument(path: string): FigureDocument {
  const text = readText(path);
  try {
    return JSON.parse(text) as FigureDocument;
  } catch (error) {
    throw new FinegrainError(
      'input.invalid',
      `${path} is not JSON: ${error instanceof Error ? error.message : String(error)}.`,
      'A figure document is {version, name, columns, style, panels}.',
    );
  }
}

/** The sheet in the style asked for. Throws `input.invalid` for what belongs to a panel, not to a sheet. */
function withStyle(document: FigureDocument, options: FigureOptions): FigureDocument {
  const [stray] = Object.keys(panelOptions(options));
  if (stray !== undefined) {
    throw new FinegrainError(
      'input.invalid',
      `${stray} is an option of a panel, and the panels of a sheet have their own.`,
      'Leave it out, or change the panel in the document.',
    );
  }
  return { ...document, style: { ...document.style, ...given(styleOf(options)) } };
}
