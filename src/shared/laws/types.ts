/**
 * Types of the temporal scaling law (arXiv 2404.17785). Reconstruction: log / hyperbolic / piecewise-cosine family;
 * equations ours. Losses are nats per token, N is training tokens, rates are the optimiser's learning rates.
 */

/** One checkpoint: the mean loss at every position of the window over fixed held-out sequences. */
export interface TrajectoryPoint {
  readonly step: number;
  readonly tokens: number;
  readonly learningRate: number;
  /** Mean loss at position i = 1..n, shape [n]. */
  readonly loss: readonly number[];
  /** Standard error of `loss` over sequences, shape [n]. */
  readonly standardError?: readonly number[];
}

/** What a law is fitted to: one set's measurements in order of tokens, and the schedule that is known in advance. */
export interface Trajectory {
  readonly set: string;
  readonly points: readonly TrajectoryPoint[];
  readonly schedule: Schedule;
}

/** The plan of the learning rate: known before training, so a fit may use it beyond the prefix. */
export interface Schedule {
  readonly kind: 'cosine' | 'wsd' | 'constant' | 'table';
  readonly warmupTokens: number;
  readonly totalTokens: number;
  readonly peak: number;
  /** Final rate as a share of the peak (cosine, wsd). */
  readonly minimumRatio: number;
  /** wsd: share of the tokens spent decaying at the end. */
  readonly decayShare: number;
  /** kind 'table': rates at given tokens, linear in between, in order of tokens. */
  readonly table?: readonly { readonly tokens: number; readonly learningRate: number }[];
}

export const positionLaws = ['hyperbolic', 'power', 'log'] as const;
export type PositionLaw = (typeof positionLaws)[number];

export const a0Forms = ['log', 'logShifted'] as const;
export const a1Forms = ['hyperbolic', 'constant'] as const;
export const a2Forms = [
  'powerThenCos',
  'logThenCos',
  'hyperbolicThenCos',
  'logThenSchedule',
  'logPlusSchedule',
] as const;
export type A0Form = (typeof a0Forms)[number];
export type A1Form = (typeof a1Forms)[number];
export type A2Form = (typeof a2Forms)[number];

export interface PositionOptions {
  readonly positionLaw?: PositionLaw; // default 'hyperbolic'
  /** Leaves position 1, which has no context, out of the fit (not out of the mean). Default false. */
  readonly dropFirstPosition?: boolean;
  /** 'byStandardError': weights 1 / standardError^2, needs standardError in every point. Default 'uniform'. */
  readonly positionWeights?: 'uniform' | 'byStandardError';
}

/** The fields of section 3 of the paper's file. 'auto': chosen by held-out error inside the prefix. */
export interface LawOptions extends PositionOptions {
  readonly a0Form?: A0Form | 'auto';
  readonly a1Form?: A1Form | 'auto';
  readonly a2Form?: A2Form | 'auto';
  /** 'free': the phase of the cosine piece is fitted too. Default 'fixedToSchedule' (phi = 0). */
  readonly cosPhase?: 'fixedToSchedule' | 'free';
  /** 'scan': fitted; a number: N_sep in tokens; 'none': one piece. Default 'scan'. */
  readonly separation?: 'scan' | 'none' | number;
  /** Of the temporal fits: squared errors, or Huber's by iterated weights. Default 'squares'. */
  readonly robust?: 'squares' | 'huber';
}

/** L_i = a0 g(a1, i) + a2 fitted to one loss vector. */
export interface PositionFit {
  readonly law: PositionLaw;
  readonly a0: number;
  readonly a1: number;
  readonly a2: number;
  /** 1 - SSE / SST over the fitted positions; 1 where the losses are constant and met exactly. */
  readonly r2: number;
  /** Autocorrelation of the residuals over i at lag 1: near 0 if the law's shape is right. */
  readonly residualLag1: number;
  /** Weighted sum of squared residuals. */
  readonly sse: number;
}

