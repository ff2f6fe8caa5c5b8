/** Runs: starting, pausing, resuming, stopping and forgetting them, and the queue (one training process at a time). */
import { type ErrorShape, FinegrainError, toErrorShape } from '../../../shared/errors.ts';
import type { ParsedInput, RunSummary } from '../../../shared/rpc/contract.ts';
import { liveStates } from '../../../shared/run/state.ts';
import { describeValues, expandSweep, type SweepChild, type SweepPlan } from '../../../shared/run/sweep.ts';
import type { Annotation, Store } from '../../store/index.ts';
import type { FromTrainer } from '../../training/protocol.ts';
import type { HostEvents } from '../events.ts';
import type { Launch } from '../processes.ts';
import { chooseFork, copyFork, forkConfiguration } from './fork.ts';
import { LaterWrites } from './laterWrites.ts';
import { LiveRun } from './liveRun.ts';
import { consequence } from './moves.ts';
import type { Preparation } from './preparation.ts';
import { chooseCheckpoint, type Restart } from './restart.ts';

export interface RunServiceParts {
  readonly store: Store;
  readonly events: HostEvents;
  readonly launch: Launch;
  readonly preparation: Preparation;
  /** Training processes at a time; the others wait in the queue. */
  readonly parallel: number;
  /** A desktop or browser shell works the whole queue off; a terminal only what it started itself. */
  readonly wholeQueue: boolean;
  /** Told when a record cannot be written for now. */
  readonly onProblem: (problem: FinegrainError) => void;
}

export type RunObserver = (run: string, message: FromTrainer) => void;

export class RunService {
  private readonly parts: RunServiceParts;
  private readonly live = new Map<string, LiveRun>();
  private readonly observers = new Set<RunObserver>();
  /** Runs started or resumed in this process, with the checkpoint a resume asked for. */
  private readonly own = new Map<string, Restart | null>();
  /** Runs whose last state is not written yet, by id. */
  private readonly unwritten = new Map<string, RunSummary>();
  private readonly later: LaterWrites;
  private closing = false;
  private abandoned = false;

  constructor(parts: RunServiceParts) {
    this.parts = parts;
    this.later = new LaterWrites(parts.onProblem);
  }

  /** Takes up what waits in the queue; called once when the host is open. */
  open(): void {
    this.pump();
  }

  list(archived: boolean): RunSummary[] {
    return this.parts.store.runs.list({ archived }).map((row) => this.known(row.run) ?? row);
  }

  summary(run: string): RunSummary {
    return this.known(run) ?? this.parts.store.runs.summary(run);
  }

  /** What this process knows better than the store. */
  private known(run: string): RunSummary | undefined {
    if (this.unwritten.size > 0 && !this.mustWait()) this.unwritten.clear();
    return this.live.get(run)?.summary() ?? this.unwritten.get(run);
  }

  /**
   * Checks everything that can be checked without reading the data, stores the run, and queues it. Throws
   * `architecture.invalid`, `configuration.invalid`, `tokenizer.vocabulary`, `data.empty`, `notFound`.
   */
  async start(input: ParsedInput<'runs.start'>): Promise<{ run: string }> {
    const checked = this.parts.preparation.check(input.architecture, input.configuration);
    const run = this.parts.store.runs.create({
      name: input.name ?? checked.architecture.name,
      architecture: checked.architecture,
      configuration: checked.configuration,
      parameters: checked.parameters,
      activeParameters: checked.activeParameters,
    });
    this.own.set(run, null);
    this.changed(run);
    this.pump();
    return { run };
  }

  /** All runs of a plan, each checked before the first is stored. Throws what `start` throws, and `input.invalid`. */
  startSweep(input: ParsedInput<'sweeps.start'>): { sweep: string; runs: string[] } {
    const { plan, architecture, configuration } = input;
    const children = expandSweep(plan, { architecture, configuration });
    return this.startChildren({ name: input.name ?? architecture.name, plan, children });
  }

  /** The same for runs that are planned already; `stored` writes in the same transaction. */
  startChildren(
    { name, plan, children }: { name: string; plan: SweepPlan; children: readonly SweepChild[] },
    stored: (sweep: string) => void = () => undefined,
  ): { sweep: string; runs: string[] } {
    const { store, preparation } = this.parts;
    const checked = children.map(({ values, ...documents }) => ({
      values,
      ...preparation.check(documents.architecture, documents.configuration),
    }));
    const made = store.together(() => {
      const sweep = store.sweeps.create({ name, plan });
      const runs = checked.map(({ values, ...documents }) =>
        store.runs.create({
          ...documents,
          name: `${name}: ${describeValues(values)}`.slice(0, 120),
          sweep: { sweep, values },
        }),
      );
      stored(sweep);
      return { sweep, runs };
    });
    for (const run of made.runs) {
      this.own.set(run, null);
      this.changed(run);
    }
    this.pump();
    return made;
  }

