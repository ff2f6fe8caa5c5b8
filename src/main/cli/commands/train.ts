import { type Command, Option } from 'commander';
import { parseArchitecture } from '../../../shared/architecture/parse.ts';
import { FinegrainError } from '../../../shared/errors.ts';
import { objectiveSchema } from '../../../shared/methods/objective.ts';
import { deviceNames, runConfigurationSchema, scheduleKinds } from '../../../shared/run/configuration.ts';
import { parseInput } from '../../host/validation.ts';
import { type CliContext, parse } from '../context.ts';
import { readDocument } from '../documents.ts';
import { followRun } from '../follow.ts';
import { progressLine } from '../progress.ts';

interface TrainOptions {
  arch: string;
  data: string[];
  tokenizer?: string;
  name?: string;
  [setting: string]: unknown;
}

/** `train`: a run in the foreground, to its end. */
export function trainCommand(program: Command, context: CliContext): void {
  const positive = parse.number(0, true);
  const share = parse.number(0);
  const count = parse.wholeNumber(0);
  const some = parse.wholeNumber(1);
  program
    .command('train')
    .description('train a model, in the foreground')
    .requiredOption('--arch <architecture>', 'preset or file')
    .requiredOption(
      '--data <names...>',
      'data sets, samples or paths, each with an optional weight: NAME:WEIGHT',
    )
    .requiredOption('--steps <S>', 'optimiser steps', some)
    .option('--tokenizer <name>', 'tokenizer (default: one trained on the data)')
    .option('--batch <B>', 'sequences in a micro-batch', some)
    .option('--context <T>', 'training context (default: the architecture’s)', some)
    .option('--accumulate <A>', 'micro-batches in a step', some)
    .option('--learning-rate <R>', 'peak learning rate', positive)
    .addOption(new Option('--schedule <kind>', 'learning-rate schedule').choices([...scheduleKinds]))
    .option('--warmup <W>', 'steps of linear warm-up', count)
    .option('--weight-decay <D>', 'decoupled weight decay', share)
    .option('--clip <G>', 'limit of the gradient norm; 0: none', share)
    .option('--evaluate-every <E>', 'steps between evaluations; 0: only at the end', count)
    .option('--evaluate-batches <N>', 'validation micro-batches in an evaluation', some)
    .option('--checkpoint-every <K>', 'steps between checkpoints; 0: only at the end', count)
    .option('--probe-every <P>', 'steps between probes; 0: never', count)
    .addOption(
      new Option('--objective <loss>', 'what is minimised: likelihood (mle), or TaiLr').choices(
        objectiveSchema.shape.loss.unwrap().options,
      ),
    )
    .option('--gamma <G>', 'tailr: share of the one-hot target in the proxy, 0 to 1', share)
    .option('--min-weight <B>', 'tailr: smallest weight of a token, 0 to 1', share)
    .option('--label-smoothing <E>', 'share of the loss that asks for all tokens equally', share)
    .option('--z-loss <Z>', 'weight of mean(log Z squared) of the output', share)
    .option('--mask-boundaries', 'leave the first token of each document out of the loss')
    .option('--seed <I>', 'seed of initial weights and data order', count)
    .addOption(new Option('--device <device>', 'what to run on').choices([...deviceNames]))
    .option('--threads <N>', 'CPU threads; 0: chosen by measurement', count)
    .option('--name <name>', 'name of the run')
    .action(async ({ arch, data, tokenizer, name, ...settings }: TrainOptions) => {
      const architecture = parseArchitecture(readDocument(arch));
      await context.withHost('writing', async (host) => {
        await followRun(host, context.terminal, async () => {
          const progress = progressLine(context.terminal);
          const sources: { name: string; weight: number }[] = [];
          for (const { name: source, weight } of data.map(weighted)) {
            sources.push({ name: (await host.data.resolve(source, { progress })).name, weight });
          }
          const configuration = parseInput(
            runConfigurationSchema,
            { ...withObjective(settings), data: sources, tokenizer: tokenizer ?? null },
            'The run configuration',
            'configuration.invalid',
          );
          const { run } = await host.call('runs.start', { name, architecture, configuration });
          return run;
        });
      });
    });
}

/** Settings with the flags of the objective gathered under `objective`, where any was given. */
export function withObjective(settings: Record<string, unknown>): Record<string, unknown> {
  const { objective: loss, gamma, minWeight, labelSmoothing, zLoss, ...others } = settings;
  if (loss !== 'tailr' && (gamma !== undefined || minWeight !== undefined)) {
    const [flag, value] = gamma === undefined ? ['--min-weight', minWeight] : ['--gamma', gamma];
    throw new FinegrainError(
      'configuration.invalid',
      `${flag} ${value} belongs to the objective tailr; it would change nothing here.`,
      `Give --objective tailr as well, or leave ${flag} out.`,
    );
  }
  const given = { loss, gamma, minWeight, labelSmoothing, zLoss };
  const set = Object.entries(given).filter(([, value]) => value !== undefined);
  return set.length === 0 ? others : { ...others, objective: Object.fromEntries(set) };
}

/** `NAME:2.5` is a name and its weight; a colon that no number follows belongs to the name. */
export function weighted(text: string): { name: string; weight: number } {
  const match = /^(.+):(\d+(?:\.\d+)?)$/.exec(text);
  return match === null ? { name: text, weight: 1 } : { name: match[1]!, weight: Number(match[2]) };
}
