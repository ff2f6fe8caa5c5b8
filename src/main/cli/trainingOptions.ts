/** What `train` and `sweep start` share: the options of a run, and the configuration that they make. */
import { type Command, Option } from 'commander';
import { FinegrainError } from '../../shared/errors.ts';
import { objectiveSchema } from '../../shared/methods/objective.ts';
import {
  deviceNames,
  type RunConfiguration,
  runConfigurationSchema,
  scheduleKinds,
} from '../../shared/run/configuration.ts';
import type { Host } from '../host/index.ts';
import { parseInput } from '../host/validation.ts';
import { parse } from './context.ts';
import { progressLine } from './progress.ts';
import type { Terminal } from './terminal.ts';

interface Settings {
  data: string[];
  tokenizer?: string;
  measure?: string[];
  [setting: string]: unknown;
}

export interface TrainOptions extends Settings {
  arch: string;
  name?: string;
}

/** Adds the options to a command; `--name` is the command's own to describe. */
export function withTrainingOptions(command: Command): Command {
  const positive = parse.number(0, true);
  const share = parse.number(0);
  const count = parse.wholeNumber(0);
  const some = parse.wholeNumber(1);
  return command
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
    .option('--measure-points <N>', 'steps at which loss by position is measured; 0: never', count)
    .option('--measure-sequences <N>', 'held-out sequences of each measured set', some)
    .option('--measure-share <S>', 'bound of the compute spent measuring, as a share of training', positive)
    .option('--measure <names...>', 'data sets whose held-out text is measured too')
    .option('--hold-at <S>', 'pause after this step; resume goes on', some)
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
    .option('--threads <N>', 'CPU threads; 0: chosen by measurement', count);
}

/** The configuration that the options ask for, its data sets resolved. Throws `configuration.invalid`, `notFound`. */
export async function readConfiguration(
  host: Host,
  terminal: Terminal,
  { data, tokenizer, measure = [], ...settings }: Settings,
): Promise<RunConfiguration> {
  const progress = progressLine(terminal);
  const sources: { name: string; weight: number }[] = [];
  for (const { name: source, weight } of data.map(weighted)) {
    sources.push({ name: (await host.data.resolve(source, { progress })).name, weight });
  }
  const measured: string[] = [];
  for (const source of measure) measured.push((await host.data.resolve(source, { progress })).name);
  return parseInput(
    runConfigurationSchema,
    { ...withMeasure(withObjective(settings), measured), data: sources, tokenizer: tokenizer ?? null },
    'The run configuration',
    'configuration.invalid',
  );
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

/** Settings with the flags of measuring gathered under `measure`, where any was given. */
export function withMeasure(
  settings: Record<string, unknown>,
  sets: readonly string[],
): Record<string, unknown> {
  const { measurePoints: points, measureSequences: sequences, measureShare, ...others } = settings;
  const given = { points, sequences, maximumShare: measureShare, sets: sets.length === 0 ? undefined : sets };
  const set = Object.entries(given).filter(([, value]) => value !== undefined);
  return set.length === 0 ? others : { ...others, measure: Object.fromEntries(set) };
}

/** `NAME:2.5` is a name and its weight; a colon that no number follows belongs to the name. */
export function weighted(text: string): { name: string; weight: number } {
  const match = /^(.+):(\d+(?:\.\d+)?)$/.exec(text);
  return match === null ? { name: text, weight: 1 } : { name: match[1]!, weight: Number(match[2]) };
}
