/** One handler for each procedure of the contract, over the host's services. */
import { checkArchitecture } from '../../shared/architecture/parse.ts';
import { FinegrainError } from '../../shared/errors.ts';
import type { Handlers, Output } from '../../shared/rpc/contract.ts';
import type { Store } from '../store/index.ts';
import { analysisHandlers } from './analyses/index.ts';
import { checkpointFolder, listCheckpoints, verifyCheckpoint } from './checkpoints.ts';
import type { DataService } from './data.ts';
import { appVersion, examine } from './doctor.ts';
import type { HostEvents } from './events.ts';
import { cachedAnalyses } from './figures/cache.ts';
import { drawDocument, type FigureData, makeFigure } from './figures/figures.ts';
import type { InferenceService } from './inference.ts';
import { lawHandlers } from './laws/handlers.ts';
import type { StudyService } from './laws/studies.ts';
import { FieldList } from './runs/fields.ts';
import { runFolder } from './runs/restart.ts';
import type { RunService } from './runs/service.ts';
import { tokenCounts } from './tokenCounts.ts';
import type { TokenizerService } from './tokenizers.ts';

export interface HandlerParts {
  readonly store: Store;
  readonly events: HostEvents;
  readonly runs: RunService;
  readonly studies: StudyService;
  readonly data: DataService;
  readonly tokenizers: TokenizerService;
  readonly inference: InferenceService;
  readonly shell: Output<'app.info'>['shell'];
}

const weightsOnly = { optimizer: false } as const;

