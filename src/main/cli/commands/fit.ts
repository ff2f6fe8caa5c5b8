import type { Command } from 'commander';
import { FinegrainError } from '../../../shared/errors.ts';
import { formatNumber } from '../../../shared/format.ts';
import type { PredictedPoint, Prediction, PredictionMethod } from '../../../shared/laws/types.ts';
import { meanOver } from '../../../shared/run/studyTarget.ts';
import { type CliContext, parse } from '../context.ts';
import { type LawFlags, predictionOptions, withLawOptions } from '../lawOptions.ts';
import { type LawSubject, readSubjects } from '../lawSubject.ts';
import { type Column, pairs, table } from '../table.ts';

interface FitOptions extends LawFlags {
  untilStep?: number;
  predictStep?: number;
}

/** What is not called by its own name in the paper's file. */
export const methodTitles: Readonly<Record<PredictionMethod, string>> = {
  temporal: 'temporal law',
  power: 'power law',
  reciprocal: 'reciprocal',
  log: 'logarithm',
  linearLog: 'linear in log',
  lastValue: 'last value',
  multiPower: 'multi-power law',
};

/** `fit`: the temporal scaling law of one run, and what it predicts. */
export function fitCommand(program: Command, context: CliContext): void {
  withLawOptions(
    program
      .command('fit')
      .description('fit the temporal scaling law (a reconstruction) and predict a later loss')
      .argument('<run>', 'a run, or FILE.csv with columns step,tokens,learningRate,split,p1,...,pT')
      .option('--until-step <S>', 'the last step that is read (default: all)', parse.wholeNumber(1))
      .option('--predict-step <P>', 'the step predicted (default: the last)', parse.wholeNumber(1)),
  ).action(async (text: string, options: FitOptions) => {
    const [subject] = await readSubjects(context, [text], options, options.predictStep);
    const fitted = await fit(subject!, options);
    context.terminal.result(fitted, () => describe(subject!, fitted));
  });
}

type Interval = readonly [low: number, high: number];

export interface Fitted {
  readonly parameters: Readonly<Record<string, number>>;
  readonly forms: Prediction['forms'];
  readonly separation: Prediction['separation'];
  /** Mean loss over positions at the step predicted, nats per token. */
  readonly predicted: number;
  /** 95 %; null without resamples. */
  readonly interval: Interval | null;
  readonly interval50: Interval | null;
  /** Measured there; null where it was not. */
  readonly observed: number | null;
  /** Of predicted against measured mean losses over checkpoints after `untilStep`; over those read where there are none. */
  readonly r2: number | null;
  readonly r2Over: 'later' | 'read';
  readonly untilStep: number;
  readonly checkpoints: number;
  readonly predictStep: number;
  readonly set: string;
  readonly identifiable: boolean;
  readonly trust: Prediction['trust'];
  readonly assumption: string | null;
  readonly baselines: readonly {
    readonly method: PredictionMethod;
    readonly predicted: number;
    readonly interval: Interval | null;
  }[];
}

async function fit(subject: LawSubject, options: FitOptions): Promise<Fitted> {
  // The fits are loaded only by the commands that need them.
  const { predictBaselines, predictLoss } = await import('../../../shared/laws/predict.ts');
  const { trajectory, tokensAt, assumption } = subject;
  const predictStep = options.predictStep ?? subject.finalStep;
  const untilStep = options.untilStep ?? trajectory.points.at(-1)!.step;
  const read = trajectory.points.filter(({ step }) => step <= untilStep);
  if (read.length === 0) {
    throw new FinegrainError(
      'input.invalid',
      `--until-step ${untilStep} leaves no checkpoint of ${subject.name} to fit; the first is at step ${trajectory.points[0]!.step}.`,
      'Give a later step.',
    );
  }
  const later = trajectory.points.filter(({ step }) => step > untilStep);
  const judged = later.length > 1 ? later : read;
  const at = [tokensAt(predictStep), ...judged.map(({ tokens }) => tokens)];
  const settings = predictionOptions(options, untilStep);
  const law = predictLoss(trajectory, at, settings);
  const observed = trajectory.points.find(({ step }) => step === predictStep);
  return {
    parameters: law.parameters ?? {},
    forms: law.forms,
    separation: law.separation,
    predicted: law.at[0]!.loss,
    interval: interval95(law.at[0]!),
    interval50: interval50(law.at[0]!),
    observed: observed === undefined ? null : meanOver(observed),
    r2: determination(
      law.at.slice(1).map(({ loss }) => loss),
      judged.map(meanOver),
    ),
    r2Over: later.length > 1 ? 'later' : 'read',
    untilStep,
    checkpoints: read.length,
    predictStep,
    set: trajectory.set,
    identifiable: law.identifiable,
    trust: law.trust,
    assumption,
    baselines: predictBaselines(trajectory, at.slice(0, 1), settings).map((baseline) => ({
      method: baseline.method,
      predicted: baseline.at[0]!.loss,
      interval: interval95(baseline.at[0]!),
    })),
  };
}

