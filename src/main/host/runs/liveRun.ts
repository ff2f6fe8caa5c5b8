/**
 * One run while it lives in this host: data preparation, then its training process, whose messages become records and
 * events. Whatever kills the process, the run ends here with a state, a reason and every point it reported.
 */
import { type ErrorShape, toErrorShape } from '../../../shared/errors.ts';
import type { LogLine, RunSummary } from '../../../shared/rpc/contract.ts';
import type { RunState } from '../../../shared/run/state.ts';
import type { Progress, Store } from '../../store/index.ts';
import { type FromTrainer, fromTrainerSchema, type TrainRequest } from '../../training/protocol.ts';
import type { HostEvents } from '../events.ts';
import type { ChildHandle, Launch } from '../processes.ts';
import { Announcer } from './announcer.ts';
import type { LaterWrites } from './laterWrites.ts';
import { evaluationPoints, measurementPoints, stepPoints, type TrainingFlops } from './points.ts';

export interface LiveRunParts {
  readonly store: Store;
  readonly events: HostEvents;
  readonly launch: Launch;
  readonly later: LaterWrites;
  readonly flopsPerToken: TrainingFlops;
  /** Tokenises the data and describes the run to its process; `note` adds a line to the run's log. */
  prepare(note: (message: string) => void, signal: AbortSignal): Promise<TrainRequest>;
  /** Raw messages, in order, for a terminal that prints each of them. */
  observe(message: FromTrainer): void;
}

type Wish = 'pause' | 'stop';

export class LiveRun {
  readonly run: string;
  /** Resolves, never rejects, when the run has come to rest and its records say so. */
  readonly ended: Promise<void>;
  private readonly parts: LiveRunParts;
  private readonly announcer: Announcer;
  private readonly abort = new AbortController();
  private child: ChildHandle | undefined;
  private wish: Wish | undefined;
  private abandoned = false;
  private secondsLeft: number | null = null;
  /** Where the run stands, even while that cannot be written. */
  private standing: { state: RunState; reason: string | null } & Progress = { state: 'queued', reason: null };
  /** Why the run failed, once it has. */
  failure: ErrorShape | undefined;

  constructor(run: string, parts: LiveRunParts) {
    this.run = run;
    this.parts = parts;
    this.announcer = new Announcer(run, parts.events, () => this.summary());
    this.ended = this.live();
  }

  get pid(): number | undefined {
    return this.child?.pid;
  }

  summary(): RunSummary {
    const summary = { ...this.parts.store.runs.summary(this.run), ...this.standing };
    return summary.state === 'running' ? { ...summary, secondsLeft: this.secondsLeft } : summary;
  }

  /** Asks the run to write a checkpoint and end as `paused` or `stopped`. */
  ask(wish: Wish): void {
    this.wish = wish;
    this.setState(wish === 'pause' ? 'pausing' : 'stopping');
    if (this.child === undefined) this.abort.abort();
    else this.child.post({ type: wish });
  }

  checkpoint(): void {
    this.child?.post({ type: 'checkpoint' });
  }

  /** Ends the process at once; the run is `interrupted`. */
  kill(): void {
    this.abort.abort();
    this.child?.kill();
  }

  /** The host is about to go: nothing more may be written to its store. The process notices the lost channel itself. */
  abandon(): void {
    this.abandoned = true;
  }

  private async live(): Promise<void> {
    // A constructor must have returned before the first record is written.
    await Promise.resolve();
    try {
      this.setState('preparing');
      const request = await this.parts.prepare((message) => this.log('info', message), this.abort.signal);
      if (this.wish !== undefined) return this.rest(resting[this.wish], 'Ended before training began.');
      if (this.abort.signal.aborted) return this.rest('interrupted', 'Ended before training began.');
      await this.train(request);
    } catch (error) {
      if (this.wish !== undefined) return this.rest(resting[this.wish], 'Ended before training began.');
      if (this.abort.signal.aborted) return this.rest('interrupted', 'Ended before training began.');
      const shape = toErrorShape(error);
      const hint = shape.hint === undefined ? '' : ` ${shape.hint}`;
      this.rest('failed', `${shape.message}${hint}`, shape);
    }
  }

