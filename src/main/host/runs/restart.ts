/** Where a resumed run goes on from: the newest sound checkpoint, or the one asked for. */
import { join } from 'node:path';
import { FinegrainError } from '../../../shared/errors.ts';
import type { Store, StoredRun } from '../../store/index.ts';
import {
  checkpointFolder,
  listCheckpoints,
  newestValid,
  rewindRun,
  verifyCheckpoint,
} from '../checkpoints.ts';

export interface Restart {
  readonly step: number;
  /** Checkpoint folder; null: from the start, where there is none. */
  readonly folder: string | null;
  /** Checkpoints that were passed over, and why. */
  readonly warnings: readonly string[];
}

export const runFolder = (store: Store, run: string): string => join(store.folder, 'runs', run);

/**
 * The checkpoint of `fromStep`, else the newest that is sound. Throws `checkpoint.missing`, or `checkpoint.damaged` when
 * none is sound. A run that was cut off before its first checkpoint starts again, with the same numbers; one that
 * failed would only fail again.
 */
export async function chooseCheckpoint(store: Store, run: StoredRun, fromStep?: number): Promise<Restart> {
  const folder = runFolder(store, run.run);
  if (fromStep === 0 && run.parent !== null) {
    throw new FinegrainError(
      'run.state',
      `Run ${run.run} began at step ${run.parent.step} of run ${run.parent.run}: it has no step 0.`,
      'Choose one of its own checkpoints, or start a new run.',
    );
  }
  if (fromStep === 0) return { step: 0, folder: null, warnings: [] };
  if (fromStep !== undefined) {
    const named = checkpointFolder(folder, fromStep);
    await verifyCheckpoint(named);
    return { step: fromStep, folder: named, warnings: [] };
  }
  const found = await newestValid(folder);
  if (found !== null) {
    const warnings = found.damaged.map(
      (damage) => `${damage.message} Going on from the older checkpoint of step ${found.step}.`,
    );
    return { step: found.step, folder: found.folder, warnings };
  }
  const newest = listCheckpoints(folder).at(-1);
  if (newest !== undefined) await verifyCheckpoint(newest.folder); // throws what is wrong with it
  if (run.state === 'failed') {
    throw new FinegrainError(
      'checkpoint.missing',
      `Run ${run.run} failed before its first checkpoint.`,
      'Start a new run with other settings.',
    );
  }
  return {
    step: 0,
    folder: null,
    warnings: run.step === 0 ? [] : ['No checkpoint had been written yet: the run starts again from step 0.'],
  };
}

/**
 * Takes the run's records back to `restart`. Points beyond it become an earlier branch. Returns the newest step that the
 * store still knows, so that the new process can fill in what the host never received.
 */
export async function rewind(store: Store, run: string, restart: Restart): Promise<number> {
  await rewindRun(store, run, restart.step);
  const newest = store.metrics.newest(run).find((point) => point.name === 'train/loss');
  // A fork knows the steps of its parent only as its parent's.
  return newest?.step ?? store.runs.summary(run).parent?.step ?? 0;
}
