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
  /** Weight decay applies (weight matrices yes, gains and routers no). */
  readonly decay: boolean;
  /**
   * The initial values are cut from the draw of another parameter instead of a draw of their own, so that variants of
   * one dense model start from the same numbers (papers: expert weights cut from the dense initial draw).
   */
  readonly cut?: InitialCut;
}

/**
 * `values = draw[begin, begin + size)` along each axis, where `draw` is what the parameter called `name` of shape
 * `shape` would start with under the same initialiser. Where `size` is smaller than the parameter, the rest is zero.
 */
export interface InitialCut {
  /** Relative to the owner like ParameterSpec.name; full after `parameterSpecs`. */
  readonly name: string;
  readonly shape: readonly number[];
  readonly begin: readonly number[];
  readonly size: readonly number[];
  /**
   * For experts stacked along the parameter's first axis: expert i is cut i * size further along this axis of the draw.
   * Absent: the parameter has the draw's axes.
   */
  readonly stackedAlong?: 0 | 1;
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
  /** The part of `forwardFlops` in products with the FFN's or attention's own weight matrices (no scores, no routers). */
  readonly matrixFlops: number;
}

/** Assumptions that counts depend on. */
export interface CountAssumptions {
  /** Measured mean of active experts in this layer; absent: the expectation at initialisation. */
  readonly activeExperts?: number;
}

/** How a gated layer's experts are laid out. Always-on shared experts are not among them. */
export interface ExpertLayout {
  readonly count: number; // E
  /** Rows of the layout (Finedeep: M sub-layers of K), 1 for flat experts. */
  readonly groups: number;
  /** true: a gate of exactly 0 means that the expert does not run at inference. false: every expert always runs. */
  readonly switchesOff: boolean;
  /** Experts that every token chooses in each group, where that number is fixed (top-k); null where it varies. */
  readonly chosenPerGroup?: number | null;
  /** Units of always-on shared experts beside them; absent: 0. */
  readonly sharedUnits?: number;
}

/** Dimensions every part sees. */
export interface LayerShape {
  readonly width: number; // d
  readonly layers: number; // L
  readonly context: number; // T
  readonly vocabulary: number; // V
}

/** Where model code leaves values for probes. `make` is called only where the value is wanted. */
export type Tap = (name: string, make: () => Tensor) => void;

/**
 * A constant of one layer that is not trained and is fixed before the first step, such as a routing mask over token
 * types. Stored with the checkpoint under its full name, e.g. `blocks.1.ffn.visible`; not counted as a parameter.
 */
export interface BufferSpec {
  /** Name relative to its owner. */
  readonly name: string;
  readonly shape: readonly number[];
  readonly values: (source: BufferSource) => Float32Array;
}

/** What the values of a buffer may depend on. */
export interface BufferSource {
  /** Occurrences of every token id in the training split, [V]. */
  readonly counts: ArrayLike<number>;
  /** Index of the layer in the expanded stack. */
  readonly layer: number;
}

/** Which router's first choice is taken away at inference, to measure how robust a model's routing is. */
export type DisabledTop1 = 'none' | 'first' | 'second' | 'both';

export interface ForwardContext {
  readonly ops: Ops;
  readonly training: boolean;
  readonly normEpsilon: number;
  readonly batch: number; // B
  readonly context: number; // T
  readonly layers: number; // L
  /** null in a training graph: values that only a probe needs are then not computed at all. */
  readonly tap: Tap | null;
  /** A constant shared by all layers of one forward pass, made on first use. */
  readonly once: (key: string, make: () => Tensor) => Tensor;
  /** Adds a term to the training loss (already weighted); reported apart under `name`, summed over layers. */
  readonly addLoss: (name: string, value: Tensor) => void;
  /** Reports a scalar of this layer that is no loss, e.g. `overflow`; the mean over the layers that report it is logged. */
  readonly report: (name: string, value: Tensor) => void;
  /** Token ids of all positions, int32 [N]. */
  readonly inputs: Tensor;
  /** The buffer of this relative name (see FfnMethod.buffers). */
  readonly buffer: (name: string) => Tensor;
  /**
   * Uniform numbers in [0, 1), float32, new ones for every call. In training they differ from step to step and follow
   * from the run's seed and the step alone; at inference they are always the same.
   */
  readonly uniform: (shape: readonly number[]) => Tensor;
  /** `first` and `second` tell the sub-layers of a method with two routers apart; a method with one obeys all but `none`. */
  readonly disableTop1: DisabledTop1;
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

export interface FfnVariant<Options> {
  readonly label: string;
  /** One sentence for pickers. */
  readonly summary: string;
  options(ffnWidth: number): Options;
}

export interface FfnMethod<Options extends { kind: string }> {
  readonly kind: Options['kind'];
  readonly label: string;
  /** One sentence for pickers. */
  readonly summary: string;
  /** 'reconstruction' shows a badge wherever a run of this method appears. */
  readonly standing: 'complete' | 'partial' | 'reconstruction' | 'baseline';
  readonly source: string; // e.g. 'arXiv 2502.12928'
  /** What must be said beside every run of the method, or null: how far it is the paper's and how far ours. */
  readonly notice: string | null;
  readonly schema: z.ZodType<Options>;
  /** The method's defaults for a model of FFN width D: the FFN that is compared with a dense one of that width. */
  defaults(ffnWidth: number): Options;
  /** Named layouts of the same method that comparisons and presets ask for, each for a model of FFN width D like `defaults`. */
  readonly variants?: Readonly<Record<string, FfnVariant<Options>>>;
  /** The width D that `defaults` takes to arrive at an FFN of this size: what a change of kind keeps. */
  matchedWidth(options: Options): number;
  /** Intermediate units of a layer over all its experts, always-on ones included: the width of the `activation` tap. */
  units(options: Options): number;
  readonly fields: Readonly<Record<string, FieldHelp>>;
  /** Rules that cross fields; paths relative to the ffn object (e.g. `subLayers`). */
  check(options: Options, shape: LayerShape): Problem[];
  parameters(options: Options, shape: LayerShape): ParameterSpec[];
  counts(options: Options, shape: LayerShape, assumptions?: CountAssumptions): PartCounts;
  /** null: no experts, and no `gate` tap. */
  experts(options: Options): ExpertLayout | null;
  /** The same FFN, width kept, with its experts laid out as `groups` rows of `perGroup`. Absent: no layout to change. */
  withLayout?(options: Options, groups: number, perGroup: number): Options;
  /** Names of the fields whose value in `options` is a reconstruction of ours and shapes what is computed. */
  reconstructed(options: Options): string[];
  /** NSAR thresholds beyond the common sweep that this layer asks for. */
  nsarThresholds(options: Options): readonly number[];
  /**
   * The whole FFN half of a block: from the residual stream h_Nd after attention to the stream after the FFN (norms and
   * residual inside). Taps: `activation` [N, D] = SiLU(x Wg), `activationTimesUp` [N, D] = SiLU(x Wg) * (x Wu),
   * and for gated methods `gate` [N, E], the weight that each expert's output gets before any rescaling (0: switched
   * off), with E = all experts of the layer (for Finedeep M*K, sub-layer major); `score` [N, E] where the gate before
   * its threshold differs.
   */
  forward(options: Options, parameters: Parameters, stream: Tensor, context: ForwardContext): Tensor;
  /** Untrained constants of the layer. Absent: none. */
  buffers?(options: Options, shape: LayerShape): BufferSpec[];
}
