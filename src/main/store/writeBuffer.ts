/**
 * Points and progress wait here and are written in one transaction, at most once a second: a commit costs a disk flush
 * (synchronous=FULL), and a training step must not pay for one.
 */
import { FinegrainError } from '../../shared/errors.ts';
import type { Connection } from './connection.ts';

export interface BufferedWork {
  /** Number of records that wait. */
  size(): number;
  /** Writes what waits; called inside a transaction. Must not forget anything yet: the commit may still fail. */
  write(): void;
  /** The transaction is committed: forget what was written. */
  committed(): void;
  /** The transaction was taken back, perhaps only at its commit: forget what was learned from writing. */
  failed(): void;
}

export interface WriteBuffer {
  /** Says that there is something to write, and starts the clock. */
  touched(): void;
  /** Writes all that waits, now. On failure it stays waiting and the reason is thrown. */
  flush(): void;
  /** As `flush`, for readers: a failure goes to `onProblem` and the read goes on with what is stored. */
  flushForReading(): void;
  /** Records that wait to be written. */
  waiting(): number;
  stop(): void;
}

const interval = 1000; // milliseconds

export function writeBuffer(
  connection: Connection,
  sources: readonly BufferedWork[],
  onProblem: (problem: FinegrainError) => void,
): WriteBuffer {
  let timer: NodeJS.Timeout | undefined;
  let stopped = false;
  let reported: FinegrainError['code'] | undefined;
  const waiting = () => sources.reduce((sum, source) => sum + source.size(), 0);

  const flush = () => {
    clearTimeout(timer);
    timer = undefined;
    if (waiting() === 0) return;
    try {
      connection.transaction(() => {
        for (const source of sources) source.write();
      });
    } catch (error) {
      for (const source of sources) source.failed();
      schedule(); // nothing is lost: the next second tries again
      throw error;
    }
    for (const source of sources) source.committed();
    reported = undefined;
  };

  const flushForReading = () => {
    try {
      flush();
    } catch (error) {
      const problem = asProblem(error);
      if (problem.code === reported) return; // once, not every second, until a flush succeeds
      reported = problem.code;
      onProblem(problem);
    }
  };

  const schedule = () => {
    if (timer !== undefined || stopped) return;
    timer = setTimeout(flushForReading, interval);
    timer.unref(); // the store flushes at process exit; a timer alone must not keep the process alive
  };

  return {
    touched: schedule,
    flush,
    flushForReading,
    waiting,
    stop() {
      stopped = true;
      clearTimeout(timer);
      timer = undefined;
    },
  };
}

function asProblem(error: unknown): FinegrainError {
  if (error instanceof FinegrainError) return error;
  return new FinegrainError('internal', error instanceof Error ? error.message : String(error));
}
