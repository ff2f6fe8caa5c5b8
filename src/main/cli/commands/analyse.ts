import { writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { Argument, type Command, Option } from 'commander';
import { FinegrainError } from '../../../shared/errors.ts';
import { analysisTable } from '../../../shared/figures/analysisTables.ts';
import { toCsv } from '../../../shared/figures/table.ts';
import { type AnalysisKind, type AnalysisResult, analysisKinds } from '../../../shared/run/analysis.ts';
import { deviceNames } from '../../../shared/run/configuration.ts';
import type { Host } from '../../host/index.ts';
import { analysisText } from '../analysisText.ts';
import { type CliContext, parse } from '../context.ts';
import { readText } from '../documents.ts';
import { UsageError } from '../terminal.ts';

interface AnalyseOptions {
  step?: number;
  textFile?: string;
  data: string[];
  windows?: number;
  context?: number;
  tokens?: number;
  batch?: number;
  repeats?: number;
  device?: (typeof deviceNames)[number];
  out?: string;
}

/** Options that only some kinds take. */
const ownOptions: Partial<Record<keyof AnalyseOptions, readonly AnalysisKind[]>> = {
  tokens: ['routing'],
  batch: ['softmax-time'],
  repeats: ['softmax-time'],
  device: ['softmax-time'],
};

/** `analyse`: what checkpoints of runs do on a text: routing, robustness, similarity, where the time goes. */
export function analyseCommand(program: Command, context: CliContext): void {
  const some = parse.wholeNumber(1);
  const collect = (value: string, before: string[]): string[] => [...before, value];
  program
    .command('analyse')
    .description('analyse checkpoints of runs; default: on the validation text of the run’s own data')
    .addArgument(new Argument('<kind>', 'what to measure').choices([...analysisKinds]))
    .argument('<runs...>')
    .option(
      '--step <S>',
      'checkpoint (default: the newest); saturation: the one compared with',
      parse.wholeNumber(0),
    )
    .option('--text-file <file>', 'the text')
    .option(
      '--data <name>',
      'validation text of a data set; active-experts: repeat it for several',
      collect,
      [],
    )
    .option('--windows <W>', 'windows of the context at most (default: 16)', some)
    .option('--context <C>', 'tokens of a window, also beyond the training context', parse.wholeNumber(2))
    .option('--tokens <N>', 'routing: tokens listed one by one (default: 64)', some)
    .option('--batch <B>', 'softmax-time: sequences of a forward pass (default: 1)', some)
    .option('--repeats <N>', 'softmax-time: forward passes measured (default: 10)', some)
    .addOption(
      new Option('--device <name>', 'softmax-time: where to measure (cpu)').choices([...deviceNames]),
    )
    .option('--out <file.csv>', 'write the numbers as CSV')
    .action(async (kind: AnalysisKind, names: string[], options: AnalyseOptions) => {
      checkOptions(kind, options);
      await context.withHost('reading', async (host) => {
        const results: AnalysisResult[] = [];
        for (const name of names)
          results.push(await analyse(host, kind, host.store.runs.find(name), options));
        if (options.out !== undefined) writeCsv(options.out, kind, results);
        context.terminal.result({ analysis: kind, results }, () =>
          results.map((result) => analysisText(result)).join('\n\n'),
        );
      });
    });
}

function checkOptions(kind: AnalysisKind, options: AnalyseOptions): void {
  for (const [name, kinds] of Object.entries(ownOptions)) {
    if (options[name as keyof AnalyseOptions] !== undefined && !kinds.includes(kind)) {
      throw new UsageError(`--${name} is for ${kinds.join(', ')}, not for ${kind}.`);
    }
  }
  if (options.data.length > 1 && kind !== 'active-experts') {
    throw new UsageError(
      `${kind} reads one data set; ${options.data.length} were given.`,
      'Give --data once.',
    );
  }
  const reads = kind !== 'softmax-time';
  if (
    !reads &&
    (options.textFile !== undefined || options.data.length > 0 || options.windows !== undefined)
  ) {
    throw new UsageError('softmax-time reads no text: it times a forward pass of the shape given.');
  }
  if (options.out !== undefined && !options.out.toLowerCase().endsWith('.csv')) {
    throw new UsageError(
      `${options.out} does not end in .csv.`,
      'Figures of analyses are drawn by finegrain figure.',
    );
  }
}

async function analyse(
  host: Host,
  kind: AnalysisKind,
  run: string,
  options: AnalyseOptions,
): Promise<AnalysisResult> {
  const { step, context, textFile, data, windows, tokens, batch, repeats, device } = options;
  const text = textFile === undefined ? undefined : readText(textFile);
  const several = { run, step, context, text, windows };
  const reading = { ...several, ...(data[0] === undefined ? {} : { data: data[0] }) };
  switch (kind) {
    case 'routing':
      return host.call('analysis.routing', { ...reading, tokens });
    case 'saturation':
      return host.call('analysis.saturation', reading);
    case 'buckets':
      return host.call('analysis.buckets', reading);
    case 'robustness':
      return host.call('analysis.robustness', reading);
    case 'similarity':
      return host.call('analysis.similarity', reading);
    case 'active-experts':
      return host.call('analysis.activeExperts', { ...several, data });
    case 'softmax-time':
      return host.call('analysis.softmaxTime', { run, step, context, batch, repeats, device });
    case 'positions':
      return host.call('analysis.positions', reading);
  }
}

function writeCsv(file: string, kind: AnalysisKind, results: AnalysisResult[]): void {
  // All results are of this kind.
  const table = analysisTable(kind, results as never[]);
  const path = resolve(file);
  try {
    writeFileSync(path, toCsv(table));
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? String(error);
    throw new FinegrainError('input.invalid', `${path} cannot be written (${code}).`);
  }
}
