/** Rates over a rolling window, and the time left. The first step of a process is left out: it pays for warming up. */

const windowSteps = 20;

export class Throughput {
  private readonly durations: number[] = [];
  private first = true;
  private counted = 0;
  private wallStart: number | null = null;

  /** Records one optimiser step that took `seconds` (the step alone) and ended at `now` (seconds of any steady clock). */
  record(seconds: number, now: number): void {
    if (this.first) {
      this.first = false;
      this.wallStart = now;
      return;
    }
    this.counted++;
    this.durations.push(seconds);
    if (this.durations.length > windowSteps) this.durations.shift();
  }

  /** Optimiser steps a second over the window; null before the second step. */
  stepsPerSecond(): number | null {
    if (this.durations.length === 0) return null;
    const total = this.durations.reduce((sum, seconds) => sum + seconds, 0);
    return total > 0 ? this.durations.length / total : null;
  }

  /** Seconds until `remaining` steps are done at the pace so far, evaluations and checkpoints included. */
  secondsLeft(remaining: number, now: number): number | null {
    if (this.counted === 0 || this.wallStart === null) return null;
    return (remaining * (now - this.wallStart)) / this.counted;
  }
}
