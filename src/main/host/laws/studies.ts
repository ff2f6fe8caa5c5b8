/**
 * Studies at work: candidates are runs of the queue that hold themselves at the prefix. When all of them rest there they
 * are ranked by predicted final loss, and continued or stopped as the policy says. Every move follows from the records
 * (`nextMove`), so that a host that was closed or killed in between goes on where it was.
 */
import { setImmediate } from 'node:timers/promises';
import { countArchitecture } from '../../../shared/architecture/counts.ts';
import { FinegrainError, toErrorShape } from '../../../shared/errors.ts';
import type { ParsedInput, RunSummary, StudyCandidate, StudyRow } from '../../../shared/rpc/contract.ts';
import type { RunDocuments } from '../../../shared/run/fields.ts';
import { liveStates } from '../../../shared/run/state.ts';
import {
  type CandidateFacts,
  decide,
  dueStep,
  nextMove,
  reportStudy,
  type StudyCourse,
} from '../../../shared/run/study.ts';
import { expandStudy, trainedSets } from '../../../shared/run/studyPlan.ts';
import { rankCandidates } from '../../../shared/run/studyRanking.ts';
import { meanOver } from '../../../shared/run/studyTarget.ts';
import { type SweepPlan, sweepPlanSchema } from '../../../shared/run/sweep.ts';
import type { Store, StoredStudy } from '../../store/index.ts';
import type { DataService } from '../data.ts';
import type { HostEvents } from '../events.ts';
import type { RunService } from '../runs/service.ts';
import type { TokenizerService } from '../tokenizers.ts';
import { predictCandidate } from './ranking.ts';
import { measuredTarget, tokensPerStep, trajectoryOf } from './subject.ts';

export interface StudyServiceParts {
  readonly store: Store;
  readonly events: HostEvents;
  readonly runs: RunService;
  readonly tokenizers: Pick<TokenizerService, 'nameFor'>;
  readonly data: Pick<DataService, 'samples' | 'addSample'>;
  /** A desktop or browser shell goes on with every running study; a terminal only with those it is told to. */
  readonly wholeQueue: boolean;
}

export class StudyService {
  private readonly parts: StudyServiceParts;
  /** Studies whose records are being looked at, each after the other. */
  private readonly turns = new Map<string, Promise<void>>();
  private readonly unsubscribe: (() => void)[] = [];
  private closing = false;

  constructor(parts: StudyServiceParts) {
    this.parts = parts;
  }

  /** Watches runs from here on, and takes up studies that were cut off. */
  open(): void {
    const { events, store, wholeQueue } = this.parts;
    this.unsubscribe.push(
      events.on('run.changed', (row) => this.noticed(row)),
      events.on('run.removed', () => {
        for (const { study, state } of store.studies.list()) if (state === 'running') this.consider(study);
      }),
    );
    if (!wholeQueue) return;
    for (const { study, state } of store.studies.list()) if (state === 'running') this.consider(study, true);
  }

  /** Ranks nothing any more; resolves when a ranking under way is done. */
  async close(): Promise<void> {
    this.closing = true;
    for (const off of this.unsubscribe) off();
    await Promise.all(this.turns.values());
  }

  async start(
    input: ParsedInput<'studies.start'>,
  ): Promise<{ study: string; sweep: string; runs: string[] }> {
    const { store, runs } = this.parts;
    const { plan, architecture } = input;
    const planned = expandStudy(plan, { architecture, configuration: input.configuration });
    const tokenizer =
      input.configuration.tokenizer ?? (await this.sharedTokenizer(planned, architecture.vocabulary));
    const children = planned.map((child) => ({
      ...child,
      configuration: { ...child.configuration, tokenizer },
    }));
    const name = input.name ?? `study of ${architecture.name}`;
    let study = '';
    const made = runs.startChildren({ name, plan: plan.fields ?? noFields, children }, (sweep) => {
      study = store.studies.create({ name, sweep, plan, steps: input.configuration.steps });
    });
    this.changed(study);
    return { study, ...made };
  }

