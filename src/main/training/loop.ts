/**
 * The training loop of one run: batches in, optimiser steps, reports, evaluations, probes and checkpoints out. All that
 * carries over from step to step is in the checkpoint, so that a resumed run computes the very same numbers.
 */
import { countArchitecture } from '../../shared/architecture/counts.ts';
import { type ErrorShape, FinegrainError } from '../../shared/errors.ts';
import { bufferSpecs, bufferValues, parameterSpecs } from '../../shared/methods/languageModel.ts';
import type { RunConfiguration } from '../../shared/run/configuration.ts';
import { divergenceHint } from '../../shared/run/divergence.ts';
import { planMeasurement } from '../../shared/run/measurement.ts';
import { learningRateAt } from '../../shared/run/schedule.ts';
import { createEngine, initialParameters } from '../engine/index.ts';
import { measureThreads } from '../engine/ort/ceiling.ts';
import { probeStatistics } from '../engine/probe/statistics.ts';
import type {
  Batch,
  EngineRequest,
  NamedArrays,
  StepResult,
  Trainer,
  TrainingState,
} from '../engine/types.ts';
import { prune, readCheckpoint, writeCheckpoint } from '../host/checkpoints.ts';
import { readTrainingCounts, writeTrainingCounts } from '../host/runs/counts.ts';
import { countTrainingTokens, openRunData, type RunData } from './data.ts';
import { calmState, type DivergenceState, judgeLoss } from './divergence.ts';
import { measureLosses } from './measure.ts';
import type { FromTrainer, Outcome, TrainRequest } from './protocol.ts';
import type { Reporter } from './reporter.ts';
import { Throughput } from './throughput.ts';

/** What the host asks for, looked at between two steps. */
export interface Wishes {
  end: 'pause' | 'stop' | null;
  checkpoint: boolean;
  /** The host is gone: end with a checkpoint that also holds what it may not have stored. */
  lost: boolean;
}

/** What carries over from step to step beside the tensors. */
interface Progress {
  step: number;
  tokens: number;
  flops: number;
  /** Seconds spent training, over all processes of the run. */
  seconds: number;
  loss: number | null;
  divergence: DivergenceState;
}

interface LoopRecord {
  readonly divergence: DivergenceState;
  readonly unconfirmed: readonly FromTrainer[];
}

export interface Ending {
  readonly outcome: Outcome;
  readonly step: number;
  readonly reason: string;
  readonly error?: ErrorShape;
}

/** Trains to the end, to a wish, or to a failure; throws only for faults that are not the run's. */
export async function trainRun(request: TrainRequest, reporter: Reporter, wishes: Wishes): Promise<Ending> {
  const { architecture } = request;
  const resumed = request.resume === null ? null : await readCheckpoint(request.resume);
  if (resumed !== null) refuseOtherTokenizer(request, resumed.record.tokenizerHash);
  const context = request.configuration.context ?? architecture.context;
  const engine = createEngine();
  const device = await engine.choose(request.configuration.device);
  const threads =
    request.configuration.threads > 0 || device.name !== 'cpu'
      ? request.configuration.threads
      : (resumed?.record.configuration.threads ??
        (await measureThreads(architecture, { batch: request.configuration.batch, context })));
  // The thread count is part of the record: the order of additions may depend on it, and with it the last bit.
  const configuration: RunConfiguration = { ...request.configuration, context, threads };
  // Fixed before the first step: a mask computed again could differ where the text has changed since.
  const buffers = resumed?.buffers ?? bufferValues(architecture, await beginCounts(request));
  const engineRequest: EngineRequest = {
    architecture,
    shape: { batch: configuration.batch, context },
    device: device.name,
    threads,
    buffers,
  };
  const ceiling = await engine.measureCeiling(engineRequest);
  const trainer = await engine.trainer(engineRequest, configuration);
  const state: TrainingState =
    resumed?.state ?? freshState(initialParameters(architecture, configuration.seed));
  await trainer.writeState(state);

  const loop = new Loop({ request, configuration, context, buffers, trainer, ceiling, reporter, wishes });
  reporter.post({
    type: 'started',
    device: device.name,
    // The eager trainer adds which of its backends runs.
    deviceReason: device.name === 'eager' ? trainer.device.reason : device.reason,
    threads,
    ceiling,
    step: state.step,
  });
  if (resumed !== null) {
    const record = resumed.record.loop as LoopRecord;
    loop.progress = {
      step: resumed.step,
      tokens: resumed.record.tokensSeen,
      flops: resumed.record.flops,
      seconds: resumed.record.seconds,
      loss: resumed.record.loss,
      divergence: record.divergence,
    };
    reporter.repeat(record.unconfirmed, request.recordedStep);
  }
  try {
    return await loop.run();
  } finally {
    await trainer.dispose();
  }
}

