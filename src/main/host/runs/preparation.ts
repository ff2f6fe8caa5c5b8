/** What must hold before a training process starts, and the data it starts with. */
import { mkdir } from 'node:fs/promises';
import { countArchitecture } from '../../../shared/architecture/counts.ts';
import type { Architecture } from '../../../shared/architecture/document.ts';
import { parseArchitecture } from '../../../shared/architecture/parse.ts';
import { FinegrainError } from '../../../shared/errors.ts';
import type { RunConfiguration } from '../../../shared/run/configuration.ts';
import { ownSet } from '../../../shared/run/measurement.ts';
import type { Store, StoredRun } from '../../store/index.ts';
import type { Progress } from '../../text/work.ts';
import type { TrainRequest } from '../../training/protocol.ts';
import { removeOrphans } from '../checkpoints.ts';
import type { DataService } from '../data.ts';
import type { TokenizerService } from '../tokenizers.ts';
import type { TrainingFlops } from './points.ts';
import { type Restart, rewind, runFolder } from './restart.ts';

export interface CheckedRun {
  readonly architecture: Architecture;
  readonly configuration: RunConfiguration;
  readonly parameters: number;
  readonly activeParameters: number;
}

export interface PreparationParts {
  readonly store: Store;
  readonly data: DataService;
  readonly tokenizers: TokenizerService;
}

const noteMilliseconds = 5000;

export class Preparation {
  private readonly parts: PreparationParts;
  /** Runs that start together want the same tokenizer and token files: the first makes them, the others find them. */
  private turn: Promise<unknown> = Promise.resolve();

  constructor(parts: PreparationParts) {
    this.parts = parts;
  }

  /** Refuses what cannot train, naming the field, its value and the way out. Reads no text. */
  check(document: unknown, configuration: RunConfiguration): CheckedRun {
    const architecture = parseArchitecture(document);
    this.checkConfiguration(architecture, configuration);
    this.checkData(architecture, configuration);
    const context = configuration.context ?? architecture.context;
    const { parameters } = countArchitecture(architecture, { context });
    return { architecture, configuration, parameters: parameters.total, activeParameters: parameters.active };
  }

  /** At the run's context. Training counts three times forward, as `countArchitecture` does. */
  trainingFlopsPerToken(architecture: Architecture, configuration: RunConfiguration): TrainingFlops {
    const context = configuration.context ?? architecture.context;
    const { training, activeForward } = countArchitecture(architecture, { context }).flopsPerToken;
    return { computed: training, active: 3 * activeForward };
  }

  /** Token files and everything else the training process needs, with the run's records taken back to `restart`. */
  async prepare(
    run: StoredRun,
    restart: Restart,
    note: (message: string) => void,
    signal: AbortSignal,
  ): Promise<TrainRequest> {
    const { store, data, tokenizers } = this.parts;
    const folder = runFolder(store, run.run);
    await mkdir(folder, { recursive: true });
    removeOrphans(folder);
    const recordedStep = await rewind(store, run.run, restart);
    if (restart.folder !== null) note(`Going on from the checkpoint of step ${restart.step}.`);
    note('Preparing the data.');
    const { configuration, architecture } = run;
    const work = { signal, progress: progressNotes(note) };
    const prepared = await this.inTurn(async () => {
      const others = configuration.measure.sets.map((name) => ({ name, weight: 1 }));
      for (const { name } of [...configuration.data, ...others]) {
        if (isSample(data, name)) await data.addSample(name, work);
      }
      const wanted = {
        vocabulary: architecture.vocabulary,
        context: configuration.context ?? architecture.context,
        ...work,
      };
      const own = await tokenizers.prepareTokens({
        data: configuration.data,
        tokenizer: configuration.tokenizer,
        ...wanted,
      });
      if (others.length === 0) return { ...own, measured: [] };
      const { sources } = await tokenizers.prepareTokens({
        data: others,
        tokenizer: own.tokenizer.name,
        ...wanted,
      });
      return { ...own, measured: sources };
    });
    store.runs.progress(run.run, { unigramEntropy: prepared.unigramEntropy });
    for (const text of prepared.notes) note(text);
    const tokens = prepared.sources.reduce((sum, source) => sum + source.train.tokens, 0);
    note(
      `${tokens.toLocaleString('en')} training tokens of the tokenizer ${prepared.tokenizer.name}; ` +
        `unigram entropy ${prepared.unigramEntropy.toFixed(4)} nats.`,
    );
    return {
      run: run.run,
      architecture,
      configuration,
      sources: prepared.sources.map(({ name, weight, train, validation }) => ({
        name,
        weight,
        train: train.path,
        validation: validation.path,
      })),
      measured: prepared.measured.map(({ name, validation }) => ({ name, validation: validation.path })),
      tokenizer: { path: prepared.tokenizerPath, hash: prepared.tokenizerHash },
      folder,
      resume: restart.folder,
      recordedStep,
    };
  }

