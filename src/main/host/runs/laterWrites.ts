/**
 * Records of a live run that could not be written at once, because the disk is full, say. They wait in order and are
 * tried again, so that a run's end, its log and its probes survive until there is room.
 */
import { FinegrainError, toErrorShape } from '../../../shared/errors.ts';

const retryMilliseconds = 2000;
const passing: readonly string[] = ['disk.full', 'store.unwritable', 'store.busy'];

export class LaterWrites {
  private readonly onProblem: (problem: FinegrainError) => void;
  private waiting: (() => void)[] = [];
  private timer: NodeJS.Timeout | undefined;
  private told = false;

  constructor(onProblem: (problem: FinegrainError) => void) {
    this.onProblem = onProblem;
  }

  get size(): number {
    return this.waiting.length;
  }

  /** Does `work` now, or after what waits already. Never throws. */
  write(work: () => void): void {
    this.waiting.push(work);
    if (this.timer === undefined) this.flush();
  }

  /** Tries everything that waits; stops at the first failure that may pass. */
  flush(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    while (this.waiting.length > 0) {
      try {
        this.waiting[0]!();
      } catch (error) {
        const { code, message, hint } = toErrorShape(error);
        if (passing.includes(code)) {
          if (!this.told) this.onProblem(new FinegrainError(code, message, hint));
          this.told = true;
          this.timer = setTimeout(() => this.flush(), retryMilliseconds);
          this.timer.unref();
          return;
        }
        // A record that can never be written must not hold up those behind it.
        this.onProblem(new FinegrainError(code, message, hint));
      }
      this.waiting.shift();
    }
    this.told = false;
  }

  stop(): void {
    clearTimeout(this.timer);
  }
}