function refuseOtherTokenizer(request: TrainRequest, trainedWith: string | null): void {
  if (trainedWith === request.tokenizer.hash) return;
  throw new FinegrainError(
    'run.state',
    `Run ${request.run} was trained with another tokenizer than the one that its data is read with now.`,
    'Restore the tokenizer it began with, or start a new run.',
  );
}

/** The token counts that a new run starts with: recorded already where an earlier start got no checkpoint written. */
async function beginCounts({ folder, sources, architecture }: TrainRequest): Promise<Float64Array> {
  const recorded = await readTrainingCounts(folder);
  if (recorded?.length === architecture.vocabulary) return recorded;
  const counts = countTrainingTokens(sources, architecture.vocabulary);
  await writeTrainingCounts(folder, counts);
  return counts;
}

function freshState(parameters: NamedArrays): TrainingState {
  const zeros = (): NamedArrays =>
    new Map([...parameters].map(([name, values]) => [name, new Float32Array(values.length)]));
  return { parameters, firstMoments: zeros(), secondMoments: zeros(), step: 0 };
}

interface LoopParts {
  readonly request: TrainRequest;
  readonly configuration: RunConfiguration;
  readonly context: number;
  readonly buffers: NamedArrays;
  readonly trainer: Trainer;
  readonly ceiling: number;
  readonly reporter: Reporter;
  readonly wishes: Wishes;
}

class Loop {
  progress: Progress = { step: 0, tokens: 0, flops: 0, seconds: 0, loss: null, divergence: calmState };
  private readonly parts: LoopParts;
  private readonly throughput = new Throughput();
  private readonly tokensPerStep: number;
  private readonly flopsPerToken: number;
  private readonly shapes: ReadonlyMap<string, readonly number[]>;
  private readonly measuredSteps: ReadonlySet<number>;
  private savedStep: number | null = null;
  private tokenizerText: string | null = null;

  constructor(parts: LoopParts) {
    this.parts = parts;
    const { architecture } = parts.request;
    this.tokensPerStep = parts.configuration.batch * parts.context * parts.configuration.accumulate;
    this.flopsPerToken = countArchitecture(architecture, { context: parts.context }).flopsPerToken.training;
    const tensors = [...parameterSpecs(architecture), ...bufferSpecs(architecture)];
    this.shapes = new Map(tensors.map((spec) => [spec.name, spec.shape]));
    this.measuredSteps = new Set(planMeasurement(parts.configuration).steps);
  }

  async run(): Promise<Ending> {
    const { configuration, wishes, request, context } = this.parts;
    const data = await openRunData(request, configuration, context);
    this.tokenizerText = data.tokenizerText;
    this.savedStep = request.resume === null ? null : this.progress.step;
    try {
      const broken = this.progress.step === 0 ? await this.observe(data, 0) : null;
      if (broken !== null) return this.divergedEnding(broken);
      let next = data.trainingBatches(this.progress.step + 1);
      while (this.progress.step < configuration.steps) {
        const ending = await this.wishedEnding();
        if (ending !== null) return ending;
        const step = this.progress.step + 1;
        const batches = await next;
        const begun = performance.now();
        const learningRate = learningRateAt(step, configuration);
        const running = this.parts.trainer.step(batches, learningRate);
        // The next batches are read while this step computes. A failed read surfaces when it is awaited.
        if (step < configuration.steps) {
          next = data.trainingBatches(step + 1);
          next.catch(() => undefined);
        }
        const result = await running;
        const diverged = this.account(step, result, learningRate, (performance.now() - begun) / 1000);
        if (diverged !== null) return this.divergedEnding(diverged);
        const unsound = await this.observe(data, step);
        if (unsound !== null) return this.divergedEnding(unsound);
        const due = isDue(step, configuration.checkpointEvery);
        // While losses look suspicious no checkpoint is written: the good ones must not be crowded out.
        if ((due || wishes.checkpoint) && this.progress.divergence.streak === 0) {
          wishes.checkpoint = false;
          const refused = await this.save();
          if (refused !== null) return this.divergedEnding(refused);
        }
        if (step === configuration.holdAt && step < configuration.steps) wishes.end ??= 'pause';
      }
      const unsound = await this.save();
      if (unsound !== null) return this.divergedEnding(unsound);
      return this.ending('finished', `All ${configuration.steps} steps are done.`);
    } finally {
      await data.close();
    }
  }

