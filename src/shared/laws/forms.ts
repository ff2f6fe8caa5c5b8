/**
 * How a0, a1 and a2 move with the training tokens N (arXiv 2404.17785: a logarithmic, a hyperbolic and a piecewise cosine
 * function, known from a third-party description; the equations here are ours). Every form is
 *   value(N) = sum_k coefficients[k] columns(N, theta)[k]
 * with at most two non-linear parameters theta, so that a grid over theta with linear least squares inside finds the best
 * fit wherever it lies. A new form is one entry here.
 */
import { logSpaced } from './numeric.ts';
import { annealedShare, decayStart } from './schedule.ts';
import type { A0Form, A1Form, A2Form, LawOptions, Schedule } from './types.ts';

export interface FormContext {
  readonly schedule: Schedule;
  readonly options: LawOptions;
}

export interface TemporalForm<Id extends string = string> {
  readonly id: Id;
  /** 'mean': a baseline, fitted to the mean loss itself. */
  readonly parameter: 'a0' | 'a1' | 'a2' | 'mean';
  readonly label: string;
  readonly equation: string;
  readonly standing: string;
  readonly parameterNames: readonly string[];
  /** Linear and non-linear parameters that are fitted. */
  freeParameters(options: LawOptions): number;
  /** Values of theta to try for checkpoints at `tokens` (ascending); [[]] without non-linear parameters. */
  grid(tokens: readonly number[], context: FormContext): readonly (readonly number[])[];
  /** Values of the linear columns at N = `tokens`; a separation of Infinity means the early piece alone. */
  columns(tokens: number, theta: readonly number[], context: FormContext): number[];
  /** Columns whose coefficient is held at 0 or above. */
  readonly nonNegative: readonly number[];
  parameters(
    theta: readonly number[],
    coefficients: readonly number[],
    context: FormContext,
  ): Record<string, number>;
}

const ours = 'family secondary, equation ours';
const none: readonly (readonly number[])[] = [[]];

/** Rates r of log(r N + 1) or 1 / (1 + r N) that matter for checkpoints at `tokens`. */
export function rates(tokens: readonly number[], count: number): number[] {
  return logSpaced(0.03 / tokens.at(-1)!, 100 / tokens[0]!, count);
}

export const a0Registry: Readonly<Record<A0Form, TemporalForm<A0Form>>> = {
  log: {
    id: 'log',
    parameter: 'a0',
    label: 'logarithm',
    equation: 'a0(N) = alpha0 log N + alpha1',
    standing: ours,
    parameterNames: ['alpha0', 'alpha1'],
    freeParameters: () => 2,
    grid: () => none,
    columns: (tokens) => [Math.log(tokens), 1],
    nonNegative: [],
    parameters: (_, [alpha0, alpha1]) => ({ alpha0: alpha0!, alpha1: alpha1! }),
  },
  logShifted: {
    id: 'logShifted',
    parameter: 'a0',
    label: 'shifted logarithm',
    equation: 'a0(N) = alpha0 log(alpha1 N + 1) + alpha2',
    standing: ours,
    parameterNames: ['alpha0', 'alpha1', 'alpha2'],
    freeParameters: () => 3,
    grid: (tokens) => rates(tokens, 24).map((rate) => [rate]),
    columns: (tokens, [rate]) => [Math.log1p(rate! * tokens), 1],
    nonNegative: [],
    parameters: ([alpha1], [alpha0, alpha2]) => ({ alpha0: alpha0!, alpha1: alpha1!, alpha2: alpha2! }),
  },
};

