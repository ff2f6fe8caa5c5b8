/** The store's face to the host and the text services. */
export { type Branch, type BranchRecords, earlierBranchPath } from './branches.ts';
export type { CheckpointRecords, NewCheckpoint } from './checkpoints.ts';
export type { CurveRequest } from './curve.ts';
export type { DataSetRecords, NewDataSet, StoredDataSet } from './dataSets.ts';
export { storedArchitecture, storedConfiguration } from './documents.ts';
export type { LogRecords } from './logs.ts';
export type { MeasurementRecords, NewMeasurement } from './measurements.ts';
export type { MetricRecords, PointCounts, PointQuery } from './metrics.ts';
export type { ProbeRecords } from './probes.ts';
export type { StoreNotice } from './recovery.ts';
export type { Annotation, NewRun, Progress, RunRecords, StoredRun, TrashedRun } from './runs.ts';
export { openStore, type Store, type StoreOptions } from './store.ts';
export type { StoredStudy, StudyRecords } from './studies.ts';
export type { StoredSweep, SweepRecords } from './sweeps.ts';
export type { NewTokenizer, StoredTokenizer, TokenizerRecords } from './tokenizers.ts';