export function createHandlers(parts: HandlerParts): Handlers {
  const { store, events, runs, studies, data, tokenizers, inference, shell } = parts;
  const fields = new FieldList(store);

  /**
   * The folder of the checkpoint of `step`, or of the newest. A damaged newest one is an error that names an intact
   * older step: an answer from another checkpoint than the one asked for would mislead.
   */
  const checkpointOf = async (run: string, step: number | undefined): Promise<string> => {
    store.runs.summary(run); // throws `notFound` before a folder is looked for
    const folder = runFolder(store, run);
    const newest = step === undefined ? listCheckpoints(folder).at(-1) : undefined;
    if (step === undefined && newest === undefined) {
      throw new FinegrainError(
        'checkpoint.missing',
        `Run ${run} has no checkpoint yet.`,
        'Wait for its first one, or stop the run: it then writes one.',
      );
    }
    const chosen = newest?.folder ?? checkpointFolder(folder, step!);
    await verifyCheckpoint(chosen, weightsOnly);
    return chosen;
  };

  const added = async (adding: Promise<Output<'data.addSample'>>): Promise<Output<'data.addSample'>> => {
    const row = await adding;
    events.emit('data.changed', row);
    return row;
  };

  const handlers: Handlers = {
    'app.info': async () => ({ version: appVersion(), workspace: store.folder, shell }),
    'app.doctor': async (_input, context) => examine(inference, context?.signal),
    'architecture.check': async ({ document }) => {
      const problems = checkArchitecture(document).map(({ path, message }) => ({ path, message }));
      return { valid: problems.length === 0, problems };
    },
    'data.list': async () => data.list(),
    'data.samples': async () => data.samples(),
    'data.addSample': ({ name }, context) => added(data.addSample(name, { signal: context?.signal })),
    'data.addText': (input, context) => added(data.addText(input, { signal: context?.signal })),
    'data.tokenCounts': async (input, context) => tokenCounts({ data, tokenizers }, input, context?.signal),
    'tokenizer.list': async () => tokenizers.list(),
    'runs.list': async ({ archived }) => runs.list(archived),
    'runs.get': async ({ run }) => {
      const detail = store.detail(run);
      return {
        ...detail,
        ...runs.summary(run),
        checkpoints: detail.checkpoints.map((row) => ({ ...row, path: store.absolute(row.path) })),
      };
    },
    'runs.start': async (input) => runs.start(input),
    'runs.pause': async ({ run }) => done(runs.pause(run)),
    'runs.resume': async ({ run, fromStep, steps }) => done(await runs.resume(run, fromStep, steps)),
    'runs.stop': async ({ run }) => done(runs.stop(run)),
    'runs.archive': async ({ run, archived }) => done(runs.archive(run, archived)),
    'runs.delete': async ({ run }) => done(runs.delete(run)),
    'runs.restore': async ({ run }) => done(runs.restore(run)),
    'runs.trashed': async () => store.runs.trashed(),
    'runs.fields': async () => fields.all(),
    'runs.annotate': async ({ run, ...annotation }) => done(runs.annotate(run, annotation)),
    'runs.fork': async (input) => runs.fork(input),
    'sweeps.list': async () => store.sweeps.list(),
    'sweeps.start': async (input) => runs.startSweep(input),
    'sweeps.stop': async ({ sweep }) => done(runs.stopSweep(sweep)),
    'runs.curve': async (input) => store.metrics.curve(known(store, input)),
    'runs.measurements': async ({ run }) => {
      store.flush();
      return store.measurements.of(run);
    },
    'runs.probes': async (input) => store.probes.list(known(store, input).run, input),
    'runs.evaluate': async ({ run, step, context = null, ...request }, caller) =>
      inference.ask(
        { kind: 'evaluate', checkpoint: await checkpointOf(run, step), context, ...request },
        caller?.signal,
      ),
    'runs.inspect': async ({ run, step, text }, context) =>
      inference.ask({ kind: 'inspect', checkpoint: await checkpointOf(run, step), text }, context?.signal),
    'runs.sample': async ({ run, step, ...request }, context) =>
      inference.ask(
        { kind: 'sample', checkpoint: await checkpointOf(run, step), ...request },
        context?.signal,
      ),
    ...analysisHandlers({ store, data, inference, checkpointOf }),
    ...lawHandlers({ store, studies }),
    'documents.list': async () => store.versions.list(),
    'documents.get': async ({ version }) => store.versions.get(version),
    'documents.save': async ({ document }) => store.versions.save(document),
    'documents.delete': async ({ version }) => done(store.versions.remove(version)),
    'documents.restore': async ({ version }) => done(store.versions.restore(version)),
    'figures.make': (input, context) => makeFigure(input, figureData(), context),
    'figures.draw': ({ document, format, dpi }, context) =>
      drawDocument(document, format, dpi, figureData(), context),
    'figures.list': async () => store.figures.list(),
    'figures.get': async ({ figure }) => store.figures.get(figure),
    'figures.save': async ({ figure, document }) => store.figures.save(document, figure),
    'figures.delete': async ({ figure }) => done(store.figures.remove(figure)),
  };
  let remembered: FigureData | null = null;
  const figureData = (): FigureData => {
    remembered ??= cachedAnalyses(handlers);
    return remembered;
  };
  return handlers;
}

/** Procedures that change the workspace; refused while another process holds it. */
const writing = [
  'data.addSample',
  'data.addText',
  'data.tokenCounts',
  'runs.start',
  'runs.pause',
  'runs.resume',
  'runs.stop',
  'runs.archive',
  'runs.delete',
  'runs.restore',
  'runs.annotate',
  'runs.fork',
  'sweeps.start',
  'sweeps.stop',
  'studies.start',
  'studies.stop',
  'studies.continue',
  'documents.save',
  'documents.delete',
  'documents.restore',
  'figures.save',
  'figures.delete',
] as const satisfies readonly (keyof Handlers)[];

/** The same handlers beside the process that holds the workspace: what reads works, what writes throws `busy`. */
export function readingOnly(handlers: Handlers, busy: FinegrainError): Handlers {
  const refuse = async (): Promise<never> => {
    throw busy;
  };
  return { ...handlers, ...Object.fromEntries(writing.map((procedure) => [procedure, refuse])) };
}

function known<Request extends { readonly run: string }>(store: Store, request: Request): Request {
  store.runs.summary(request.run);
  return request;
}

const done = (_nothing: unknown): null => null;
