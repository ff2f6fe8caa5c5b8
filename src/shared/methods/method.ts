/**
 * What one method (an FFN kind, an attention kind) declares, once, in one file: its part of the document's schema, its
 * parameters and initialisers, its counts, its forward function, its taps and its help texts. The registries in
 * `ffn/index.ts` and `attention/index.ts` list the methods; nothing else in the project names one of them.
 */
import type { z } from 'zod';
import type { Problem } from '../errors.ts';
import type { Ops, Tensor } from './ops.ts';

/** How a parameter starts. `normal` draws N(0, std^2). `residual` is normal with std / sqrt(2 L), for matrices that write into the residual stream. */
export type Initialiser =
  | { readonly kind: 'normal'; readonly std?: number } // std: default is the document's initialisation.std
  | { readonly kind: 'residual' }
  | { readonly kind: 'ones' }
  | { readonly kind: 'zeros' };

export interface ParameterSpec {
  /** Name relative to its owner, e.g. `experts.gate`; stored as `blocks.3.ffn.experts.gate`. */
  readonly name: string;
  readonly shape: readonly number[];
  readonly initialiser: Initialiser;
  /** Weight decay applies (matrices yes, gains and router vectors no). */
  readonly decay: boolean;
}

/** Counts of one layer's part, per token unless said otherwise. Context enters through `context` of the caller. */
export interface PartCounts {
  readonly parameters: number;
  /** Parameters used for one token at inference; equals `parameters` for dense parts. An expectation where k varies. */
  readonly activeParameters: number;
  /** FLOPs of the matrix products and score products, 2 per multiply-add, forward, all experts as trained. */
  readonly forwardFlops: number;
  /** The same with only the active experts counted. */
  readonly activeForwardFlops: number;
}

/** Dimensions every part sees. */
export interface LayerShape {
  readonly width: number; // d
  readonly layers: number; // L
  readonly context: number; // T
}

/** Where model code may leave values for probes. In a training graph this does nothing. */
export type Tap = (name: string, value: Tensor) => void;

export interface ForwardContext {
  readonly ops: Ops;
  readonly training: boolean;
  readonly normEpsilon: number;
  readonly batch: number; // B
  readonly context: number; // T
  readonly layers: number; // L
  readonly tap: Tap;
  /** Adds a term to the training loss (already weighted); reported apart under `name`, summed over layers. */
  readonly addLoss: (name: string, value: Tensor) => void;
}

/** Parameters of the part by relative name. */
export type Parameters = Readonly<Record<string, Tensor>>;

/** A field's help for editors: label, the paper's symbol, one sentence, and whether it is a reconstruction of ours. */
export interface FieldHelp {
  readonly label: string;
  readonly symbol?: string;
  readonly help: string;
  readonly standing?: 'paper' | 'secondary' | 'derived' | 'ours' | 'unknown';
}

export interface FfnMethod<Options extends { kind: string; width: number }> {
  readonly kind: Options['kind'];
  readonly label: string;
  /** One sentence for pickers. */
  readonly summary: string;
  /** 'reconstruction' shows a badge wherever a run of this method appears. */
  readonly standing: 'complete' | 'partial' | 'reconstruction' | 'baseline';
  readonly source: string; // e.g. 'arXiv 2502.12928'
  readonly schema: z.ZodType<Options>;
  /** The method's defaults for a model of FFN width D. */
  defaults(ffnWidth: number): Options;
  readonly fields: Readonly<Record<string, FieldHelp>>;
  /** Rules that cross fields; paths relative to the ffn object (e.g. `subLayers`). */
  check(options: Options, shape: LayerShape): Problem[];
  parameters(options: Options, shape: LayerShape): ParameterSpec[];
  counts(options: Options, shape: LayerShape): PartCounts;
  /**
   * The whole FFN half of a block: from the residual stream h_Nd after attention to the stream after the FFN (norms and
   * residual inside). Taps: `activation` [N, D], `activationTimesUp` [N, D], and for gated methods `gate` [N, E],
   * with E = all experts of the layer (for Finedeep M*K, sub-layer major).
   */
  forward(options: Options, parameters: Parameters, stream: Tensor, context: ForwardContext): Tensor;
}