/** Position fits of all checkpoints: everything a temporal fit reads. Made once, kept by the caller. */
export interface ParameterSeries {
  readonly law: PositionLaw;
  /** Number of positions n. */
  readonly positions: number;
  /** All arrays: one entry per checkpoint, in order of tokens. */
  readonly tokens: readonly number[];
  readonly steps: readonly number[];
  readonly learningRate: readonly number[];
  readonly a0: readonly number[];
  readonly a1: readonly number[];
  readonly a2: readonly number[];
  /** Measured mean over positions. */
  readonly mean: readonly number[];
  /** The measured losses themselves, [checkpoints][n], and the weights of positions, [checkpoints][n] or null. */
  readonly loss: readonly (readonly number[])[];
  readonly weights: readonly (readonly number[] | null)[];
  /** First fitted position: 1, or 2 with dropFirstPosition. */
  readonly first: number;
  readonly fits: readonly PositionFit[];
}

/** One form fitted to one parameter's series: value(N) = sum_k coefficients[k] * columns(N, theta)[k]. */
export interface FormFit<Id extends string = string> {
  readonly form: Id;
  /** Non-linear parameters of the form (possibly none). */
  readonly theta: readonly number[];
  readonly coefficients: readonly number[];
  /** Sum of squared residuals (of Huber's rho for robust: 'huber') over the fitted checkpoints. */
  readonly objective: number;
  /** Mean squared error on the held-out end of the prefix; null where forced and not scored, or too few checkpoints. */
  readonly heldOut: number | null;
  /** Named parameters of the form's equation, as written in its `equation`. */
  readonly parameters: Readonly<Record<string, number>>;
}

export type Separation = { readonly tokens: number } | { readonly notIdentifiable: string };

export interface ParameterFit<Id extends string = string> {
  readonly chosen: FormFit<Id>;
  /** Every form tried, the chosen one among them. */
  readonly candidates: readonly FormFit<Id>[];
}

/**
 * What the temporal forms are fitted to: the checkpoints of the prefix after warm-up. a1 is that of each checkpoint's own
 * fit; a0 and a2 are solved again with a1 on its temporal law, which keeps a0 h(a1) + a2 at the measured mean.
 */
export interface UsedSeries {
  readonly tokens: readonly number[];
  readonly a0: readonly number[];
  readonly a1: readonly number[];
  readonly a2: readonly number[];
  readonly mean: readonly number[];
  /** Weights of the squared errors of a0 and a2, and of a1. */
  readonly weights: readonly number[];
  readonly a1Weights: readonly number[];
}

export interface TemporalFit {
  readonly law: PositionLaw;
  readonly positions: number;
  readonly a0: ParameterFit<A0Form>;
  readonly a1: ParameterFit<A1Form>;
  readonly a2: ParameterFit<A2Form>;
  readonly separation: Separation;
  /** What the forms were fitted to. */
  readonly used: UsedSeries;
  /** Root mean square of (measured mean - law's mean) over the used checkpoints, nats/token. */
  readonly meanResidual: number;
}

export interface PredictionOptions {
  /** Only checkpoints up to this step are read. */
  readonly untilStep?: number;
  /** Only checkpoints up to this many tokens are read. */
  readonly untilTokens?: number;
  readonly law?: LawOptions;
  readonly intervals?: {
    readonly resamples: number;
    readonly seed: number;
    readonly levels: readonly number[];
  } | null;
}

export const predictionMethods = [
  'temporal',
  'power',
  'reciprocal',
  'log',
  'linearLog',
  'lastValue',
  'multiPower',
] as const;
export type PredictionMethod = (typeof predictionMethods)[number];

export interface PredictedPoint {
  readonly tokens: number;
  readonly loss: number;
  readonly low50?: number;
  readonly high50?: number;
  readonly low95?: number;
  readonly high95?: number;
}

export interface Trust {
  readonly level: 'good' | 'doubtful' | 'none';
  readonly sentence: string;
}

export interface Prediction {
  readonly method: PredictionMethod;
  /** One entry per token count asked for, in the order asked. */
  readonly at: readonly PredictedPoint[];
  /** false: part of the law cannot be told from this prefix (the late piece of a2 has not begun). */
  readonly identifiable: boolean;
  readonly trust: Trust;
  readonly forms?: { readonly a0: string; readonly a1: string; readonly a2: string };
  readonly parameters?: Readonly<Record<string, number>>;
  readonly separation?: Separation;
}
