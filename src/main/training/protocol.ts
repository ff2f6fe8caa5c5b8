/**
 * What passes between the host and the training process. Both ends parse what they receive: a message that does not
 * fit is a fault of ours and ends the process with a clear error, never a silent misreading.
 */
import { z } from 'zod';
import { architectureSchema } from '../../shared/architecture/document.ts';
import type { ErrorShape } from '../../shared/errors.ts';
import { disabledTop1 } from '../../shared/run/analysis.ts';
import { deviceNames, runConfigurationSchema } from '../../shared/run/configuration.ts';
import type { Probe } from '../../shared/run/probe.ts';
import { passageSchema } from './passage.ts';

const path = z.string().min(1);

/** Token files of one data set of the mixture. */
export const tokenSourceSchema = z.strictObject({
  name: z.string(),
  weight: z.number().positive(),
  train: path,
  validation: path,
});

/** A training run, described completely: the process reads nothing but these files. */
export const trainRequestSchema = z.strictObject({
  run: z.string(),
  architecture: architectureSchema,
  configuration: runConfigurationSchema,
  sources: z.array(tokenSourceSchema).min(1),
  /** Held-out token files of further sets that loss by position is measured on. */
  measured: z.array(z.strictObject({ name: z.string(), validation: path })).default([]),
  tokenizer: z.strictObject({ path, hash: z.string() }),
  /** Folder of the run; its checkpoints lie in `checkpoints/` inside. */
  folder: path,
  /** Checkpoint folder to go on from; null starts at step 0. */
  resume: path.nullable(),
  /** Newest step whose report the host has stored; a resumed process repeats what it knows of later ones. */
  recordedStep: z.int().nonnegative(),
});
export type TrainRequest = z.infer<typeof trainRequestSchema>;

const checkpoint = path;
/** Tokens of a window; null: the document's context. More than that is allowed, as memory allows. */
const context = z.int().min(2).nullable();
/** What an analysis reads of a checkpoint: at most so many windows of a text or a token file. */
const reading = { checkpoint, passage: passageSchema, windows: z.int().positive(), context };

const stretch = {
  checkpoint,
  passage: passageSchema,
  window: z.int().nonnegative(),
  tokens: z.int().positive(),
};

export const inferenceSchema = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('evaluate'),
    checkpoint,
    text: z.string(),
    context,
    disableTop1: z.enum(disabledTop1),
  }),
  z.strictObject({ kind: z.literal('inspect'), checkpoint, text: z.string() }),
  z.strictObject({
    kind: z.literal('sample'),
    checkpoint,
    prompt: z.string(),
    tokens: z.int().positive(),
    temperature: z.number().nonnegative(),
    topK: z.int().positive().optional(),
    seed: z.int().nonnegative(),
  }),
  z.strictObject({ kind: z.literal('losses'), ...reading, disableTop1: z.enum(disabledTop1) }),
  /** `shown`: tokens from the first on whose probabilities and texts are wanted too. */
  z.strictObject({ kind: z.literal('routes'), ...reading, shown: z.int().nonnegative() }),
  z.strictObject({ kind: z.literal('statistics'), ...reading }),
  z.strictObject({ kind: z.literal('similarity'), ...reading }),
  /** The first `tokens` tokens of a text, or of one window of a token file, one by one. */
  z.strictObject({ kind: z.literal('tokens'), ...stretch }),
  z.strictObject({
    kind: z.literal('attention'),
    ...stretch,
    layer: z.int().nonnegative(),
    head: z.int().nonnegative(),
  }),
  z.strictObject({
    kind: z.literal('profile'),
    checkpoint,
    device: z.enum(deviceNames).nullable(),
    batch: z.int().positive(),
    context,
    repeats: z.int().positive(),
  }),
  /** Devices are probed in the child as well: a broken driver must not take the host with it. */
  z.strictObject({ kind: z.literal('devices'), device: z.enum(deviceNames) }),
]);
export type InferenceRequest = z.infer<typeof inferenceSchema>;