export const a1Registry: Readonly<Record<A1Form, TemporalForm<A1Form>>> = {
  hyperbolic: {
    id: 'hyperbolic',
    parameter: 'a1',
    label: 'hyperbola',
    equation: 'a1(N) = beta0 / (1 + beta1 N) + beta2',
    standing: ours,
    parameterNames: ['beta0', 'beta1', 'beta2'],
    freeParameters: () => 3,
    grid: (tokens) => rates(tokens, 24).map((rate) => [rate]),
    columns: (tokens, [rate]) => [1 / (1 + rate! * tokens), 1],
    nonNegative: [],
    parameters: ([beta1], [beta0, beta2]) => ({ beta0: beta0!, beta1: beta1!, beta2: beta2! }),
  },
  constant: {
    id: 'constant',
    parameter: 'a1',
    label: 'constant',
    equation: 'a1(N) = beta2',
    standing: 'ours, where the hyperbola predicts no better',
    parameterNames: ['beta2'],
    freeParameters: () => 1,
    grid: () => none,
    columns: () => [1],
    nonNegative: [],
    parameters: (_, [beta2]) => ({ beta2: beta2! }),
  },
};

/** pi (N - N_w) / (N_tot - N_w), held to [0, pi]: the schedule rests before and behind. */
function angle(tokens: number, { warmupTokens, totalTokens }: Schedule): number {
  const progress = (tokens - warmupTokens) / Math.max(1, totalTokens - warmupTokens);
  return Math.PI * Math.min(1, Math.max(0, progress));
}

/** Terms of the late piece. Cosine of the schedule (with a sine, if the phase is free) or its normalised rate. */
function lateTerms(tokens: number, form: A2Form, { schedule, options }: FormContext): number[] {
  if (schedule.kind !== 'cosine' || form === 'logThenSchedule') return [annealedShare(schedule, tokens)];
  const u = angle(tokens, schedule);
  return options.cosPhase === 'free' ? [Math.cos(u), Math.sin(u)] : [Math.cos(u)];
}

/** Checkpoints a piece of a2 must have on its side of the separation. */
export const leastInPiece = 5;

/** Separations to try: checkpoints with enough others on both sides, in the time in which the rate falls. */
export function separations(tokens: readonly number[], context: FormContext, count = 40): number[] {
  const { separation } = context.options;
  if (separation === 'none') return [Number.POSITIVE_INFINITY];
  if (typeof separation === 'number') return [separation];
  const start = Math.max(context.schedule.warmupTokens, decayStart(context.schedule));
  const possible = tokens.filter(
    (value, index) => index >= leastInPiece - 1 && index <= tokens.length - leastInPiece && value >= start,
  );
  if (start > (tokens[leastInPiece - 1] ?? 0) && start <= (tokens[tokens.length - leastInPiece] ?? 0)) {
    possible.unshift(start);
  }
  if (possible.length <= count) return possible;
  return Array.from(
    { length: count },
    (_, k) => possible[Math.round((k * (possible.length - 1)) / (count - 1))]!,
  );
}

type Early = 'log' | 'hyperbolic' | 'power';

const earlyColumns: Readonly<Record<Early, (tokens: number, rate: number) => number[]>> = {
  log: (tokens) => [Math.log(tokens), 1],
  hyperbolic: (tokens, rate) => [1 / (1 + rate * tokens), 1],
  power: (tokens, rate) => [tokens ** -rate],
};

/** Names of the linear parameters of the early piece, then of its rate. */
const earlyNames: Readonly<Record<Early, { linear: readonly string[]; rate: string | null }>> = {
  log: { linear: ['gamma0', 'gamma1'], rate: null },
  hyperbolic: { linear: ['gamma0', 'gamma1'], rate: 'gammaRate' },
  power: { linear: ['gamma0'], rate: 'gamma1' },
};

/**
 * a2 in two pieces that meet at theta[0] = N_sep. Continuity is built in: the early columns rest from N_sep on, the late
 * ones are 0 before it and their distance to their value there behind it.
 */