  list(): StudyRow[] {
    return this.parts.store.studies.list().map((stored) => this.describe(stored));
  }

  get(study: string): StudyRow {
    return this.describe(this.parts.store.studies.get(study));
  }

  stop(study: string): void {
    const { store, runs } = this.parts;
    const { state, sweep } = store.studies.get(study);
    if (state === 'running') store.studies.setState(study, 'stopped', 'Stopped on request.');
    runs.stopSweep(sweep);
    this.changed(study);
  }

  /** Throws `run.state` where nothing can be continued, `input.invalid` for a run that is no candidate. */
  async continue(study: string, candidates: readonly string[]): Promise<void> {
    const { store, runs } = this.parts;
    const stored = store.studies.get(study);
    const known = store.sweeps.get(stored.sweep).runs;
    const foreign = candidates.find((run) => !known.includes(run));
    if (foreign !== undefined) {
      throw new FinegrainError(
        'input.invalid',
        `Run ${foreign} is no candidate of study ${study}.`,
        `Its candidates are ${known.join(', ')}.`,
      );
    }
    const open = candidates.length > 0 ? candidates : known;
    if (stored.state === 'done' && candidates.length === 0) {
      throw new FinegrainError(
        'run.state',
        `Study ${study} is done: no candidate rests short of its step.`,
        'Name the candidates that are to be trained to the final step.',
      );
    }
    if (open.every((run) => runs.summary(run).state === 'finished')) {
      throw new FinegrainError('run.state', 'These candidates have finished.', 'Name others.');
    }
    store.studies.continueByHand(study, candidates);
    store.studies.setState(study, 'running', null);
    this.changed(study);
    await this.consider(study, true, stored.state === 'stopped' || candidates.length > 0);
  }

  /** One for all candidates, of all the text that any of them trains on: else their losses could not be compared. */
  private async sharedTokenizer(children: readonly RunDocuments[], vocabulary: number): Promise<string> {
    const { data, tokenizers } = this.parts;
    const names = trainedSets(children);
    for (const { name, added } of data.samples()) {
      if (names.includes(name) && !added) await data.addSample(name);
    }
    return tokenizers.nameFor(names, vocabulary);
  }

  /** Resolves when nothing of the study is being looked at or ranked. */
  async settled(study: string): Promise<void> {
    for (let turn = this.turns.get(study); turn !== undefined; ) {
      await turn;
      const next = this.turns.get(study);
      turn = next === turn ? undefined : next;
    }
  }

  private noticed({ state, sweep }: RunSummary): void {
    // While a run trains nothing is to be decided; its events come four times a second.
    if (sweep === null || state === 'queued' || liveStates.includes(state)) return;
    const study = this.parts.store.studies.ofSweep(sweep.sweep);
    if (study !== null) void this.consider(study);
  }

  /** Looks at a study's records and does what follows, after what is under way for it. */
  private consider(study: string, enact = false, alsoStopped = false): Promise<void> {
    const turn = (this.turns.get(study) ?? Promise.resolve()).then(() => this.act(study, enact, alsoStopped));
    const kept = turn.catch((error: unknown) => this.failed(study, error));
    this.turns.set(study, kept);
    return kept;
  }

  private async act(study: string, enact: boolean, alsoStopped: boolean): Promise<void> {
    const { store } = this.parts;
    if (this.closing || store.studies.get(study).state !== 'running') return;
    if (enact) await this.enact(study, alsoStopped);
    const stored = store.studies.get(study);
    const course = this.course(stored);
    const move = nextMove(course);
    if (move.kind === 'wait') return;
    if (move.kind === 'end') {
      store.studies.setState(study, 'done', null);
      return this.changed(study);
    }
    const predictions = [];
    for (const run of move.runs) {
      const candidate = store.runs.get(run);
      const finalTokens = stored.steps * tokensPerStep(candidate);
      predictions.push(
        predictCandidate(run, trajectoryOf(store, candidate, stored.plan.target), {
          untilStep: move.step,
          finalTokens,
        }),
      );
      await setImmediate(); // a fit with its intervals takes a while; calls in between are answered
    }
    const time = new Date().toISOString();
    store.studies.addDecision(
      study,
      decide(rankCandidates(predictions), { ...move, time }, stored.plan.policy),
    );
    this.changed(study);
    await this.enact(study, false);
    // A report is done with its ranking: no run will change any more.
    return this.act(study, false, false);
  }

