/** The states of a run and the moves between them. */
export const runStates = [
  'queued',
  'preparing',
  'running',
  'pausing',
  'paused',
  'stopping',
  'stopped',
  'finished',
  'interrupted',
  'failed',
] as const;
export type RunState = (typeof runStates)[number];

/** States in which a training process may be alive. A store that opens with one of these marks it `interrupted`. */
export const liveStates: readonly RunState[] = ['preparing', 'running', 'pausing', 'stopping'];

/** States from which a run can be resumed, provided a valid checkpoint is on disk. */
export const resumableStates: readonly RunState[] = [
  'paused',
  'stopped',
  'interrupted',
  'failed',
  'finished',
];
