/** The engine's face to the host: what it can run on, and the three programs it builds (training step, evaluation, probe). */
import type { Architecture } from '../../shared/architecture/document.ts';
import type { DisabledTop1 } from '../../shared/methods/method.ts';
import type { Objective } from '../../shared/methods/objective.ts';
import type { DeviceName } from '../../shared/run/configuration.ts';

export interface DeviceReport {
  readonly name: Exclude<DeviceName, 'auto'>;
  readonly kind: 'cpu' | 'gpu';
  readonly available: boolean;
  /** Why it is or is not available, in one sentence with the way out. */
  readonly reason: string;
}

export interface ChosenDevice {
  readonly name: Exclude<DeviceName, 'auto'>;
  readonly reason: string;
}

/** Tensors by stored name (docs/checkpoint.md), row-major float32. */
export type NamedArrays = Map<string, Float32Array>;

/** Everything the optimiser step carries from step to step. */
export interface TrainingState {
  readonly parameters: NamedArrays;
  readonly firstMoments: NamedArrays; // m, by parameter name
  readonly secondMoments: NamedArrays; // v
  /** Optimiser steps done (t of AdamW's bias correction). */
  readonly step: number;
}

export interface OptimiserSettings {
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
  readonly weightDecay: number;
  readonly clip: number; // 0: off
}

/** All that a trainer takes from a run's configuration. */
export interface TrainingSettings extends OptimiserSettings {
  /** Micro-batches of one optimiser step. */
  readonly accumulate: number;
  /** Seed of the noise that methods draw while training (`context.uniform`). */
  readonly seed: number;
  readonly objective: Objective;
}

/** Which call of `context.uniform` numbers are for. */
export interface Draw {
  /** Optimiser steps done before this one; 0 at inference. */
  readonly step: number;
  readonly microBatch: number;
  /** Calls before it in the same forward pass. */
  readonly index: number;
}

/** Fills with uniform numbers in [0, 1) that follow from the draw alone. */
export type NoiseSource = (draw: Draw, into: Float32Array) => void;

/** One micro-batch. Inputs and targets are B*T token ids row-major; mask 1 counts the position's loss, 0 ignores it (absent: all 1). */
export interface Batch {
  readonly inputs: Int32Array;
  readonly targets: Int32Array;
  readonly mask?: Float32Array;
}

export interface StepResult {
  /** Mean next-token loss in nats over counted positions of all micro-batches. */
  readonly loss: number;
  /** What is minimised before auxiliary terms; equal to `loss` unless the run's objective changes it. */
  readonly objective: number;
  /** objective + auxiliary terms: what was differentiated. */
  readonly totalLoss: number;
  readonly auxiliary: Readonly<Record<string, number>>;
  /** What layers report (ForwardContext.report), means over micro-batches. */
  readonly reports: Readonly<Record<string, number>>;
  /** Global L2 norm of the gradient before clipping. */
  readonly gradientNorm: number;
}

export interface ProgramShape {
  readonly batch: number; // B
  readonly context: number; // T
}

/** `attention`: the maps (`attention.map`, [B, H, T, T]); `ffn`: all other taps. */
export type ProbeKind = 'ffn' | 'attention';

export interface EvaluateOptions {
  /** See ForwardContext.disableTop1. Default 'none'. */
  readonly disableTop1?: DisabledTop1;
}

export interface Trainer {
  readonly device: ChosenDevice;
  /** `batches` holds `accumulate` micro-batches; their mean gradient is clipped and applied with this learning rate. */
  step(batches: readonly Batch[], learningRate: number): Promise<StepResult>;
  /** Copies state to host memory (also from a GPU). */
  readState(): Promise<TrainingState>;
  writeState(state: TrainingState): Promise<void>;
  /** Per-position losses in nats [B*T] and their masked mean, with the current weights. */
  evaluate(batch: Batch, options?: EvaluateOptions): Promise<{ losses: Float32Array; loss: number }>;
  /**
   * Tapped tensors of every layer on one batch, `layers[i].taps.activation` etc. (row-major, with shapes). Taps of the
   * other kind are not computed. Default 'ffn'.
   */
  probe(batch: Batch, kind?: ProbeKind): Promise<TappedLayer[]>;
  dispose(): Promise<void>;
}

/** Inference with fixed weights: evaluation, probing, and logits for sampling. */
export interface Model {
  readonly device: ChosenDevice;
  /** Logits [B*T, V] row-major. */
  logits(inputs: Int32Array): Promise<Float32Array>;
  evaluate(batch: Batch, options?: EvaluateOptions): Promise<{ losses: Float32Array; loss: number }>;
  probe(batch: Batch, kind?: ProbeKind): Promise<TappedLayer[]>;
  dispose(): Promise<void>;
}

export interface TappedLayer {
  readonly layer: number;
  readonly taps: Readonly<Record<string, { readonly shape: number[]; readonly values: Float32Array }>>;
}

export interface EngineRequest {
  readonly architecture: Architecture;
  readonly shape: ProgramShape;
  /** Values of every buffer of the model by full name (`bufferValues`); baked into the programs. */
  readonly buffers: NamedArrays;
  readonly device: DeviceName;
  /** CPU threads; 0: chosen by measurement. */
  readonly threads: number;
  /** Numbers for `context.uniform` in place of the engine's own. For comparisons with other implementations. */
  readonly noise?: NoiseSource;
}

/** What a program is recorded from. */
export type ProgramSource = Pick<EngineRequest, 'architecture' | 'shape' | 'buffers'>;

export interface Engine {
  devices(): Promise<DeviceReport[]>;
  choose(device: DeviceName): Promise<ChosenDevice>;
  trainer(request: EngineRequest, settings: TrainingSettings): Promise<Trainer>;
  model(request: EngineRequest, parameters: NamedArrays): Promise<Model>;
  /** Best matrix-product rate of the device in FLOP/s, measured now with products of the request's shapes. */
  measureCeiling(request: EngineRequest): Promise<number>;
}
