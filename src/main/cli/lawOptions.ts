/** What `fit` and `select` share: the options of the law, of the target and of intervals. */
import { type Command, Option } from 'commander';
import {
  a0Forms,
  a1Forms,
  a2Forms,
  type LawOptions,
  type PredictionOptions,
  positionLaws,
} from '../../shared/laws/types.ts';
import { scheduleKinds } from '../../shared/run/configuration.ts';
import type { StudyTarget } from '../../shared/run/studyPlan.ts';
import { parse } from './context.ts';
import { UsageError } from './terminal.ts';
import { weighted } from './trainingOptions.ts';

export interface LawFlags {
  target?: string[];
  split?: string;
  formA0?: LawOptions['a0Form'];
  formA1?: LawOptions['a1Form'];
  formA2?: LawOptions['a2Form'];
  positionLaw?: LawOptions['positionLaw'];
  dropFirstPosition?: boolean;
  positionWeights?: LawOptions['positionWeights'];
  cosPhase?: LawOptions['cosPhase'];
  separation?: string;
  robust?: LawOptions['robust'];
  resamples: number;
  seed: number;
  schedule?: (typeof scheduleKinds)[number];
  totalSteps?: number;
  warmup?: number;
}

/** Adds the options to a command. */
export function withLawOptions(command: Command): Command {
  const choice = (flags: string, description: string, choices: readonly string[]) =>
    new Option(flags, description).choices([...choices]);
  const some = parse.wholeNumber(1);
  return command
    .option('--split <name>', 'the measured set or split (default: validation, or the first of a file)')
    .option('--target <sets...>', 'a weighted mean of several, SET or SET:WEIGHT')
    .addOption(choice('--form-a0 <form>', 'form of a0 (default: auto)', [...a0Forms, 'auto']))
    .addOption(choice('--form-a1 <form>', 'form of a1 (default: auto)', [...a1Forms, 'auto']))
    .addOption(choice('--form-a2 <form>', 'form of a2 (default: auto)', [...a2Forms, 'auto']))
    .addOption(choice('--position-law <law>', 'law over positions (default: hyperbolic)', positionLaws))
    .option('--drop-first-position', 'leave position 1 out of the fits')
    .addOption(choice('--position-weights <weights>', 'of positions', ['uniform', 'byStandardError']))
    .addOption(choice('--cos-phase <phase>', 'of the late piece', ['fixedToSchedule', 'free']))
    .option('--separation <tokens>', 'scan, none, or the separation point in tokens (default: scan)')
    .addOption(choice('--robust <errors>', 'squares or huber (default: squares)', ['squares', 'huber']))
    .option(
      '--resamples <N>',
      'of the bootstrap behind intervals; 0: no intervals',
      parse.wholeNumber(0),
      200,
    )
    .option('--seed <I>', 'of the bootstrap', parse.wholeNumber(0), 0)
    .addOption(choice('--schedule <kind>', 'file: schedule beyond its last row', scheduleKinds))
    .option('--total-steps <S>', 'file: steps of that schedule (default: the step predicted)', some)
    .option('--warmup <W>', 'file: steps of linear warm-up in it', parse.wholeNumber(0));
}

/** The target that the flags name; null where they name none. */
export function targetOf({ target, split }: LawFlags): StudyTarget | null {
  if (target !== undefined && split !== undefined) {
    throw new UsageError('--split and --target both name what is fitted.', 'Leave one of them out.');
  }
  if (split !== undefined) return [{ set: split, weight: 1 }];
  return target?.map(weighted).map(({ name: set, weight }) => ({ set, weight })) ?? null;
}

/** Options of the fit and of its intervals, with the checkpoints up to `untilStep`. */
export function predictionOptions(flags: LawFlags, untilStep: number): PredictionOptions {
  const { resamples, seed } = flags;
  return {
    untilStep,
    law: lawOf(flags),
    intervals: resamples === 0 ? null : { resamples, seed, levels: [0.5, 0.95] },
  };
}

export function lawOf(flags: LawFlags): LawOptions {
  const given: { -readonly [Field in keyof LawOptions]: LawOptions[Field] | undefined } = {
    a0Form: flags.formA0,
    a1Form: flags.formA1,
    a2Form: flags.formA2,
    positionLaw: flags.positionLaw,
    dropFirstPosition: flags.dropFirstPosition,
    positionWeights: flags.positionWeights,
    cosPhase: flags.cosPhase,
    separation: separationOf(flags.separation),
    robust: flags.robust,
  };
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)) as LawOptions;
}

function separationOf(text: string | undefined): LawOptions['separation'] {
  if (text === undefined || text === 'scan' || text === 'none') return text;
  const tokens = Number(text);
  if (text.trim() !== '' && Number.isFinite(tokens) && tokens > 0) return tokens;
  throw new UsageError(`--separation ${text} is neither scan, none nor a number of tokens.`);
}