function pieces(
  id: A2Form,
  label: string,
  equation: string,
  early: Early,
  standing = ours,
): TemporalForm<A2Form> {
  const left = earlyColumns[early];
  const { linear, rate: rateName } = earlyNames[early];
  const ownRates = rateName === null ? 0 : 1;
  return {
    id,
    parameter: 'a2',
    label,
    equation,
    standing,
    parameterNames: [...linear, ...(rateName === null ? [] : [rateName]), 'gamma2', 'gamma3', 'separation'],
    freeParameters: ({ separation = 'scan', cosPhase }) => {
      if (separation === 'none') return linear.length + ownRates;
      const late = cosPhase === 'free' && id !== 'logThenSchedule' ? 2 : 1;
      return linear.length + ownRates + late + (separation === 'scan' ? 1 : 0);
    },
    grid: (tokens, context) => {
      if (rateName === null) return separations(tokens, context).map((separation) => [separation]);
      const tried = early === 'power' ? logSpaced(0.005, 3, 12) : rates(tokens, 12);
      return separations(tokens, context, 12).flatMap((separation) =>
        tried.map((rate) => [separation, rate]),
      );
    },
    columns: (tokens, [separation, rate], context) => {
      const late = lateTerms(tokens, id, context);
      if (separation === Number.POSITIVE_INFINITY) return [...left(tokens, rate!), ...late.map(() => 0)];
      const there = lateTerms(separation!, id, context);
      return [
        ...left(Math.min(tokens, separation!), rate!),
        ...late.map((value, k) => (tokens > separation! ? value - there[k]! : 0)),
      ];
    },
    nonNegative: [linear.length],
    parameters: ([separation, rate], coefficients, context) => {
      const named: Record<string, number> = {};
      for (const [k, name] of linear.entries()) named[name] = coefficients[k]!;
      if (rateName !== null) named[rateName] = rate!;
      if (separation === Number.POSITIVE_INFINITY) return named;
      const [cosine, sine] = coefficients.slice(linear.length) as [number, number?];
      const there = lateTerms(separation!, id, context);
      const meeting = left(separation!, rate!).reduce((sum, value, k) => sum + value * coefficients[k]!, 0);
      named.gamma2 = Math.hypot(cosine, sine ?? 0);
      named.gamma3 = meeting - cosine * there[0]! - (sine ?? 0) * (there[1] ?? 0);
      if (sine !== undefined) named.phase = Math.atan2(-sine, cosine);
      named.separation = separation!;
      return named;
    },
  };
}

const lateCos = 'gamma2 cos(pi (N - N_w) / (N_tot - N_w) + phi) + gamma3';

export const a2Registry: Readonly<Record<A2Form, TemporalForm<A2Form>>> = {
  powerThenCos: pieces(
    'powerThenCos',
    'power, then cosine',
    `a2(N) = gamma0 N^(-gamma1), N < N_sep; ${lateCos}, N >= N_sep`,
    'power',
    'ours, outside the family of the paper: few parameters, for short prefixes',
  ),
  logThenCos: pieces(
    'logThenCos',
    'logarithm, then cosine',
    `a2(N) = gamma0 log N + gamma1, N < N_sep; ${lateCos}, N >= N_sep (eta(N) / eta_max for the cosine of other schedules)`,
    'log',
  ),
  hyperbolicThenCos: pieces(
    'hyperbolicThenCos',
    'hyperbola, then cosine',
    `a2(N) = gamma0 / (1 + gammaRate N) + gamma1, N < N_sep; ${lateCos}, N >= N_sep`,
    'hyperbolic',
  ),
  logThenSchedule: pieces(
    'logThenSchedule',
    'logarithm, then learning rate',
    'a2(N) = gamma0 log N + gamma1, N < N_sep; gamma2 eta(N) / eta_max + gamma3, N >= N_sep',
    'log',
  ),
  logPlusSchedule: {
    id: 'logPlusSchedule',
    parameter: 'a2',
    label: 'logarithm plus learning rate',
    equation: 'a2(N) = gamma0 log N + gamma1 + gamma2 eta(N) / eta_max',
    standing: 'ours: both act at all times, no separation',
    parameterNames: ['gamma0', 'gamma1', 'gamma2'],
    freeParameters: () => 3,
    grid: () => none,
    columns: (tokens, _, { schedule }) => [Math.log(tokens), 1, annealedShare(schedule, tokens)],
    nonNegative: [2],
    parameters: (_, [gamma0, gamma1, gamma2]) => ({ gamma0: gamma0!, gamma1: gamma1!, gamma2: gamma2! }),
  },
};