export const interval95 = ({ low95, high95 }: Omit<PredictedPoint, 'tokens'>): Interval | null =>
  low95 === undefined || high95 === undefined ? null : [low95, high95];

const interval50 = ({ low50, high50 }: PredictedPoint): Interval | null =>
  low50 === undefined || high50 === undefined ? null : [low50, high50];

/** R2 = 1 - sum (y - yhat)^2 / sum (y - mean y)^2; null where y does not vary. */
function determination(predicted: readonly number[], observed: readonly number[]): number | null {
  const mean = observed.reduce((sum, value) => sum + value, 0) / observed.length;
  const total = observed.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  const left = observed.reduce((sum, value, at) => sum + (value - predicted[at]!) ** 2, 0);
  return total === 0 ? null : 1 - left / total;
}

export const intervalText = (interval: Interval | null): string =>
  interval === null ? '' : `${formatNumber(interval[0], 4)} to ${formatNumber(interval[1], 4)}`;

function describe(subject: LawSubject, fitted: Fitted): string {
  const { forms, separation, observed, r2, predictStep, untilStep, checkpoints, set } = fitted;
  const error = (predicted: number): string =>
    observed === null
      ? ''
      : `${predicted < observed ? '' : '+'}${(100 * (predicted / observed - 1)).toFixed(2)} %`;
  type Row = { title: string; predicted: number; interval: Interval | null };
  const columns: readonly Column<Row>[] = [
    { title: 'method', text: (row) => row.title },
    { title: `loss at step ${predictStep}`, text: (row) => formatNumber(row.predicted, 4), align: 'right' },
    { title: '95 %', text: (row) => intervalText(row.interval) },
    { title: 'error', text: (row) => error(row.predicted), align: 'right' },
  ];
  const rows: Row[] = [
    { title: methodTitles.temporal, ...fitted },
    ...fitted.baselines.map((found) => ({ title: methodTitles[found.method], ...found })),
  ];
  const late =
    separation === undefined
      ? 'none'
      : 'tokens' in separation
        ? `${formatNumber(separation.tokens)} tokens`
        : separation.notIdentifiable;
  return [
    `${subject.name}, ${set}: ${checkpoints} checkpoints up to step ${untilStep}.`,
    ...(fitted.assumption === null ? [] : [fitted.assumption]),
    '',
    table(rows, columns, ''),
    '',
    pairs([
      ['measured', observed === null ? 'not yet' : formatNumber(observed, 4)],
      [
        fitted.r2Over === 'later' ? 'R2 of later checkpoints' : 'R2 of the checkpoints read',
        formatNumber(r2, 4),
      ],
      ['forms', forms === undefined ? '' : `a0 ${forms.a0}, a1 ${forms.a1}, a2 ${forms.a2}`],
      ['separation point', late],
      ...Object.entries(fitted.parameters).map(([name, value]) => [name, formatNumber(value, 5)] as const),
    ]),
    '',
    fitted.trust.sentence,
    'Reconstruction: log / hyperbolic / piecewise-cosine family; equations ours.',
  ].join('\n');
}
