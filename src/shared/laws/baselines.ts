/** What the temporal law is measured against: curves through the mean loss that do not look at positions. */
import { FinegrainError } from '../errors.ts';
import { evaluateForm, fitForm } from './formFit.ts';
import { type FormContext, rates, type TemporalForm } from './forms.ts';
import { fitMultiPower, multiPowerLoss, multiPowerParameters } from './multiPower.ts';
import { logSpaced } from './numeric.ts';
import { afterWarmup, recencyWeights } from './temporal.ts';
import type {
  ParameterSeries,
  Prediction,
  PredictionMethod,
  PredictionOptions,
  Schedule,
  Trust,
} from './types.ts';

export type CurveBaseline = 'power' | 'reciprocal' | 'log' | 'linearLog';
export type BaselineMethod = CurveBaseline | 'lastValue' | 'multiPower';

/** Share of the checkpoints, from the end, that linearLog is fitted to. */
const lateShare = 0.5;

export const baselineLabels: Readonly<Record<BaselineMethod, string>> = {
  power: 'power law',
  reciprocal: 'reciprocal',
  log: 'logarithm',
  linearLog: 'straight in log N',
  lastValue: 'last value',
  multiPower: 'multi-power law',
};

function curve(
  id: CurveBaseline,
  equation: string,
  grid: TemporalForm['grid'],
  columns: (tokens: number, theta: number) => number[],
  names: readonly string[],
): TemporalForm<CurveBaseline> {
  const linear = columns(1, 1).length;
  return {
    id,
    parameter: 'mean',
    label: baselineLabels[id],
    equation,
    standing: 'baseline, form ours',
    parameterNames: names,
    freeParameters: () => names.length,
    grid,
    columns: (tokens, theta) => columns(tokens, theta[0] ?? 0),
    nonNegative: names.length > linear ? [0, 1] : [],
    parameters: (theta, [c0, c2]): Record<string, number> =>
      theta.length === 0 ? { c0: c0!, c1: c2! } : { c0: c0!, c1: theta[0]!, c2: c2! },
  };
}

const logarithm = (tokens: number) => [Math.log(tokens), 1];

/** Curves through the mean loss, each a form of `forms.ts` like those of a0, a1 and a2. */
export const curveBaselines: Readonly<Record<CurveBaseline, TemporalForm<CurveBaseline>>> = {
  power: curve(
    'power',
    'L(N) = c0 N^(-c1) + c2',
    () => logSpaced(0.005, 4, 40).map((c1) => [c1]),
    (tokens, c1) => [tokens ** -c1, 1],
    ['c0', 'c1', 'c2'],
  ),
  reciprocal: curve(
    'reciprocal',
    'L(N) = c0 / (1 + c1 N) + c2',
    (tokens) => rates(tokens, 32).map((rate) => [rate]),
    (tokens, rate) => [1 / (1 + rate * tokens), 1],
    ['c0', 'c1', 'c2'],
  ),
  log: curve('log', 'L(N) = c0 log N + c1', () => [[]], logarithm, ['c0', 'c1']),
  linearLog: curve(
    'linearLog',
    'L(N) = c0 log N + c1, over the later half of the checkpoints',
    () => [[]],
    logarithm,
    ['c0', 'c1'],
  ),
};

/** Checkpoints that a baseline is fitted to, by the rule of the temporal law: settled, late ones weighing more. */
export function baselineData(series: ParameterSeries, schedule: Schedule, method: BaselineMethod) {
  const settled = afterWarmup(series, schedule);
  const count = settled.tokens.length;
  const start =
    method === 'linearLog' ? Math.max(0, Math.min(count - 4, Math.floor(count * (1 - lateShare)))) : 0;
  const tokens = settled.tokens.slice(start);
  return { tokens, mean: settled.mean.slice(start), weights: recencyWeights(tokens) };
}

/**
 * One baseline's predictions at token counts `at`, from a series that ends with the prefix. Throws `input.invalid` where
 * fewer checkpoints remain than the curve has parameters.
 */
export function predictBaseline(
  method: BaselineMethod,
  series: ParameterSeries,
  schedule: Schedule,
  at: readonly number[],
  options: PredictionOptions = {},
): Prediction {
  const data = baselineData(series, schedule, method);
  const needed =
    method === 'lastValue'
      ? 1
      : method === 'multiPower'
        ? multiPowerParameters(data.tokens, schedule)
        : curveBaselines[method].freeParameters({});
  const have = method === 'lastValue' ? series.tokens.length : data.tokens.length;
  if (have < needed) {
    throw new FinegrainError(
      'input.invalid',
      `The prefix holds ${have} checkpoints after warm-up; the ${baselineLabels[method]} has ${needed} free parameters.`,
      'Take a longer prefix, or measure more often.',
    );
  }
  const answer = (
    losses: readonly number[],
    parameters: Record<string, number>,
    identifiable = true,
  ): Prediction => ({
    method: method satisfies PredictionMethod,
    at: at.map((tokens, k) => ({ tokens, loss: losses[k]! })),
    identifiable,
    trust: trustOf(method, losses, series, data.tokens.length, identifiable),
    parameters,
  });
  if (method === 'lastValue') {
    const last = series.mean.at(-1)!;
    return answer(
      at.map(() => last),
      { last },
    );
  }
  if (method === 'multiPower') {
    const {
      decaySeen,
      objective: _,
      ...parameters
    } = fitMultiPower(data.tokens, data.mean, schedule, data.weights);
    const fit = { ...parameters, decaySeen, objective: 0 };
    return answer(multiPowerLoss(fit, at, schedule), parameters, decaySeen || schedule.kind === 'constant');
  }
  const context: FormContext = { schedule, options: { robust: options.law?.robust ?? 'squares' } };
  const form = curveBaselines[method];
  const fit = fitForm(form, data.tokens, data.mean, context, data.weights);
  return answer(
    at.map((tokens) => evaluateForm(form, fit, tokens, context)),
    { ...fit.parameters },
  );
}

function trustOf(
  method: BaselineMethod,
  losses: readonly number[],
  series: ParameterSeries,
  used: number,
  identifiable: boolean,
): Trust {
  if (losses.some((loss) => !(loss > 0))) {
    return { level: 'none', sentence: `The ${baselineLabels[method]} predicts a loss of 0 or less here.` };
  }
  if (method === 'lastValue') {
    return {
      level: 'doubtful',
      sentence: 'The last measured loss, carried on: it takes no further progress into account.',
    };
  }
  if (!identifiable) {
    return {
      level: 'doubtful',
      sentence: 'The learning rate has not fallen in this prefix: what its fall will bring cannot be told.',
    };
  }
  const last = series.mean.at(-1)!;
  if (losses.some((loss) => loss > last * 1.02)) {
    return {
      level: 'doubtful',
      sentence: `The ${baselineLabels[method]} predicts a rise above the last measured loss.`,
    };
  }
  if (used < 8) return { level: 'doubtful', sentence: `Only ${used} checkpoints after warm-up.` };
  return { level: 'good', sentence: `Fitted to ${used} checkpoints after warm-up.` };
}

export const baselineMethods: readonly BaselineMethod[] = [
  'power',
  'reciprocal',
  'log',
  'linearLog',
  'lastValue',
  'multiPower',
];
