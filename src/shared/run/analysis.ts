/**
 * What analyses of checkpoints answer, one type each. Layers and experts are counted from 0 here and from 1 in what
 * people read. Losses are in nats per token.
 */

import type { DisabledTop1 } from '../methods/method.ts';

export const analysisKinds = [
  'routing',
  'saturation',
  'buckets',
  'robustness',
  'similarity',
  'active-experts',
  'softmax-time',
  'positions',
] as const;
export type AnalysisKind = (typeof analysisKinds)[number];

/** Whose checkpoint an analysis looked at. */
export interface AnalysisRun {
  readonly run: string;
  readonly name: string;
  /** Some equation of the architecture is ours, not confirmed against its paper. */
  readonly reconstruction: boolean;
  /** Step of the checkpoint (the final one where several were read). */
  readonly step: number;
}

/** What it read. */
export interface AnalysisSubject extends AnalysisRun {
  /** The text, in words: `text`, or `validation text of NAME`. */
  readonly source: string;
  readonly tokens: number;
}

/**
 * softmax: probabilities that sum to 1 over each group. gates: scores of each expert by itself (DSMoE). none: the choice
 * does not follow from a trained router (hash layer, random routing).
 */
export type RouterKind = 'softmax' | 'gates' | 'none';

export interface RoutedLayer {
  readonly layer: number;
  readonly kind: string;
  readonly experts: number; // E
  readonly groups: number;
  readonly router: RouterKind;
}

export interface RoutingAnalysis extends AnalysisSubject {
  readonly kind: 'routing';
  readonly positions: readonly { readonly position: number; readonly id: number; readonly token: string }[];
  readonly layers: readonly (RoutedLayer & {
    /** By token of `positions`: the router's probability of every expert; null without a router. */
    readonly probabilities: readonly (readonly number[])[] | null;
    /** By token: experts that ran, the most probable first within each group, and the weight of each one's output. */
    readonly chosen: readonly (readonly number[])[];
    readonly weights: readonly (readonly number[])[];
    /** Distinct experts used by a token type, mean over the types of all tokens looked at that occur at least twice. */
    readonly distinctPerType: number | null;
  })[];
}

export interface SaturationAnalysis extends AnalysisSubject {
  readonly kind: 'saturation';
  /** Kept checkpoints in order, the final one last. */
  readonly steps: readonly number[];
  readonly layers: readonly (RoutedLayer & {
    /** Share of a token's experts at each step that the final checkpoint chooses too (OLMoE, arXiv 2409.02060). */
    readonly saturation: readonly number[];
    /** Share of tokens (and groups) whose most probable expert differs from the final checkpoint's. */
    readonly fluctuation: readonly number[];
  })[];
  /** Over all layers. */
  readonly mean: { readonly saturation: readonly number[]; readonly fluctuation: readonly number[] };
}

export const bucketNames = ['frequent', 'middle', 'rare'] as const;
export type BucketName = (typeof bucketNames)[number];

export interface BucketLoss {
  readonly bucket: BucketName;
  /** Token types of the vocabulary in this bucket. */
  readonly types: number;
  /** Positions of the text in this bucket. */
  readonly tokens: number;
  /** null where the text has no token of this bucket. */
  readonly loss: number | null;
}

export interface BucketAnalysis extends AnalysisSubject {
  readonly kind: 'buckets';
  readonly loss: number;
  readonly byTarget: readonly BucketLoss[];
  readonly byInput: readonly BucketLoss[];
  /** Tokens that the counts were taken over. */
  readonly countedTokens: number;
}

/** Routers whose first choice is taken away; see `DisabledTop1` of the methods. */
export const disabledTop1 = ['none', 'first', 'second', 'both'] as const satisfies readonly DisabledTop1[];

export interface RobustnessAnalysis extends AnalysisSubject {
  readonly kind: 'robustness';
  readonly loss: number;
  readonly perplexity: number;
  /** `both` stands for every router of the model; first and second where layers have two. */
  readonly disabled: readonly {
    readonly routers: Exclude<DisabledTop1, 'none'>;
    readonly loss: number;
    readonly perplexity: number;
    /** Increase over the model as it is, nats per token. */
    readonly lossIncrease: number;
    readonly perplexityIncrease: number;
  }[];
  readonly layers: readonly (RoutedLayer & {
    /** Share of tokens that keep their experts, because no other is visible to them (MaskMoE). */
    readonly kept: number;
  })[];
}

export interface SimilarityAnalysis extends AnalysisSubject {
  readonly kind: 'similarity';
  readonly context: number;
  /** Mean cosine of the attention maps' rows between two layers; null where their numbers of heads differ. */
  readonly values: readonly (readonly (number | null)[])[];
  readonly definition: string;
}

export interface ActiveExpertsAnalysis extends AnalysisRun {
  readonly kind: 'active-experts';
  readonly layers: readonly { readonly layer: number; readonly kind: string; readonly experts: number }[];
  readonly sources: readonly {
    readonly source: string;
    readonly tokens: number;
    /** Experts that ran, mean over tokens, by layer of `layers`. */
    readonly active: readonly number[];
    readonly mean: number;
  }[];
}

export interface TimeShare {
  /** Per run of the program. */
  readonly milliseconds: number;
  readonly share: number;
}

/** How a router's softmax over [N, E] is called among operators; `Softmax` itself is attention's. */
export const routerSoftmax = 'Softmax (router)';

export interface SoftmaxTimeAnalysis extends AnalysisRun {
  readonly kind: 'softmax-time';
  readonly device: string;
  readonly threads: number;
  readonly batch: number;
  readonly context: number;
  /** Runs measured, after the warm-up. */
  readonly repeats: number;
  /** Wall time of one run with profiling on, the median. */
  readonly wallMilliseconds: number;
  readonly softmax: TimeShare;
  /** The part of `softmax` in attention; the rest is in routers. */
  readonly attentionSoftmax: TimeShare;
  readonly matrixProducts: TimeShare;
  readonly other: TimeShare;
  /** Operators of ONNX, the costliest first. */
  readonly operators: readonly (TimeShare & { readonly operator: string; readonly calls: number })[];
  /** How this was measured, and what it does not cover. */
  readonly method: string;
}

export interface PositionAnalysis extends AnalysisSubject {
  readonly kind: 'positions';
  readonly context: number;
  readonly loss: number;
  /** Mean loss of the prediction at each position of the window, [T]. */
  readonly byPosition: readonly number[];
  /** Windows that reach the position. */
  readonly windows: readonly number[];
}

export interface AnalysisResults {
  routing: RoutingAnalysis;
  saturation: SaturationAnalysis;
  buckets: BucketAnalysis;
  robustness: RobustnessAnalysis;
  similarity: SimilarityAnalysis;
  'active-experts': ActiveExpertsAnalysis;
  'softmax-time': SoftmaxTimeAnalysis;
  positions: PositionAnalysis;
}
export type AnalysisResult = AnalysisResults[AnalysisKind];
