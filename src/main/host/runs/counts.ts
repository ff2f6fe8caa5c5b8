/**
 * Occurrences of every token id in a run's training split, as they were when the run began: `counts.safetensors` in the
 * run's folder. What was derived from them (routing masks) lies in the checkpoints; analyses of frequent and rare tokens
 * read them here, without the data set.
 */
import { existsSync } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { FinegrainError } from '../../../shared/errors.ts';
import { syncFolder } from '../../interop/byteSink.ts';
import { readSafetensors, writeSafetensors } from '../../interop/safetensors.ts';

export const countsFile = 'counts.safetensors';
const tensorName = 'counts';

/** Writes counts_V into the folder of a run, whole or not at all. */
export async function writeTrainingCounts(runFolder: string, counts: Float64Array): Promise<void> {
  const target = join(runFolder, countsFile);
  const temporary = join(runFolder, `.${countsFile}.${process.pid}.writing`);
  await rm(temporary, { force: true });
  await writeSafetensors(temporary, new Map([[tensorName, { shape: [counts.length], data: counts }]]));
  await rename(temporary, target);
  await syncFolder(runFolder);
}

/** counts_V of a run; null where none were recorded (runs of versions before there were any). Throws `data.unreadable`. */
export async function readTrainingCounts(runFolder: string): Promise<Float64Array | null> {
  const path = join(runFolder, countsFile);
  if (!existsSync(path)) return null;
  const counts = (await readSafetensors(path)).get(tensorName)?.data;
  if (counts instanceof Float64Array) return counts;
  throw new FinegrainError(
    'data.unreadable',
    `${path} holds no token counts.`,
    'Delete it; only analyses read it.',
  );
}
