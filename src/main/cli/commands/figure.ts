import { writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { Argument, type Command, Option } from 'commander';
import { FinegrainError } from '../../../shared/errors.ts';
import { colourMapNames, paletteNames } from '../../../shared/figures/colours.ts';
import { type LegendPlace, legendPlaces } from '../../../shared/figures/spec.ts';
import { figureKinds } from '../../../shared/rpc/contract.ts';
import { type CurveAxis, curveAxes } from '../../../shared/run/metrics.ts';
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
}

/** `figure`: a figure of runs, in the format that the file's extension names. */
export function figureCommand(program: Command, context: CliContext): void {
  const collect = (value: string, before: string[]): string[] => [...before, value];
  program
    .command('figure')
    .description('draw a figure of runs: svg, pdf, png, tex (pgfplots) or csv by the extension of the file')
    .addArgument(new Argument('<kind>', 'what to draw').choices([...figureKinds]))
    .argument('<runs...>')
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
    .action(async (kind: (typeof figureKinds)[number], names: string[], options: FigureOptions) => {
      const { figureBytes, figureFormatOf } = await import('../../host/figures/figures.ts');
      const { out, textFile, legend, titles, ...style } = options;
      const text = textFile === undefined ? undefined : readText(textFile);
      const format = figureFormatOf(out);
      await context.withHost('reading', async (host) => {
        const runs = names.map((name) => host.store.runs.find(name));
        const figure = await host.call('figures.make', {
          kind,
          runs,
          format,
          text,
          ...style,
          ...(legend === undefined ? {} : { legendPlace: legend }),
          ...(titles ? {} : { titles }),
        });
        const path = resolve(out);
        try {
          writeFileSync(path, figureBytes(figure));
        } catch (error) {
          const code = (error as NodeJS.ErrnoException).code ?? String(error);
          throw new FinegrainError('input.invalid', `${path} cannot be written (${code}).`);
        }
        context.terminal.result({ path }, () => path);
      });
    });
}
