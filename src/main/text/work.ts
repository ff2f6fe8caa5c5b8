/** Long work: progress, cancelling, and room for the event loop in between. */
import { setImmediate } from 'node:timers/promises';
import { FinegrainError } from '../../shared/errors.ts';

export interface Progress {
  /** What is being done, e.g. `Reading`, `Encoding`. */
  readonly stage: string;
  readonly done: number;
  /** null: not known. */
  readonly total: number | null;
  readonly unit: 'bytes' | 'merges';
}

export interface Work {
  readonly progress?: ((progress: Progress) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Throws FinegrainError `cancelled` once the signal is aborted. */
export function throwIfCancelled(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw new FinegrainError('cancelled', 'Cancelled.');
}

/**
 * Paces one stage of long work: `tick` reports at most ten times a second, and lets the event loop turn every 15 ms,
 * so that a host that encodes a large corpus still answers its window.
 */
export class Pace {
  private readonly work: Work;
  private readonly stage: string;
  private readonly total: number | null;
  private readonly unit: Progress['unit'];
  private lastTurn = performance.now();
  private lastReport = Number.NEGATIVE_INFINITY;

  constructor(work: Work, stage: string, total: number | null, unit: Progress['unit']) {
    this.work = work;
    this.stage = stage;
    this.total = total;
    this.unit = unit;
  }

  /** Whether a call of `tick` would do anything; lets a hot loop skip the await. */
  due(): boolean {
    return performance.now() - this.lastTurn >= 15;
  }

  async tick(done: number): Promise<void> {
    throwIfCancelled(this.work.signal);
    const now = performance.now();
    if (now - this.lastReport >= 100) {
      this.lastReport = now;
      this.report(done);
    }
    if (now - this.lastTurn >= 15) {
      await setImmediate();
      this.lastTurn = performance.now();
      throwIfCancelled(this.work.signal);
    }
  }

  /** The last report of the stage. */
  finish(done: number): void {
    throwIfCancelled(this.work.signal);
    this.report(done);
  }

  private report(done: number): void {
    this.work.progress?.({ stage: this.stage, done, total: this.total, unit: this.unit });
  }
}