  /** Takes out what waits and stops what trains; runs that rest stay as they are. */
  stopSweep(sweep: string): void {
    const runs = this.parts.store.sweeps.get(sweep).runs;
    // What waits goes first, so that the end of what trains does not begin the next.
    const waiting = (run: string) => this.summary(run).state === 'queued';
    for (const run of runs.filter(waiting)) this.stop(run);
    for (const run of runs) {
      if ([...liveStates, 'paused'].includes(this.summary(run).state)) this.stop(run);
    }
  }

  /** A new run that goes on from a checkpoint of another. Throws what `start` throws, and `checkpoint.*`. */
  async fork(input: ParsedInput<'runs.fork'>): Promise<{ run: string }> {
    const { store, preparation } = this.parts;
    this.later.flush();
    const parent = store.runs.get(input.run);
    const source = await chooseFork(store, parent, input.step);
    const configuration = forkConfiguration(store, input.configuration, source);
    const checked = preparation.check(parent.architecture, configuration);
    const run = store.runs.create({
      ...checked,
      name: input.name ?? `${parent.name} from ${source.step}`.slice(0, 120),
      parent: { run: parent.run, step: source.step, loss: source.record.loss },
      state: 'paused', // no queue may take it up before its checkpoint is there
    });
    try {
      await copyFork(store, parent.run, run, source);
    } catch (error) {
      store.runs.trash(run);
      throw error;
    }
    this.own.set(run, null);
    store.runs.setState(run, 'queued');
    this.note(run, `Forked from run ${parent.run} at step ${source.step}.`);
    this.changed(run);
    this.pump();
    return { run };
  }

  pause(run: string): void {
    this.move(run, 'pause');
  }

  stop(run: string): void {
    this.move(run, 'stop');
  }

  /** Goes on from `fromStep`'s checkpoint, else from the newest sound one. `steps` is the new total. */
  async resume(run: string, fromStep?: number, steps?: number): Promise<void> {
    this.later.flush();
    const stored = { ...this.parts.store.runs.get(run), state: this.summary(run).state };
    if (consequence(run, stored.state, 'resume').state === null) {
      // It waits already; a terminal takes up only what it was told to.
      if (stored.state === 'queued' && !this.own.has(run)) this.own.set(run, null);
      return this.pump();
    }
    const restart = await chooseCheckpoint(this.parts.store, stored, fromStep);
    const total = steps ?? stored.configuration.steps;
    if (total <= restart.step) {
      throw new FinegrainError(
        steps === undefined ? 'run.state' : 'input.invalid',
        `Run ${run} has done ${restart.step} of ${total} steps already.`,
        'Give a larger total with --steps, or an earlier checkpoint with --from-step.',
      );
    }
    if (total !== stored.configuration.steps) {
      this.parts.store.runs.setConfiguration(run, { ...stored.configuration, steps: total });
      this.note(
        run,
        `The run's length is now ${total} steps; its learning-rate schedule follows the new length.`,
      );
    }
    for (const warning of restart.warnings) this.note(run, warning, 'warning');
    this.own.set(run, restart);
    this.parts.store.runs.setState(run, 'queued');
    this.changed(run);
    this.pump();
  }

  archive(run: string, archived: boolean): void {
    if (archived) consequence(run, this.summary(run).state, 'archive');
    this.parts.store.runs.archive(run, archived);
    this.changed(run);
  }

  /** Moves the run to the trash; its folder stays until the trash is emptied. */
  delete(run: string): void {
    consequence(run, this.summary(run).state, 'delete');
    this.parts.store.runs.trash(run);
    this.parts.events.emit('run.removed', { run });
  }

  /** Out of the trash, as it was. */
  restore(run: string): void {
    this.parts.store.runs.restore(run);
    this.changed(run);
  }

  /** Name, tags and notes. */
  annotate(run: string, annotation: Annotation): void {
    this.parts.store.runs.annotate(run, annotation);
    this.changed(run);
  }

  /** Asks a training run for a checkpoint at its next step. */
  checkpointNow(run: string): void {
    this.live.get(run)?.checkpoint();
  }

  /** Ends a training process at once, without a checkpoint; the run is `interrupted`. */
  kill(run: string): void {
    this.live.get(run)?.kill();
  }

