/** What a checkpoint folder holds, by file, and how it is named. */
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { z } from 'zod';
import type { Architecture } from '../../../shared/architecture/document.ts';
import { runConfigurationSchema } from '../../../shared/run/configuration.ts';
import type { NamedArrays, TrainingState } from '../../engine/types.ts';

export const modelFile = 'model.safetensors';
export const optimizerFile = 'optimizer.safetensors';
/** There only when the model has buffers (docs/checkpoint.md): a checkpoint from before there were any has none. */
export const buffersFile = 'buffers.safetensors';
export const architectureFile = 'architecture.json';
export const recordFile = 'run.json';
export const tokenizerFile = 'tokenizer.json';
export const manifestFile = 'manifest.json';

/** Files without which a checkpoint is none; `tokenizer.json` is there when the run has a tokenizer. */
export const requiredFiles = [modelFile, optimizerFile, architectureFile, recordFile] as const;

/** Tensor names in `optimizer.safetensors`: AdamW's m and v of each parameter. */
export const firstMomentPrefix = 'firstMoment.';
export const secondMomentPrefix = 'secondMoment.';

/** `run.json`: where training stands beside its tensors. */
export const checkpointRecordSchema = z.strictObject({
  format: z.literal('finegrain.checkpoint'),
  version: z.literal(1),
  run: z.string(),
  step: z.int().nonnegative(),
  createdAt: z.string(),
  configuration: runConfigurationSchema,
  seed: z.int().nonnegative(),
  /** State of the random generators, in their own shape; null where everything follows from seed and step. */
  randomState: z.unknown(),
  /** Where the data order stands, in the loader's own shape. */
  dataPosition: z.unknown(),
  /** What else the training loop carries from step to step, in its own shape (loss statistics, unreported steps). */
  loop: z.unknown().optional(),
  tokensSeen: z.int().nonnegative(),
  flops: z.number().nonnegative(),
  seconds: z.number().nonnegative(),
  tokenizerHash: z.string().nullable(),
  /** Training loss at this step; null when it was not measured. */
  loss: z.number().nullable(),
});
export type CheckpointRecord = z.infer<typeof checkpointRecordSchema>;

export interface CheckpointContent {
  readonly state: TrainingState;
  /** Shape of every parameter and buffer, by name. */
  readonly shapes: ReadonlyMap<string, readonly number[]>;
  /** Untrained constants by full name; the optimiser holds nothing for them. */
  readonly buffers: NamedArrays;
  readonly architecture: Architecture;
  readonly record: Omit<CheckpointRecord, 'format' | 'version' | 'createdAt' | 'step'>;
  /** Text of `tokenizer.json`; null for a run without one. */
  readonly tokenizer: string | null;
}

const fileEntrySchema = z.strictObject({
  bytes: z.int().nonnegative(),
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
});
export type CheckpointFiles = Readonly<Record<string, z.infer<typeof fileEntrySchema>>>;

/** `manifest.json`: size and SHA-256 of every other file, and a SHA-256 over that list itself. */
export const manifestSchema = z.strictObject({
  format: z.literal('finegrain.manifest'),
  version: z.literal(1),
  files: z.record(z.string(), fileEntrySchema),
  filesSha256: z.string(),
});
export type CheckpointManifest = z.infer<typeof manifestSchema>;

export const hashOfFiles = (files: CheckpointFiles): string =>
  createHash('sha256').update(JSON.stringify(files)).digest('hex');

export const checkpointsFolder = (runFolder: string): string => join(runFolder, 'checkpoints');

/** `step-000100`: six digits at least, so that names sort as steps do. */
export const stepName = (step: number): string => `step-${String(step).padStart(6, '0')}`;

export const checkpointFolder = (runFolder: string, step: number): string =>
  join(checkpointsFolder(runFolder), stepName(step));

/** The step of a checkpoint folder's name, or null for any other name. */
export function checkpointStep(name: string): number | null {
  const match = /^step-(\d{6,})$/.exec(name);
  return match === null ? null : Number(match[1]);
}

/** Temporary names begin with a dot, so that no listing takes them for checkpoints. */
export const temporaryName = (step: number): string => `.${stepName(step)}.${process.pid}.writing`;
export const replacedName = (step: number): string => `.${stepName(step)}.replaced`;
export const temporaryPattern = /^\.step-\d{6,}\.\d+\.writing$/;
export const replacedPattern = /^\.(step-\d{6,})\.replaced$/;
