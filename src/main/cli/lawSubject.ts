/** What `fit` and `select` are given: a run of the workspace, or a CSV file of losses from elsewhere. */
import { existsSync } from 'node:fs';
import { basename } from 'node:path';
import { FinegrainError } from '../../shared/errors.ts';
import { scheduleOfRows } from '../../shared/laws/schedule.ts';
import type { Schedule, Trajectory } from '../../shared/laws/types.ts';
import { type LossTable, readLossTable } from '../../shared/run/lossTable.ts';
import { ownSet } from '../../shared/run/measurement.ts';
import type { StudyTarget } from '../../shared/run/studyPlan.ts';
import { targetPoints } from '../../shared/run/studyTarget.ts';
import type { Host } from '../host/index.ts';
import { measuredTrajectory, tokensPerStep } from '../host/laws/subject.ts';
import type { CliContext } from './context.ts';
import { readText } from './documents.ts';
import { type LawFlags, targetOf } from './lawOptions.ts';
import { UsageError } from './terminal.ts';

export interface LawSubject {
  /** The run's id, or the file as it was named. */
  readonly name: string;
  readonly trajectory: Trajectory;
  /** The step predicted where none is asked for. */
  readonly finalStep: number;
  readonly tokensAt: (step: number) => number;
  /** What was assumed of the schedule; null where all of it is known. */
  readonly assumption: string | null;
}

export const isTable = (text: string): boolean => /\.csv$/i.test(text);

/** Reads each subject; `finalStep` is the step to be predicted, where it is given. Opens the workspace only for runs. */
export async function readSubjects(
  context: CliContext,
  names: readonly string[],
  flags: LawFlags,
  finalStep: number | undefined,
): Promise<LawSubject[]> {
  const tables = names.map((name) => (isTable(name) ? tableSubject(name, flags, finalStep) : null));
  if (tables.every((table) => table !== null)) return tables;
  return context.withHost('reading', async (host) =>
    names.map((name, at) => tables[at] ?? runSubject(host, name, flags)),
  );
}

function runSubject(host: Host, text: string, flags: LawFlags): LawSubject {
  const { schedule, totalSteps, warmup } = flags;
  const given = Object.entries({ '--schedule': schedule, '--total-steps': totalSteps, '--warmup': warmup });
  const flag = given.find(([, value]) => value !== undefined)?.[0];
  if (flag !== undefined) {
    throw new UsageError(`${flag} is for files: the schedule of run ${text} is known.`, `Leave ${flag} out.`);
  }
  const run = host.store.runs.get(host.store.runs.find(text));
  const perStep = tokensPerStep(run);
  return {
    name: run.run,
    trajectory: measuredTrajectory(host.store, run, targetOf(flags) ?? [{ set: ownSet, weight: 1 }]),
    finalStep: run.configuration.steps,
    tokensAt: (step) => step * perStep,
    assumption: null,
  };
}

function tableSubject(path: string, flags: LawFlags, finalStep: number | undefined): LawSubject {
  if (!existsSync(path)) throw new FinegrainError('notFound', `There is no file ${path}.`);
  const table = readLossTable(readText(path), basename(path));
  const last = table.rates.at(-1)!;
  const target = targetOf(flags) ?? [{ set: table.splits[0]!.split, weight: 1 }];
  const tokensAt = tokensBySteps(table.rates);
  const step = finalStep ?? last.step;
  const { schedule, assumption } = scheduleOf(table, tokensAt, flags, step);
  return {
    name: path,
    trajectory: {
      set: target.map(({ set }) => set).join(' + '),
      points: pointsOf(path, table, target),
      schedule,
    },
    finalStep: step,
    tokensAt,
    assumption,
  };
}

function pointsOf(path: string, { splits }: LossTable, target: StudyTarget): Trajectory['points'] {
  const absent = target.find(({ set }) => !splits.some(({ split }) => split === set));
  if (absent !== undefined) {
    throw new FinegrainError(
      'input.invalid',
      `${basename(path)} has no split ${absent.set}.`,
      `Its splits are ${splits.map(({ split }) => split).join(', ')}.`,
    );
  }
  return targetPoints(
    splits.map(({ split, points }) => ({ set: split, points })),
    target,
  );
}

