/** Which checkpoints there are, which are kept, and how a rewind sets the later ones aside. */
import { existsSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import { basename, dirname, join, sep } from 'node:path';
import { syncFolder } from '../../interop/byteSink.ts';
import { type Branch, earlierBranchPath } from '../../store/branches.ts';
import type { Store } from '../../store/store.ts';
import { checkpointStep, checkpointsFolder, replacedPattern, temporaryPattern } from './format.ts';

export interface FoundCheckpoint {
  readonly step: number;
  readonly folder: string;
  readonly bytes: number;
  readonly createdAt: string;
}

/** Checkpoint folders of a run in order of step. Only complete folders carry such a name; `verifyCheckpoint` says if they are sound. */
export function listCheckpoints(runFolder: string): FoundCheckpoint[] {
  const parent = checkpointsFolder(runFolder);
  if (!existsSync(parent)) return [];
  const found: FoundCheckpoint[] = [];
  for (const name of readdirSync(parent)) {
    const step = checkpointStep(name);
    if (step === null) continue;
    const folder = join(parent, name);
    const files = readdirSync(folder).map((file) => statSync(join(folder, file)));
    found.push({
      step,
      folder,
      bytes: files.reduce((sum, file) => sum + file.size, 0),
      createdAt: statSync(folder).mtime.toISOString(),
    });
  }
  return found.sort((left, right) => left.step - right.step);
}

/**
 * Removes all but the newest `keep` checkpoints (never fewer than two: the newest may be the damaged one) and the steps in
 * `always`, such as the final one. Gives the steps removed.
 */
export async function prune(
  runFolder: string,
  keep: number,
  always: readonly number[] = [],
): Promise<number[]> {
  const found = listCheckpoints(runFolder);
  const removable = found.slice(0, Math.max(0, found.length - Math.max(2, keep)));
  const removed: number[] = [];
  for (const { step, folder } of removable) {
    if (always.includes(step)) continue;
    // Under a temporary name first: a kill amid the removal must not leave half a checkpoint under a good name.
    const doomed = join(dirname(folder), `.${basename(folder)}.${process.pid}.writing`);
    await rm(doomed, { recursive: true, force: true });
    await rename(folder, doomed);
    await rm(doomed, { recursive: true, force: true });
    removed.push(step);
  }
  return removed;
}

/** At start, with no training process alive: removes what killed ones left half written. Gives the number of folders removed or mended. */
export function removeOrphans(runFolder: string): number {
  const parent = checkpointsFolder(runFolder);
  if (!existsSync(parent)) return 0;
  let count = 0;
  for (const name of readdirSync(parent)) {
    const path = join(parent, name);
    const replaced = replacedPattern.exec(name);
    if (replaced !== null && !existsSync(join(parent, replaced[1]!))) {
      renameSync(path, join(parent, replaced[1]!)); // killed between the two renames: the older one comes back
    } else if (replaced !== null || temporaryPattern.test(name)) {
      rmSync(path, { recursive: true, force: true });
    } else continue;
    count++;
  }
  return count;
}

/** Moves the checkpoints beyond `step` into the folder of an earlier branch. Gives their steps. */
export async function setAside(runFolder: string, step: number, branch: number): Promise<number[]> {
  const beyond = listCheckpoints(runFolder).filter((found) => found.step > step);
  for (const found of beyond) {
    const target = earlierBranchPath(found.folder.split(sep).join('/'), branch);
    await mkdir(dirname(target), { recursive: true });
    await rm(target, { recursive: true, force: true });
    await rename(found.folder, target);
  }
  if (beyond.length > 0) await syncFolder(checkpointsFolder(runFolder));
  return beyond.map((found) => found.step);
}

/**
 * Takes a run back to the checkpoint of `step`: later points, probes and checkpoints become an earlier branch. To be
 * called before every resume, also from the newest checkpoint: points beyond it came from the process that died.
 * Gives the branch, or null when nothing lay beyond `step`.
 *
 * Folders move before rows: if the process dies between, the next call finds the same branch number and finishes.
 */
export async function rewindRun(store: Store, run: string, step: number): Promise<Branch | null> {
  const runFolder = join(store.folder, 'runs', run);
  reconcileCheckpoints(store, run);
  await setAside(runFolder, step, store.branches.next(run));
  return store.branches.at(run, step);
}

/** Makes the store's checkpoint rows say what is on disk: the training process prunes folders, the host alone writes rows. */
export function reconcileCheckpoints(store: Store, run: string): void {
  const runFolder = join(store.folder, 'runs', run);
  store.checkpoints.reconcile(
    run,
    listCheckpoints(runFolder).map(({ step, folder, bytes, createdAt }) => ({
      step,
      path: store.relative(folder),
      bytes,
      createdAt,
    })),
  );
}
