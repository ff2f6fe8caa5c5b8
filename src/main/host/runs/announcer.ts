/** Bundles what a run has to say into events, at most four times a second, so that a fast run cannot flood a page. */

import type { RunSummary } from '../../../shared/rpc/contract.ts';
import type { MetricPoint } from '../../../shared/run/metrics.ts';
import type { HostEvents } from '../events.ts';

const interval = 250; // milliseconds

export class Announcer {
  private readonly run: string;
  private readonly events: HostEvents;
  private readonly summary: () => RunSummary;
  private points: MetricPoint[] = [];
  private changed = false;
  private timer: NodeJS.Timeout | undefined;

  constructor(run: string, events: HostEvents, summary: () => RunSummary) {
    this.run = run;
    this.events = events;
    this.summary = summary;
  }

  addPoints(points: readonly MetricPoint[]): void {
    this.points.push(...points);
    this.touch();
  }

  /** The summary changed; `now` for what a person waits for, such as a new state. */
  touch(now = false): void {
    this.changed = true;
    if (now) this.flush();
    else this.timer ??= setTimeout(() => this.flush(), interval);
  }

  flush(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    if (this.points.length > 0) {
      const points = this.points;
      this.points = [];
      this.events.emit('run.points', { run: this.run, points });
    }
    if (this.changed) {
      this.changed = false;
      this.events.emit('run.changed', this.summary());
    }
  }
}
