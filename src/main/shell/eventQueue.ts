/**
 * Events on their way to one page: merged while the page is busy, sent in numbered batches, never more than a few
 * batches ahead of the page's acknowledgements.
 */
import type { EventItem, HostMessage } from '../../shared/rpc/wire.ts';

/** Batches sent and not yet acknowledged. */
const batchesAhead = 4;
/** Events gathered before a batch leaves, ms: 20 batches a second look live, and each costs one message. */
const gatherMilliseconds = 50;
/** Items and metric points kept for a page that does not acknowledge. */
const capacity = 20_000;

export class EventQueue {
  private items: EventItem[] = [];
  private weight = 0;
  private lost = false;
  private nextBatch = 0;
  private acknowledged = -1;
  private timer: NodeJS.Timeout | undefined;
  private readonly send: (message: HostMessage) => void;

  constructor(send: (message: HostMessage) => void) {
    this.send = send;
  }

  /** Queues one event. Its payload must not be changed afterwards. */
  push(item: EventItem): void {
    const merged = mergeIntoQueued(this.items, item);
    if (!merged) this.items.push(owned(item));
    this.weight += merged && item.event === 'run.changed' ? 0 : weightOf(item);
    if (this.weight > capacity) {
      this.items = [];
      this.weight = 0;
      this.lost = true;
    }
    this.schedule();
  }

  /** The page has worked through `batch` and all before it. */
  acknowledge(batch: number): void {
    if (batch > this.acknowledged && batch < this.nextBatch) this.acknowledged = batch;
    this.schedule();
  }

  close(): void {
    clearTimeout(this.timer);
    this.items = [];
    this.lost = false;
  }

  private schedule(): void {
    if (this.timer !== undefined || (this.items.length === 0 && !this.lost)) return;
    if (this.nextBatch - this.acknowledged > batchesAhead) return;
    this.timer = setTimeout(() => this.flush(), gatherMilliseconds);
    this.timer.unref();
  }

  private flush(): void {
    this.timer = undefined;
    if (this.lost) {
      this.lost = false;
      this.send({ type: 'gap' });
    }
    if (this.items.length === 0) return;
    const items = this.items;
    this.items = [];
    this.weight = 0;
    this.send({ type: 'events', batch: this.nextBatch++, items });
  }
}

/** A metric event weighs its points, any other one. */
function weightOf(item: EventItem): number {
  return item.event === 'run.points' ? item.payload.points.length : 1;
}

/**
 * Merges without changing what a page sees in the end: the newest summary of a run replaces an older one that is still
 * queued, points join queued points of the same run. Order is kept among events of one kind; a removal is never passed.
 */
function mergeIntoQueued(items: EventItem[], item: EventItem): boolean {
  if (item.event !== 'run.changed' && item.event !== 'run.points') return false;
  for (let index = items.length - 1; index >= 0; index--) {
    const earlier = items[index]!;
    if (!('run' in earlier.payload) || earlier.payload.run !== item.payload.run) continue;
    if (earlier.event === 'run.removed') return false;
    if (earlier.event === 'run.changed' && item.event === 'run.changed') {
      items[index] = item;
      return true;
    }
    if (earlier.event === 'run.points' && item.event === 'run.points') {
      earlier.payload.points.push(...item.payload.points);
      return true;
    }
  }
  return false;
}

/** A copy whose list of points the queue may extend; the host's own payload stays as it was. */
function owned(item: EventItem): EventItem {
  if (item.event !== 'run.points') return item;
  return { event: 'run.points', payload: { run: item.payload.run, points: [...item.payload.points] } };
}