  /** Process ids of the training processes, by run. */
  processes(): Map<string, number | undefined> {
    return new Map([...this.live].map(([run, live]) => [run, live.pid]));
  }

  /** Every message of every training process of this host, in order. */
  observe(observer: RunObserver): () => void {
    this.observers.add(observer);
    return () => this.observers.delete(observer);
  }

  /** Resolves when the run has come to rest (at once if it rests already); `failure` says why it failed, if it did now. */
  async ended(run: string): Promise<{ summary: RunSummary; failure: ErrorShape | undefined }> {
    let failure: ErrorShape | undefined;
    for (;;) {
      const live = this.live.get(run);
      if (live !== undefined) {
        await live.ended;
        failure = live.failure;
      }
      const summary = this.summary(run);
      if (summary.state !== 'queued' && !liveStates.includes(summary.state)) return { summary, failure };
      if (!this.live.has(run)) await this.nextChange(run);
    }
  }

  /** Pauses what trains, so that nothing is lost; processes that do not end in time are ended. */
  async close(milliseconds: number): Promise<void> {
    this.closing = true;
    const running = [...this.live.values()];
    for (const live of running) {
      if (consequenceOrNull(live.run, live.summary().state)?.tell === 'pause') live.ask('pause');
    }
    const all = Promise.all(running.map((live) => live.ended));
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<'late'>((resolve) => {
      timer = setTimeout(() => resolve('late'), milliseconds);
    });
    if ((await Promise.race([all, late])) === 'late') for (const live of running) live.kill();
    clearTimeout(timer);
    await all;
    this.later.flush();
    this.later.stop();
  }

  /** The host is going at once: live runs are left to notice it, and are `interrupted` at the next opening. */
  abandon(): void {
    this.closing = true;
    this.abandoned = true;
    for (const live of this.live.values()) live.abandon();
  }

  /** Whether records cannot be written for now, as on a full disk. */
  private mustWait(): boolean {
    const { store, onProblem } = this.parts;
    if (store.readOnly) return false;
    try {
      store.flush();
    } catch (error) {
      const { code, message, hint } = toErrorShape(error);
      onProblem(new FinegrainError(code, message, hint));
      return true;
    }
    return this.later.size > 0;
  }

  private move(run: string, move: 'pause' | 'stop'): void {
    const { state } = this.summary(run);
    const { state: next, tell } = consequence(run, state, move);
    const live = this.live.get(run);
    if (tell !== null && live !== undefined) {
      live.ask(tell);
    } else if (next !== null) {
      const resting = tell === null ? next : move === 'pause' ? 'paused' : 'stopped';
      this.own.delete(run);
      this.parts.store.runs.setState(run, resting, 'Taken out before it trained.');
      this.changed(run);
    }
  }

  private pump(): void {
    if (this.closing) return;
    for (const run of this.parts.store.runs.queued()) {
      if (this.live.size >= this.parts.parallel) return;
      if (this.live.has(run) || (!this.parts.wholeQueue && !this.own.has(run))) continue;
      this.begin(run);
    }
  }

  private begin(run: string): void {
    const { store, events, launch, preparation } = this.parts;
    const restart = this.own.get(run) ?? null;
    const stored = store.runs.get(run);
    const live = new LiveRun(run, {
      store,
      events,
      launch,
      later: this.later,
      flopsPerToken: preparation.trainingFlopsPerToken(stored.architecture, stored.configuration),
      observe: (message) => {
        for (const observer of this.observers) observer(run, message);
      },
      prepare: async (note, signal) => {
        const from = restart ?? (await chooseCheckpoint(store, stored));
        return preparation.prepare(stored, from, note, signal);
      },
    });
    this.live.set(run, live);
    live.ended.then(() => {
      if (this.mustWait()) this.unwritten.set(run, live.summary());
      this.live.delete(run);
      this.own.delete(run);
      if (this.abandoned) return;
      this.changed(run);
      this.pump();
    });
  }

  private nextChange(run: string): Promise<void> {
    return new Promise((resolve) => {
      const off = this.parts.events.on('run.changed', (summary) => {
        if (summary.run !== run) return;
        off();
        resolve();
      });
    });
  }

  private changed(run: string): void {
    this.parts.events.emit('run.changed', this.summary(run));
  }

  private note(run: string, message: string, level: 'info' | 'warning' = 'info'): void {
    const line = this.parts.store.logs.add(run, level, message);
    this.parts.events.emit('run.log', { run, line });
  }
}

function consequenceOrNull(run: string, state: RunSummary['state']): ReturnType<typeof consequence> | null {
  try {
    return consequence(run, state, 'pause');
  } catch {
    return null;
  }
}
