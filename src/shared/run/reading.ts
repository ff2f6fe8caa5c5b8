/**
 * A short text as a checkpoint reads it, token by token: what `inspect.tokens` and `inspect.attention` answer. Layers, heads
 * and experts are counted from 0 here and from 1 in what people read. Losses and entropies are in nats.
 */
import type { RoutedLayer } from './analysis.ts';
import type { LayerProbe } from './probe.ts';

/** Tokens that one answer may hold. */
export const mostReadTokens = 512;
/** Tokens of an attention map: T^2 numbers cross to the page. */
export const mostMapTokens = 256;
/** Windows of a token file that can be asked for, at even distances. */
export const readableWindows = 64;
/** Most probable next tokens that are named. */
export const namedPredictions = 10;

export interface Prediction {
  readonly id: number;
  readonly token: string;
  readonly probability: number;
}

export interface ReadToken {
  readonly id: number;
  readonly token: string;
  /** -log p of this token given those before it in its window; null for the first, which nothing predicts. */
  readonly loss: number | null;
  /** What the model holds to come next, the most probable first. Empty for the last token of a text, which is not read. */
  readonly predictions: readonly Prediction[];
  /** Entropy of the distribution of the next token; null where `predictions` is empty. */
  readonly entropy: number | null;
}

export interface ReadLayer {
  readonly layer: number;
  readonly kind: string;
  /** By threshold (keys of `LayerProbe.nsar`) and token: share of the layer's units with |SiLU(x Wg)| above it. */
  readonly nsar: Readonly<Record<string, readonly number[]>>;
}

export interface ReadRoutes extends RoutedLayer {
  /** By token: the router's probability of every expert; null without a router. */
  readonly probabilities: readonly (readonly number[])[] | null;
  /** By token: experts that ran, the most probable first within each group, and the weight of each one's output. */
  readonly chosen: readonly (readonly number[])[];
  readonly weights: readonly (readonly number[])[];
}

export interface TokenReading {
  readonly step: number;
  /** `the given text`, or `validation text of NAME`. */
  readonly source: string;
  /** Tokens of a window. */
  readonly context: number;
  /** Which window of a data set was read, of how many; 0 of 1 for a text. */
  readonly window: number;
  readonly windows: number;
  /** The text goes on after what was read. */
  readonly cut: boolean;
  readonly loss: number;
  readonly bitsPerByte: number;
  /** Tokens read: all of `tokens` but the last, which is only predicted. */
  readonly read: number;
  readonly tokens: readonly ReadToken[];
  readonly layers: readonly ReadLayer[];
  /** Statistics over the tokens read, as probes log them. */
  readonly statistics: readonly LayerProbe[];
  /** Layers whose experts can be switched off. */
  readonly routes: readonly ReadRoutes[];
}

export interface AttentionReading {
  readonly step: number;
  readonly source: string;
  readonly tokens: readonly string[];
  readonly layer: number;
  readonly head: number;
  /** Row t: what position t attends to, t + 1 numbers that sum to 1. */
  readonly map: readonly (readonly number[])[];
  /** By layer and head: how far back it attends, in tokens, and the entropy of its rows; means over positions. */
  readonly distance: readonly (readonly number[])[];
  readonly entropy: readonly (readonly number[])[];
}