  private train(request: TrainRequest): Promise<void> {
    const child = this.parts.launch();
    this.child = child;
    let end: Extract<FromTrainer, { type: 'ended' }> | undefined;
    return new Promise((resolve) => {
      child.onMessage((raw) => {
        if (this.abandoned) return;
        const parsed = fromTrainerSchema.safeParse(raw);
        if (!parsed.success) {
          this.log(
            'error',
            `The training process sent a message that cannot be read: ${parsed.error.message}`,
          );
          child.kill();
          return;
        }
        if (parsed.data.type === 'ready') child.post({ type: 'train', request });
        else if (parsed.data.type === 'ended') end = parsed.data;
        else this.take(parsed.data);
      });
      child.onExit(({ cause }) => {
        if (!this.abandoned) {
          if (end === undefined)
            this.rest('interrupted', `The training process ended unexpectedly (${cause}).`);
          else this.rest(end.outcome, end.reason, end.error);
        }
        resolve();
      });
    });
  }

  private take(message: FromTrainer): void {
    const { store, events, later } = this.parts;
    switch (message.type) {
      case 'started':
        later.write(() => store.runs.setDevice(this.run, message.device, message.deviceReason));
        this.log('info', `Training on ${message.device}: ${message.deviceReason}`);
        if (this.wish === undefined) this.setState('running');
        break;
      case 'steps': {
        const points = message.steps.flatMap((report) => stepPoints(report, this.parts.flopsPerToken));
        const newest = message.steps.at(-1)!;
        store.metrics.append(this.run, points);
        const { step, loss, tokensPerSecond } = newest;
        this.advance({ step, loss, ...(tokensPerSecond === null ? {} : { tokensPerSecond }) });
        this.secondsLeft = newest.secondsLeft;
        this.announcer.addPoints(points);
        break;
      }
      case 'evaluation': {
        const points = evaluationPoints(message);
        store.metrics.append(this.run, points);
        this.advance({ validationLoss: message.loss });
        this.announcer.addPoints(points);
        break;
      }
      case 'measurement': {
        const points = measurementPoints(message);
        store.metrics.append(this.run, points);
        later.write(() => store.measurements.add(this.run, message));
        events.emit('run.measured', { run: this.run, step: message.step });
        this.announcer.addPoints(points);
        break;
      }
      case 'probe':
        later.write(() => store.probes.add(this.run, message.probe));
        events.emit('run.probe', { run: this.run, probe: message.probe });
        break;
      case 'checkpoint':
        this.recordCheckpoint(message);
        break;
      case 'log':
        this.log(message.level, message.message);
        break;
    }
    this.parts.observe(message);
  }

  private recordCheckpoint(message: Extract<FromTrainer, { type: 'checkpoint' }>): void {
    const { store, later } = this.parts;
    const { step, bytes, loss, removed } = message;
    later.write(() => {
      store.checkpoints.add(this.run, { step, path: store.relative(message.path), bytes, loss });
      store.checkpoints.remove(this.run, removed);
    });
    this.announcer.touch();
  }

  private advance(progress: Progress): void {
    this.standing = { ...this.standing, ...progress };
    this.parts.store.runs.progress(this.run, progress);
  }

  private setState(state: RunState, reason: string | null = null): void {
    const { store, later } = this.parts;
    this.standing = { ...this.standing, state, reason };
    later.write(() => store.runs.setState(this.run, state, reason));
    this.announcer.touch(true);
  }

  private rest(state: RunState, reason: string, error?: ErrorShape): void {
    this.log(state === 'failed' ? 'error' : state === 'interrupted' ? 'warning' : 'info', reason);
    this.failure = error;
    this.setState(state, reason);
  }

  private log(level: LogLine['level'], message: string): void {
    const { store, later, events } = this.parts;
    later.write(() => {
      const line = store.logs.add(this.run, level, message);
      events.emit('run.log', { run: this.run, line });
    });
  }
}

const resting = { pause: 'paused', stop: 'stopped' } as const satisfies Record<Wish, RunState>;
