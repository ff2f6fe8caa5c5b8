/** Scaling fits of final losses across runs. */
export * from './chinchilla.ts';
export * from './kaplan.ts';
export type { ScalingFit, ScalingOptions, ScalingRun } from './runs.ts';
export * from './stepLaw.ts';
