/**
 * Checkpoints of runs: folders `checkpoints/step-000100` that hold everything a run needs to go on exactly, written
 * whole or not at all, verified before they are believed.
 */
export {
  type CheckpointContent,
  type CheckpointFiles,
  type CheckpointManifest,
  type CheckpointRecord,
  checkpointFolder,
  checkpointStep,
  checkpointsFolder,
} from './checkpoint/format.ts';
export {
  type FoundCheckpoint,
  listCheckpoints,
  prune,
  reconcileCheckpoints,
  removeOrphans,
  rewindRun,
  setAside,
} from './checkpoint/keep.ts';
export {
  type LoadedCheckpoint,
  loadCheckpoint,
  newestValid,
  readCheckpoint,
  type ValidCheckpoint,
  verifyCheckpoint,
} from './checkpoint/read.ts';
export { type WrittenCheckpoint, writeCheckpoint } from './checkpoint/write.ts';