  private inTurn<Result>(work: () => Promise<Result>): Promise<Result> {
    const result = this.turn.then(work);
    this.turn = result.catch(() => undefined);
    return result;
  }

  private checkConfiguration(architecture: Architecture, configuration: RunConfiguration): void {
    const { context, warmup, steps, measure } = configuration;
    const twice = measure.sets.find((name, at) => name === ownSet || measure.sets.indexOf(name) !== at);
    if (twice !== undefined) {
      const message =
        twice === ownSet
          ? `${ownSet} means the run's own held-out text, measured always`
          : `${twice} is named twice`;
      throw new FinegrainError(
        'configuration.invalid',
        `measure.sets: ${message}.`,
        'Take it out of the list.',
        [{ path: 'measure.sets', message }],
      );
    }
    if (context !== null && context > architecture.context) {
      throw new FinegrainError(
        'configuration.invalid',
        `context: ${context} is more than the architecture's ${architecture.context}.`,
        `Choose a context of at most ${architecture.context}, or raise the document's.`,
        [{ path: 'context', message: `${context} is more than the architecture's ${architecture.context}` }],
      );
    }
    if (warmup !== null && warmup > steps) {
      throw new FinegrainError(
        'configuration.invalid',
        `warmup: ${warmup} steps are more than the run's ${steps}.`,
        `Choose a warm-up of at most ${steps} steps.`,
        [{ path: 'warmup', message: `${warmup} steps are more than the run's ${steps}` }],
      );
    }
  }

  private checkData(architecture: Architecture, configuration: RunConfiguration): void {
    const { data, tokenizers } = this.parts;
    const context = configuration.context ?? architecture.context;
    for (const name of [...configuration.data.map((source) => source.name), ...configuration.measure.sets]) {
      if (isSample(data, name)) continue;
      const row = data.show(name);
      if (row.bytes === 0) {
        throw new FinegrainError('data.empty', `The data set ${name} holds no text.`, 'Choose another one.');
      }
      // A token is at least one byte, so this many bytes can never fill a window, whatever the tokenizer.
      if (row.bytes < context + 1) {
        throw new FinegrainError(
          'data.tooSmall',
          `The data set ${name} has ${row.bytes} bytes; a context of ${context} needs at least ${context + 1} tokens.`,
          'Add text, or choose a smaller context.',
        );
      }
    }
    if (configuration.tokenizer === null) return;
    const tokenizer = tokenizers.show(configuration.tokenizer);
    if (tokenizer.vocabulary > architecture.vocabulary) {
      throw new FinegrainError(
        'tokenizer.vocabulary',
        `vocabulary: the architecture has ${architecture.vocabulary}, the tokenizer ${tokenizer.name} has ` +
          `${tokenizer.vocabulary} tokens.`,
        `Set the architecture's vocabulary to ${tokenizer.vocabulary}, or choose a smaller tokenizer.`,
      );
    }
  }
}

/** A sample that ships with the app and is not in the workspace yet. Paths never count as names here. */
function isSample(data: DataService, name: string): boolean {
  return data.samples().some((sample) => sample.name === name && !sample.added);
}

/** Turns fine-grained progress into few log lines: one a stage, then one every few seconds. */
function progressNotes(note: (message: string) => void): (progress: Progress) => void {
  let stage = '';
  let last = 0;
  return (progress) => {
    const now = performance.now();
    if (progress.stage === stage && now - last < noteMilliseconds) return;
    const began = progress.stage !== stage;
    stage = progress.stage;
    last = now;
    const share = progress.total === null || progress.total === 0 ? null : progress.done / progress.total;
    note(began || share === null ? `${progress.stage}.` : `${progress.stage}: ${Math.round(share * 100)} %.`);
  };
}
