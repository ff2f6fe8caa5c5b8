/** The moves a user can ask of a run: what each does in each state. Pure, so that every pair is tested. */
import { FinegrainError } from '../../../shared/errors.ts';
import type { RunState } from '../../../shared/run/state.ts';

export type Move = 'pause' | 'stop' | 'resume' | 'archive' | 'delete';

export interface Consequence {
  /** State the run is in at once; null leaves it as it is. */
  readonly state: RunState | null;
  /** What the run's process is told; null where none is involved. */
  readonly tell: 'pause' | 'stop' | null;
}

const stay: Consequence = { state: null, tell: null };

const moves: Readonly<Record<Move, Partial<Record<RunState, Consequence>>>> = {
  pause: {
    queued: { state: 'paused', tell: null },
    preparing: { state: 'pausing', tell: 'pause' },
    running: { state: 'pausing', tell: 'pause' },
    pausing: stay,
    paused: stay,
  },
  stop: {
    queued: { state: 'stopped', tell: null },
    preparing: { state: 'stopping', tell: 'stop' },
    running: { state: 'stopping', tell: 'stop' },
    pausing: { state: 'stopping', tell: 'stop' },
    stopping: stay,
    paused: { state: 'stopped', tell: null },
    interrupted: { state: 'stopped', tell: null },
    stopped: stay,
  },
  resume: {
    queued: stay,
    paused: { state: 'queued', tell: null },
    stopped: { state: 'queued', tell: null },
    interrupted: { state: 'queued', tell: null },
    failed: { state: 'queued', tell: null },
    finished: { state: 'queued', tell: null },
  },
  archive: { paused: stay, stopped: stay, finished: stay, interrupted: stay, failed: stay },
  delete: { paused: stay, stopped: stay, finished: stay, interrupted: stay, failed: stay },
};

const hints: Readonly<Record<Move, string>> = {
  pause: 'Only a run that waits or trains can be paused.',
  stop: 'It has ended already.',
  resume: 'It is being worked on; wait, or stop it first.',
  archive: 'Stop it first.',
  delete: 'Stop it first.',
};

/** What `move` does to a run in `state`; throws `run.state` where the move makes no sense. */
export function consequence(run: string, state: RunState, move: Move): Consequence {
  const found = moves[move][state];
  if (found === undefined) {
    throw new FinegrainError(
      'run.state',
      `Run ${run} is ${state}; it cannot be ${participle[move]}.`,
      hints[move],
    );
  }
  return found;
}

const participle: Readonly<Record<Move, string>> = {
  pause: 'paused',
  stop: 'stopped',
  resume: 'resumed',
  archive: 'archived',
  delete: 'deleted',
};
