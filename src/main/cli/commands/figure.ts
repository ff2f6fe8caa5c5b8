import { writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { Argument, type Command } from 'commander';
import { FinegrainError } from '../../../shared/errors.ts';
import { figureKinds } from '../../../shared/rpc/contract.ts';
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
}

/** `figure`: a figure of runs, in the format that the file's extension names. */
export function figureCommand(program: Command, context: CliContext): void {
  const collect = (value: string, before: string[]): string[] => [...before, value];
  program
    .command('figure')
    .description('draw a figure of runs: svg, png or csv by the extension of the file')
    .addArgument(new Argument('<kind>', 'what to draw').choices([...figureKinds]))
    .argument('<runs...>')
    .requiredOption('--out <file>', 'the file to write')
    .option('--width-mm <W>', 'width in millimetres', parse.number(0, true))
    .option('--font-size <P>', 'size of the text in points', parse.number(0, true))
    .option('--threshold <X>', 'NSAR threshold', parse.number(0, true))
    .option('--step <S>', 'step of the probe, or of the checkpoint', parse.wholeNumber(0))
    .option('--text-file <file>', 'the text that figures of analyses read')
    .option('--data <name>', 'or a data set’s validation text (active-experts: several)', collect, [])
    .option('--windows <W>', 'windows of the context at most (default: 16)', parse.wholeNumber(1))
    .option('--context <C>', 'tokens of a window, also beyond the training context', parse.wholeNumber(2))
    .action(async (kind: (typeof figureKinds)[number], names: string[], options: FigureOptions) => {
      const { figureBytes, figureFormatOf } = await import('../../host/figures/figures.ts');
      const { out, textFile, ...style } = options;
      const text = textFile === undefined ? undefined : readText(textFile);
      const format = figureFormatOf(out);
      await context.withHost('reading', async (host) => {
        const runs = names.map((name) => host.store.runs.find(name));
        const figure = await host.call('figures.make', { kind, runs, format, text, ...style });
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