  /** Books a step: progress, report, and whether its loss means that the run has diverged (the reason, or null). */
  private account(step: number, result: StepResult, learningRate: number, seconds: number): string | null {
    const { configuration, request, reporter, ceiling } = this.parts;
    const verdict = judgeLoss(step, result, this.progress.divergence, {
      deviations: configuration.spikeDeviations,
      vocabulary: request.architecture.vocabulary,
    });
    const now = performance.now() / 1000;
    this.throughput.record(seconds, now);
    this.progress = {
      step,
      tokens: this.progress.tokens + this.tokensPerStep,
      flops: this.progress.flops + this.tokensPerStep * this.flopsPerToken,
      seconds: this.progress.seconds + seconds,
      loss: result.loss,
      divergence: verdict.state,
    };
    // A step that ended in NaN has nothing to draw; its reason says what happened.
    if (!Number.isFinite(result.loss) || !Number.isFinite(result.gradientNorm)) return verdict.reason;
    const stepsPerSecond = this.throughput.stepsPerSecond();
    const tokensPerSecond = stepsPerSecond === null ? null : stepsPerSecond * this.tokensPerStep;
    reporter.step({
      step,
      loss: result.loss,
      ...(result.objective === result.loss ? {} : { objective: result.objective }),
      totalLoss: result.totalLoss,
      auxiliary: { ...result.auxiliary },
      reports: { ...result.reports },
      gradientNorm: result.gradientNorm,
      learningRate,
      tokens: this.progress.tokens,
      flops: this.progress.flops,
      seconds: this.progress.seconds,
      tokensPerSecond,
      utilisation: tokensPerSecond === null ? null : (tokensPerSecond * this.flopsPerToken) / ceiling,
      secondsLeft: this.throughput.secondsLeft(configuration.steps - step, now),
    });
    return verdict.reason;
  }

  /**
   * Evaluation, measurement and probe, where they are due. They read the weights only; the run's numbers do not depend on
   * them.
   * Returns why the run has diverged where the evaluation shows it, else null.
   */
  private async observe(data: RunData, step: number): Promise<string | null> {
    const { configuration, reporter, trainer, request } = this.parts;
    const last = step === configuration.steps;
    if (step > 0 && (last || isDue(step, configuration.evaluateEvery))) {
      const { loss, bitsPerByte } = await evaluateBatches(trainer, data);
      if (!Number.isFinite(loss)) return `The validation loss became ${loss} after step ${step}.`;
      const { tokens, flops, seconds } = this.progress;
      const perplexity = Math.min(Math.exp(loss), Number.MAX_VALUE);
      reporter.post({ type: 'evaluation', step, tokens, flops, seconds, loss, perplexity, bitsPerByte });
    }
    if (this.measuredSteps.has(step)) {
      const begun = performance.now();
      const sets = await measureLosses(trainer, data.measuredBatches, this.parts.context);
      const bad = sets.find(({ loss }) => !loss.every(Number.isFinite));
      if (bad !== undefined) return `The loss on ${bad.set} is no longer finite after step ${step}.`;
      const { tokens, flops, seconds } = this.progress;
      const learningRate = learningRateAt(step, configuration);
      const cost = (performance.now() - begun) / 1000;
      reporter.post({ type: 'measurement', step, tokens, flops, seconds, learningRate, cost, sets });
    }
    if (configuration.probeEvery > 0 && (last || step % configuration.probeEvery === 0)) {
      const layers = await trainer.probe(data.probeBatch);
      reporter.post({ type: 'probe', probe: probeStatistics(request.architecture, layers, step) });
    }
    return null;
  }

