/**
 * Forks: a new run of the same architecture that goes on from a checkpoint of another. The checkpoint is copied, so that
 * the fork stands on its own: its parent may go on, lose that checkpoint, or be deleted.
 */
import { existsSync } from 'node:fs';
import { cp, mkdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { FinegrainError } from '../../../shared/errors.ts';
import type { RunConfiguration } from '../../../shared/run/configuration.ts';
import { syncFolder } from '../../interop/byteSink.ts';
import type { Store, StoredRun } from '../../store/index.ts';
import { temporaryName } from '../checkpoint/format.ts';
import {
  type CheckpointRecord,
  checkpointFolder,
  checkpointsFolder,
  listCheckpoints,
  loadCheckpoint,
} from '../checkpoints.ts';
import { countsFile } from './counts.ts';
import { runFolder } from './restart.ts';

export interface ForkSource {
  readonly step: number;
  readonly folder: string;
  readonly record: CheckpointRecord;
}

/** The checkpoint of `step`, else the newest sound one. Throws `checkpoint.missing`, `checkpoint.damaged`. */
export async function chooseFork(store: Store, parent: StoredRun, step?: number): Promise<ForkSource> {
  const loaded = await loadCheckpoint(runFolder(store, parent.run), step);
  return { step: loaded.step, folder: loaded.folder, record: loaded.record };
}

/**
 * The configuration that the fork trains with: its weights know one tokenizer only, so that one is named where the
 * configuration leaves it to the data. Throws `configuration.invalid`, naming field and value.
 */
export function forkConfiguration(
  store: Store,
  configuration: RunConfiguration,
  { step, record }: ForkSource,
): RunConfiguration {
  if (configuration.steps <= step) {
    const message = `${configuration.steps} steps are not more than the ${step} that the checkpoint has done`;
    throw new FinegrainError(
      'configuration.invalid',
      `steps: ${message}.`,
      `Give a total of more than ${step} steps, or fork from an earlier checkpoint.`,
      [{ path: 'steps', message }],
    );
  }
  const own = store.tokenizers.list().filter((row) => row.hash === record.tokenizerHash);
  const first = own[0];
  // Gone from the workspace: the one that the data gives anew is compared with the checkpoint's as training begins.
  if (first === undefined) return configuration;
  const { tokenizer } = configuration;
  if (tokenizer === null) return { ...configuration, tokenizer: first.name };
  if (own.some((row) => row.name === tokenizer)) return configuration;
  const message = `${tokenizer} is not the tokenizer that the checkpoint was trained with`;
  throw new FinegrainError('configuration.invalid', `tokenizer: ${message}.`, `Choose ${first.name}.`, [
    { path: 'tokenizer', message },
  ]);
}

/** Copies the checkpoint, and the token counts beside it, into the folder of the fork: whole or not at all. */
export async function copyFork(store: Store, parent: string, run: string, source: ForkSource): Promise<void> {
  const folder = runFolder(store, run);
  await mkdir(checkpointsFolder(folder), { recursive: true });
  const temporary = join(checkpointsFolder(folder), temporaryName(source.step));
  try {
    await cp(source.folder, temporary, { recursive: true });
    await rename(temporary, checkpointFolder(folder, source.step));
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    throw error;
  }
  await syncFolder(checkpointsFolder(folder));
  const counts = join(runFolder(store, parent), countsFile);
  if (existsSync(counts)) await cp(counts, join(folder, countsFile));
  const copied = listCheckpoints(folder).find((found) => found.step === source.step)!;
  store.checkpoints.add(run, {
    step: source.step,
    path: store.relative(copied.folder),
    bytes: copied.bytes,
    loss: source.record.loss,
  });
}