export const toTrainerSchema = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('train'), request: trainRequestSchema }),
  /** Writes a checkpoint, then ends as `paused` or `stopped`. */
  z.strictObject({ type: z.literal('pause') }),
  z.strictObject({ type: z.literal('stop') }),
  z.strictObject({ type: z.literal('checkpoint') }),
  z.strictObject({ type: z.literal('infer'), id: z.int(), request: inferenceSchema }),
]);
export type ToTrainer = z.infer<typeof toTrainerSchema>;

const finite = z.number();
const stepSchema = z.strictObject({
  step: z.int().positive(),
  loss: finite,
  /** What was differentiated, before auxiliary terms; absent where that is the loss itself. */
  objective: finite.optional(),
  totalLoss: finite,
  auxiliary: z.record(z.string(), finite),
  /** What layers report beside losses, e.g. `overflow`; a checkpoint of an older version repeats steps without any. */
  reports: z.record(z.string(), finite).default({}),
  gradientNorm: finite,
  learningRate: finite,
  /** Tokens and training FLOPs since step 0, seconds of training since step 0. */
  tokens: finite,
  flops: finite,
  seconds: finite,
  tokensPerSecond: finite.nullable(),
  utilisation: finite.nullable(),
  secondsLeft: finite.nullable(),
});
export type StepReport = z.infer<typeof stepSchema>;

const problemsSchema = z.array(z.strictObject({ path: z.string(), message: z.string() }));
/** Codes are ours on both ends; a list of them here would only repeat the type. */
const errorShapeSchema = z.custom<ErrorShape>(
  (value) =>
    z
      .object({
        code: z.string(),
        message: z.string(),
        hint: z.string().optional(),
        problems: problemsSchema.optional(),
      })
      .safeParse(value).success,
);

export const outcomes = ['finished', 'paused', 'stopped', 'failed'] as const;
export type Outcome = (typeof outcomes)[number];

export const fromTrainerSchema = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('ready') }),
  z.strictObject({
    type: z.literal('started'),
    device: z.string(),
    deviceReason: z.string(),
    threads: z.int().nonnegative(),
    /** Best matrix-product rate measured on the device just now, FLOP/s. */
    ceiling: finite.nullable(),
    /** Steps already done. */
    step: z.int().nonnegative(),
  }),
  z.strictObject({ type: z.literal('steps'), steps: z.array(stepSchema).min(1) }),
  z.strictObject({
    type: z.literal('evaluation'),
    step: z.int(),
    tokens: finite,
    flops: finite,
    seconds: finite,
    loss: finite,
    perplexity: finite,
    bitsPerByte: finite,
  }),
  z.strictObject({
    type: z.literal('measurement'),
    step: z.int(),
    tokens: finite,
    flops: finite,
    seconds: finite,
    learningRate: finite,
    /** Seconds that this measurement took. */
    cost: finite,
    sets: z
      .array(
        z.strictObject({
          set: z.string(),
          sequences: z.int().positive(),
          loss: z.array(finite),
          standardError: z.array(finite),
        }),
      )
      .min(1),
  }),
  z.strictObject({ type: z.literal('probe'), probe: z.custom<Probe>((value) => typeof value === 'object') }),
  z.strictObject({
    type: z.literal('checkpoint'),
    step: z.int(),
    path,
    bytes: z.int(),
    loss: finite.nullable(),
    /** Steps of older checkpoints that made room. */
    removed: z.array(z.int()),
  }),
  z.strictObject({
    type: z.literal('log'),
    level: z.enum(['info', 'warning', 'error']),
    message: z.string(),
  }),
  z.strictObject({
    type: z.literal('ended'),
    outcome: z.enum(outcomes),
    step: z.int(),
    reason: z.string(),
    error: errorShapeSchema.optional(),
  }),
  z.strictObject({ type: z.literal('answer'), id: z.int(), value: z.unknown() }),
  z.strictObject({ type: z.literal('refusal'), id: z.int(), error: errorShapeSchema }),
]);
export type FromTrainer = z.infer<typeof fromTrainerSchema>;
