/** How a run trains. Saved with the run and inside every checkpoint; a resumed run reads it back unchanged. */
import { z } from 'zod';
import { objectiveSchema } from '../methods/objective.ts';

export const scheduleKinds = ['cosine', 'wsd', 'constant'] as const;

export const deviceNames = ['auto', 'cpu', 'webgpu', 'cuda', 'dml', 'coreml', 'eager'] as const;
export type DeviceName = (typeof deviceNames)[number];

/** Loss by position along training, for the temporal scaling law; see `planMeasurement`. */
export const measureSchema = z.strictObject({
  /** Steps at which it is measured, on a log + linear grid; 0: never. */
  points: z.int().min(0).max(2000).default(40),
  /** Held-out sequences of each set, the same every time. */
  sequences: z.int().positive().max(100_000).default(64),
  /** Bound of the compute spent on it, as a share of the compute of training. */
  maximumShare: z.number().positive().max(10).default(0.05),
  /** Data sets whose held-out text is measured as well, beside the run's own. */
  sets: z.array(z.string().min(1)).max(32).default([]),
});

export const runConfigurationSchema = z.strictObject({
  /** Data sets by name with their sampling weights (normalised to sum 1 when used). */
  data: z.array(z.strictObject({ name: z.string().min(1), weight: z.number().positive().default(1) })).min(1),
  /** A tokenizer of the workspace by name. null: one is trained on the data with the document's vocabulary. */
  tokenizer: z.string().min(1).nullable().default(null),
  steps: z.int().positive(),
  /** Sequences in one micro-batch (B). */
  batch: z.int().positive().default(8),
  /** Training context T; at most the document's context. null: the document's. */
  context: z.int().positive().nullable().default(null),
  /** Takes the first token of every document out of the loss: nothing before it can tell it. */
  maskBoundaries: z.boolean().default(false),
  /** Micro-batches summed into one optimiser step. */
  accumulate: z.int().positive().default(1),
  learningRate: z.number().positive().default(1e-3),
  schedule: z.enum(scheduleKinds).default('cosine'),
  /** Steps of linear warm-up from 0. null: 5 % of the steps, at most 100. */
  warmup: z.int().nonnegative().nullable().default(null),
  /** Final learning rate as a share of the peak (cosine, wsd). */
  minimumRatio: z.number().min(0).max(1).default(0.1),
  /** wsd: share of the steps spent decaying at the end (linear). */
  decayShare: z.number().min(0).max(1).default(0.2),
  beta1: z.number().min(0).max(0.9999).default(0.9),
  beta2: z.number().min(0).max(0.99999).default(0.95),
  epsilon: z.number().positive().default(1e-8),
  /** Decoupled weight decay (AdamW), on parameters marked `decay`. */
  weightDecay: z.number().nonnegative().default(0.1),
  /** Global gradient-norm limit; 0 switches clipping off. */
  clip: z.number().nonnegative().default(1),
  /** What is minimised on the next token; auxiliary terms of layers come on top. */
  objective: objectiveSchema.prefault({}),
  evaluateEvery: z.int().nonnegative().default(50), // 0: never but at the end
  /** Validation micro-batches per evaluation. */
  evaluateBatches: z.int().positive().default(4),
  checkpointEvery: z.int().nonnegative().default(100), // 0: only at the end
  /** Checkpoints kept beside the final one. */
  keepCheckpoints: z.int().min(2).default(3),
  probeEvery: z.int().nonnegative().default(50), // 0: never
  measure: measureSchema.prefault({}),
  /** The run pauses itself after this step; resuming goes on. null: never. */
  holdAt: z.int().positive().nullable().default(null),
  seed: z.int().nonnegative().default(0),
  device: z.enum(deviceNames).default('auto'),
  /** CPU threads; 0: chosen by measurement. */
  threads: z.int().nonnegative().default(0),
  /** Stop when loss exceeds its running mean by this many running standard deviations, 3 steps in a row; 0 switches it off. */
  spikeDeviations: z.number().nonnegative().default(10),
});

export type RunConfiguration = z.infer<typeof runConfigurationSchema>;
export type RunConfigurationInput = z.input<typeof runConfigurationSchema>;