  /** Makes runs do what was decided: trains those that rest short of their step, stops those that are out. */
  private async enact(study: string, alsoStopped: boolean): Promise<void> {
    const { store, runs } = this.parts;
    const stored = store.studies.get(study);
    const course = this.course(stored);
    const losers = new Set(stored.decisions.flatMap(({ stopped }) => stopped));
    for (const { run, state, step } of course.candidates) {
      const due = dueStep(course, run);
      if (due === null) {
        if (losers.has(run) && state === 'paused') runs.stop(run);
        continue;
      }
      if (state === 'queued') {
        await runs.resume(run); // a terminal takes up only what it was told to
        continue;
      }
      const rests = state === 'paused' || state === 'interrupted' || (alsoStopped && state === 'stopped');
      if (!rests || step >= due) continue;
      const { configuration } = store.runs.get(run);
      const holdAt = due >= stored.steps ? null : due;
      if (configuration.holdAt !== holdAt) store.runs.setConfiguration(run, { ...configuration, holdAt });
      await runs.ended(run); // its process may still be on its way out
      await runs.resume(run);
    }
  }

  private course({ sweep, plan, steps, decisions, byHand }: StoredStudy): StudyCourse {
    const { store } = this.parts;
    const candidates = store.sweeps.get(sweep).runs.map((run) => this.facts(run, plan.target, steps));
    return { plan, steps, decisions, byHand, candidates };
  }

  private facts(run: string, target: StoredStudy['plan']['target'], steps: number): CandidateFacts {
    const { store, runs } = this.parts;
    const { state, step } = runs.summary(run);
    const stored = store.runs.get(run);
    const context = stored.configuration.context ?? stored.architecture.context;
    const { training } = countArchitecture(stored.architecture, { context }).flopsPerToken;
    const last = state === 'finished' ? measuredTarget(store, run, target).at(-1) : undefined;
    return {
      run,
      state,
      step,
      final: last?.step === steps ? meanOver(last) : null,
      flopsPerStep: training * tokensPerStep(stored),
    };
  }

  private describe(stored: StoredStudy): StudyRow {
    const { store, runs } = this.parts;
    const course = this.course(stored);
    const candidates = course.candidates.map(({ run, state, step, final }): StudyCandidate => {
      const { name, sweep } = runs.summary(run);
      const newest = measuredTarget(store, run, stored.plan.target).at(-1);
      const ranked = stored.decisions
        .flatMap(({ ranking }) => ranking)
        .findLast((found) => found.run === run);
      return {
        ...{ run, name, values: sweep?.values ?? {}, state, step, final },
        due: stored.state === 'running' ? dueStep(course, run) : null,
        ranked: ranked ?? null,
        observed: newest === undefined ? null : { step: newest.step, loss: meanOver(newest) },
      };
    });
    const { byHand: _byHand, ...row } = stored;
    return { ...row, candidates, report: reportStudy(course) };
  }

  private failed(study: string, error: unknown): void {
    if (this.closing) return;
    const { store } = this.parts;
    const { message, hint } = toErrorShape(error);
    store.studies.setState(study, 'stopped', hint === undefined ? message : `${message} ${hint}`);
    this.changed(study);
  }

  private changed(study: string): void {
    const { store, events } = this.parts;
    events.emit('study.changed', { study, state: store.studies.get(study).state });
  }
}

const noFields: SweepPlan = sweepPlanSchema.parse({});