/** Tokens of a row; between and beyond rows, in proportion to the steps. */
function tokensBySteps(rates: LossTable['rates']): (step: number) => number {
  return (step) => {
    const exact = rates.find((row) => row.step === step);
    if (exact !== undefined) return exact.tokens;
    const after = Math.max(
      1,
      rates.findIndex((row) => row.step > step),
    );
    const right = rates.at(rates.at(-1)!.step < step ? -1 : after) ?? rates.at(-1)!;
    const left = rates[rates.indexOf(right) - 1] ?? { step: 0, tokens: 0 };
    return left.tokens + ((step - left.step) / (right.step - left.step)) * (right.tokens - left.tokens);
  };
}

/** Rates are planned before training, so that those of later rows may be used though their losses are hidden. */
function scheduleOf(
  { rates }: LossTable,
  tokensAt: (step: number) => number,
  { schedule: kind, totalSteps, warmup }: LawFlags,
  step: number,
): { schedule: Schedule; assumption: string | null } {
  const rows = scheduleOfRows(rates);
  const last = rates.at(-1)!;
  if (kind === undefined) {
    if (totalSteps !== undefined || warmup !== undefined) {
      throw new UsageError('--total-steps and --warmup describe a schedule.', 'Give --schedule as well.');
    }
    if (step <= last.step) return { schedule: rows, assumption: null };
    return extended(rows, tokensAt(step), `the rows end at step ${last.step} of ${step}`);
  }
  const totalTokens = tokensAt(totalSteps ?? Math.max(step, last.step));
  const warmupTokens = warmup === undefined ? rows.warmupTokens : tokensAt(warmup);
  const base: Schedule = {
    kind,
    totalTokens,
    warmupTokens,
    peak: rows.peak,
    minimumRatio: 0.1,
    decayShare: 0.2,
  };
  return { schedule: withMinimum(base, rows), assumption: null };
}

/** A plan that goes on beyond its rows: level, or the cosine to `totalTokens` that they lie on, or else as at the end. */
function extended(
  rows: Schedule,
  totalTokens: number,
  why: string,
): { schedule: Schedule; assumption: string } {
  const table = rows.table!.filter(({ tokens }) => tokens >= rows.warmupTokens);
  const say = (what: string) => `Schedule: ${why}; ${what}. State it with --schedule.`;
  if (table.every(({ learningRate }) => learningRate >= rows.peak * (1 - 1e-6))) {
    const schedule: Schedule = { ...rows, kind: 'constant', totalTokens, minimumRatio: 1 };
    return { schedule, assumption: say('the rate is taken to stay as it is') };
  }
  const cosine = withMinimum({ ...rows, kind: 'cosine', totalTokens }, rows);
  const { table: _rows, ...schedule } = cosine;
  const worst = Math.max(
    ...table.map(
      ({ tokens, learningRate }) => Math.abs(cosineRate(schedule, tokens) - learningRate) / rows.peak,
    ),
  );
  if (worst < 0.02)
    return { schedule, assumption: say('they lie on a cosine that ends at the step predicted') };
  return {
    schedule: { ...rows, totalTokens },
    assumption: say('the rate is taken to stay at that of the last row'),
  };
}

/** The share of the peak at the end with which a cosine passes nearest the rows: linear least squares, within 0..1. */
function withMinimum(schedule: Schedule, rows: Schedule): Schedule {
  if (schedule.kind !== 'cosine') return schedule;
  let [product, square] = [0, 0];
  for (const { tokens, learningRate } of rows.table!) {
    if (tokens < schedule.warmupTokens || tokens > schedule.totalTokens) continue;
    const share = cosineRate({ ...schedule, minimumRatio: 0 }, tokens) / schedule.peak;
    product += (1 - share) * (learningRate / schedule.peak - share);
    square += (1 - share) ** 2;
  }
  if (square === 0) return schedule;
  return { ...schedule, minimumRatio: Math.min(1, Math.max(0, product / square)) };
}

function cosineRate({ warmupTokens, totalTokens, peak, minimumRatio }: Schedule, tokens: number): number {
  const progress = Math.min(1, Math.max(0, (tokens - warmupTokens) / (totalTokens - warmupTokens)));
  return peak * (minimumRatio + ((1 - minimumRatio) * (1 + Math.cos(Math.PI * progress))) / 2);
}