  /** Writes a checkpoint, unless this step's is there or a number of the state is not finite; then says which. */
  private async save(): Promise<string | null> {
    const { request, configuration, buffers, reporter, trainer, wishes } = this.parts;
    const { step, tokens, flops, seconds, loss, divergence } = this.progress;
    if (this.savedStep === step && !wishes.lost) return null;
    const state = await trainer.readState();
    const bad = firstNonFinite(state);
    if (bad !== null) return `The weights of ${bad} are no longer finite after step ${step}.`;
    const record: LoopRecord = { divergence, unconfirmed: reporter.unconfirmed(wishes.lost) };
    const written = await writeCheckpoint(request.folder, {
      state: { ...state, step },
      shapes: this.shapes,
      buffers,
      architecture: request.architecture,
      tokenizer: this.tokenizerText,
      record: {
        run: request.run,
        configuration,
        seed: configuration.seed,
        randomState: null,
        dataPosition: { step },
        loop: record,
        tokensSeen: tokens,
        flops,
        seconds,
        tokenizerHash: request.tokenizer.hash,
        loss,
      },
    });
    this.savedStep = step;
    // The final checkpoint counts extra.
    const final = step === configuration.steps ? 1 : 0;
    const removed = await prune(request.folder, configuration.keepCheckpoints + final);
    reporter.post({ type: 'checkpoint', step, path: written.folder, bytes: written.bytes, loss, removed });
    return null;
  }

  private async wishedEnding(): Promise<Ending | null> {
    const { wishes } = this.parts;
    const wish = wishes.lost ? 'stop' : wishes.end;
    if (wish === null) return null;
    const { step } = this.progress;
    // A run that is asked to end amid suspicious losses keeps its older, sound checkpoint as the newest.
    const unsound = this.progress.divergence.streak > 0 ? null : await this.save();
    if (unsound !== null) return this.divergedEnding(unsound);
    return wish === 'pause'
      ? this.ending('paused', `Paused after step ${step}.`)
      : this.ending('stopped', `Stopped after step ${step}.`);
  }

  private divergedEnding(reason: string): Ending {
    const kept =
      this.savedStep === null
        ? 'No checkpoint had been written yet.'
        : `The checkpoint of step ${this.savedStep} is kept.`;
    const hint = divergenceHint;
    const error = new FinegrainError('run.diverged', `${reason} ${kept}`, hint);
    return { ...this.ending('failed', `${reason} ${kept} ${hint}`), error: error.toShape() };
  }

  private ending(outcome: Outcome, reason: string): Ending {
    return { outcome, step: this.progress.step, reason };
  }
}

function isDue(step: number, every: number): boolean {
  return every > 0 && step % every === 0;
}

/** Mean validation loss over the fixed validation batches, in nats per token and bits per byte of their text. */
export async function evaluateBatches(
  trainer: Pick<Trainer, 'evaluate'>,
  data: Pick<RunData, 'validationBatches' | 'bytesOf'>,
): Promise<{ loss: number; bitsPerByte: number }> {
  let nats = 0;
  let tokens = 0;
  let bytes = 0;
  for (const batch of data.validationBatches) {
    const { losses } = await trainer.evaluate(batch);
    for (let at = 0; at < losses.length; at++) {
      if (!counts(batch, at)) continue;
      nats += losses[at]!;
      tokens++;
      bytes += data.bytesOf(batch.targets[at]!);
    }
  }
  return { loss: nats / tokens, bitsPerByte: nats / Math.LN2 / Math.max(1, bytes) };
}

function counts(batch: Batch, at: number): boolean {
  return batch.mask === undefined || batch.mask[at] !== 0;
}

function firstNonFinite(state: TrainingState): string | null {
  for (const arrays of [state.parameters, state.firstMoments, state.secondMoments]) {
    for (const [name, values] of arrays) {
      for (let at = 0; at < values.length; at++) {
        if (!Number.isFinite(values[at])) return name;
      }
    }
  }
  return null;
}
