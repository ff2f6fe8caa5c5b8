/**
 * The one typed contract between the page and the host: procedures (asked, answered once) and events (pushed). Both
 * shells carry it; each input is parsed by its schema on the host's side before a handler sees it.
 */
import { z } from 'zod';
import { architectureSchema } from '../architecture/document.ts';
import {
  dpiSchema,
  figureDocumentSchema,
  figureFormats,
  figureKinds,
  panelOptionFields,
  styleFields,
} from '../figures/document.ts';
import { type AnalysisResults, disabledTop1 } from '../run/analysis.ts';
import { deviceNames, runConfigurationSchema } from '../run/configuration.ts';
import type { RunFields } from '../run/fields.ts';
import type { RunMeasurements } from '../run/measurement.ts';
import { type Curve, curveAxes } from '../run/metrics.ts';
import type { LayerProbe, Probe } from '../run/probe.ts';
import {
  type AttentionReading,
  mostMapTokens,
  mostReadTokens,
  readableWindows,
  type TokenReading,
} from '../run/reading.ts';
import { type SweepValues, sweepPlanSchema } from '../run/sweep.ts';
import { type LawsEvents, type LawsOutputs, lawsInputs } from './contract/laws.ts';
import type {
  DataSetRow,
  Doctor,
  DocumentVersion,
  FigureFile,
  FigureRow,
  LogLine,
  RunDetail,
  RunSummary,
  SampleDataSet,
  SavedDocument,
  SavedFigure,
  SweepRow,
  TokenCounts,
  TokenizerRow,
  TokenLoss,
} from './contract/rows.ts';

export { figureFormats, figureKinds } from '../figures/document.ts';
export type * from './contract/laws.ts';
export type * from './contract/rows.ts';
export type { SweepValues };

const run = z.string().min(1).max(64);
const name = z.string().min(1).max(120);
const optionalStep = z.int().nonnegative().optional();

/** Tokens of a window; more than the training context is allowed, as memory allows. */
const context = z.int().min(2).max(1_048_576).optional();
/** What an analysis reads: a text, or the validation text of a data set (default: of the run's own). */
const reading = {
  run,
  step: optionalStep,
  text: z.string().min(1).optional(),
  data: name.optional(),
  /** Windows of the context at most. */
  windows: z.int().min(1).max(4096).default(16),
  context,
};

/** A text, or one window of a data set's validation text (default: of the run's own). */
const stretch = {
  run,
  step: optionalStep,
  text: z.string().min(1).optional(),
  data: name.optional(),
  window: z
    .int()
    .min(0)
    .max(readableWindows - 1)
    .default(0),
};

/** Input schemas of all procedures. Outputs are the types in `Outputs`, checked by the compiler on both sides. */
export const inputs = {
  'app.info': z.strictObject({}),
  'app.doctor': z.strictObject({}),
  'architecture.check': z.strictObject({ document: z.unknown() }),
  'data.list': z.strictObject({}),
  'data.samples': z.strictObject({}),
  'data.addSample': z.strictObject({ name }),
  /** Text pasted or a file read by the page; the browser shell has no file dialog on the host. */
  'data.addText': z.strictObject({
    name,
    domain: z.string().max(120).optional(),
    files: z.array(z.strictObject({ name, text: z.string() })).min(1),
  }),
  /**
   * Occurrences of every token id in the training text, as a run of these data sets would count them. Prepares tokenizer
   * and token files where they are missing.
   */
  'data.tokenCounts': z.strictObject({
    data: z.array(z.strictObject({ name, weight: z.number().positive().default(1) })).min(1),
    /** null: the one trained on the data with `vocabulary` tokens. */
    tokenizer: name.nullable().default(null),
    vocabulary: z.int().min(2).max(1_000_000),
  }),
  'tokenizer.list': z.strictObject({}),
  'runs.list': z.strictObject({ archived: z.boolean().default(false) }),
  'runs.get': z.strictObject({ run }),
  'runs.start': z.strictObject({
    name: name.optional(),
    architecture: architectureSchema,
    configuration: runConfigurationSchema,
  }),
  'runs.pause': z.strictObject({ run }),
  'runs.resume': z.strictObject({ run, fromStep: optionalStep, steps: z.int().positive().optional() }),
  'runs.stop': z.strictObject({ run }),
  'runs.archive': z.strictObject({ run, archived: z.boolean().default(true) }),
  /** Into the trash, where it stays 30 days; `runs.restore` brings it back. */
  'runs.delete': z.strictObject({ run }),
  'runs.restore': z.strictObject({ run }),
  'runs.trashed': z.strictObject({}),
  /** Fields of document and configuration of all runs, by name: what a table queries without asking run by run. */
  'runs.fields': z.strictObject({}),
  'runs.annotate': z.strictObject({
    run,
    name: name.optional(),
    tags: z.array(z.string().trim().min(1).max(60)).max(30).optional(),
    notes: z.string().max(20_000).optional(),
  }),
  /** A new run of the same architecture that goes on from a checkpoint (default: the newest) of another. */
  'runs.fork': z.strictObject({
    run,
    step: optionalStep,
    name: name.optional(),
    configuration: runConfigurationSchema,
  }),
  'sweeps.list': z.strictObject({}),
  'sweeps.start': z.strictObject({
    name: name.optional(),
    architecture: architectureSchema,
    configuration: runConfigurationSchema,
    plan: sweepPlanSchema,
  }),
  /** Stops what trains and takes out what waits. */
  'sweeps.stop': z.strictObject({ sweep: run }),
  'runs.curve': z.strictObject({
    run,
    metric: z.string().min(1),
    axis: z.enum(curveAxes).default('step'),
    points: z.int().min(2).max(10_000).default(800),
    from: z.number().optional(),
    to: z.number().optional(),
    /** Buckets of equal width in log x, for a logarithmic axis. */
    logX: z.boolean().optional(),
  }),
  /** Loss by position along the run, by set. */
  'runs.measurements': z.strictObject({ run }),
  'runs.probes': z.strictObject({ run, afterStep: z.int().default(-1) }),
  'runs.evaluate': z.strictObject({
    run,
    step: optionalStep,
    text: z.string().min(1),
    context,
    /** Takes the most probable expert from every token; see `analysis.robustness`. */
    disableTop1: z.enum(disabledTop1).default('none'),
  }),
  'runs.inspect': z.strictObject({ run, step: optionalStep, text: z.string().min(1) }),
  'runs.sample': z.strictObject({
    run,
    step: optionalStep,
    prompt: z.string(),
    tokens: z.int().positive().max(4096).default(64),
    temperature: z.number().nonnegative().default(0.8), // 0: greedy
    topK: z.int().positive().optional(),
    seed: z.int().nonnegative().default(0),
  }),
  /** A short text token by token: losses, predictions, sparsity, routes. */
  'inspect.tokens': z.strictObject({
    ...stretch,
    tokens: z.int().min(1).max(mostReadTokens).default(256),
  }),
  /** The attention map of one head. */
  'inspect.attention': z.strictObject({
    ...stretch,
    tokens: z.int().min(2).max(mostMapTokens).default(128),
    layer: z.int().nonnegative(),
    head: z.int().nonnegative(),
  }),
  'analysis.routing': z.strictObject({ ...reading, tokens: z.int().min(1).max(1024).default(64) }),
  /** `step` is the final checkpoint of the comparison. */
  'analysis.saturation': z.strictObject(reading),
  'analysis.buckets': z.strictObject(reading),
  'analysis.robustness': z.strictObject(reading),
  'analysis.similarity': z.strictObject(reading),
  'analysis.activeExperts': z.strictObject({ ...reading, data: z.array(name).default([]) }),
  'analysis.softmaxTime': z.strictObject({
    run,
    step: optionalStep,
    context,
    batch: z.int().min(1).max(256).default(1),
    repeats: z.int().min(1).max(100).default(10),
    device: z.enum(deviceNames).optional(), // cpu; others are refused with the reason
  }),
  'analysis.positions': z.strictObject(reading),
  ...lawsInputs,
  'documents.list': z.strictObject({}),
  'documents.get': z.strictObject({ version: z.string().min(1).max(64) }),
  /** Keeps the document as a new version of its name; when it equals the newest one, that one is answered. */
  'documents.save': z.strictObject({ document: architectureSchema }),
  'documents.delete': z.strictObject({ version: z.string().min(1).max(64) }),
  /** Brings a deleted version back under its number. */
  'documents.restore': z.strictObject({ version: z.string().min(1).max(64) }),
  'figures.make': z.strictObject({
    kind: z.enum(figureKinds),
    runs: z.array(run).min(1),
    format: z.enum(figureFormats),
    dpi: dpiSchema, // png
    widthMm: z.number().min(20).max(400).default(139),
    fontSize: z.number().min(4).max(24).default(8), // points
    ...styleFields,
    ...panelOptionFields,
  }),
  /** A document as it stands, saved or not. */
  'figures.draw': z.strictObject({
    document: figureDocumentSchema,
    format: z.enum(figureFormats),
    dpi: dpiSchema, // png
  }),
  'figures.list': z.strictObject({}),
  'figures.get': z.strictObject({ figure: z.string().min(1).max(64) }),
  /** Without `figure` a new one; with the id of a deleted one it comes back. */
  'figures.save': z.strictObject({
    figure: z.string().min(1).max(64).optional(),
    document: figureDocumentSchema,
  }),
  'figures.delete': z.strictObject({ figure: z.string().min(1).max(64) }),
} as const;

export interface Outputs extends LawsOutputs {
  'app.info': { version: string; workspace: string; shell: 'electron' | 'browser' | 'terminal' };
  'app.doctor': Doctor;
  'architecture.check': { valid: boolean; problems: { path: string; message: string }[] };
  'data.list': DataSetRow[];
  'data.samples': SampleDataSet[];
  'data.addSample': DataSetRow;
  'data.addText': DataSetRow;
  'data.tokenCounts': TokenCounts;
  'tokenizer.list': TokenizerRow[];
  'runs.list': RunSummary[];
  'runs.get': RunDetail;
  'runs.start': { run: string };
  'runs.pause': null;
  'runs.resume': null;
  'runs.stop': null;
  'runs.archive': null;
  'runs.delete': null;
  'runs.restore': null;
  'runs.trashed': (RunSummary & { readonly deletedAt: string })[];
  'runs.fields': Record<string, RunFields>;
  'runs.annotate': null;
  'runs.fork': { run: string };
  'sweeps.list': SweepRow[];
  'sweeps.start': { sweep: string; runs: string[] };
  'sweeps.stop': null;
  'runs.curve': Curve;
  'runs.measurements': RunMeasurements;
  'runs.probes': Probe[];
  'runs.evaluate': {
    loss: number;
    perplexity: number;
    bitsPerByte: number;
    tokens: number;
    perToken: TokenLoss[];
  };
  'runs.inspect': { step: number; tokens: number; layers: LayerProbe[] };
  'runs.sample': { text: string; ids: number[] };
  'inspect.tokens': TokenReading;
  'inspect.attention': AttentionReading;
  'analysis.routing': AnalysisResults['routing'];
  'analysis.saturation': AnalysisResults['saturation'];
  'analysis.buckets': AnalysisResults['buckets'];
  'analysis.robustness': AnalysisResults['robustness'];
  'analysis.similarity': AnalysisResults['similarity'];
  'analysis.activeExperts': AnalysisResults['active-experts'];
  'analysis.softmaxTime': AnalysisResults['softmax-time'];
  'analysis.positions': AnalysisResults['positions'];
  'documents.list': DocumentVersion[];
  'documents.get': SavedDocument;
  'documents.save': DocumentVersion & { readonly added: boolean };
  'documents.delete': null;
  'documents.restore': null;
  'figures.make': FigureFile;
  'figures.draw': FigureFile;
  'figures.list': FigureRow[];
  'figures.get': SavedFigure;
  'figures.save': SavedFigure;
  'figures.delete': null;
}

export type Procedure = keyof typeof inputs;
export type Input<P extends Procedure> = z.input<(typeof inputs)[P]>;
export type ParsedInput<P extends Procedure> = z.output<(typeof inputs)[P]>;
export type Output<P extends Procedure> = Outputs[P];

/** What the host pushes. Metric events carry increments only; a page that joins late asks `runs.curve` first. */
export interface Events extends LawsEvents {
  /** A run changed state, progressed, or appeared. */
  'run.changed': RunSummary;
  'run.removed': { run: string };
  /** New points since the last event, in order. */
  'run.points': {
    run: string;
    points: { name: string; step: number; tokens: number; flops: number; seconds: number; value: number }[];
  };
  /** A measurement was stored; `runs.measurements` reads it. */
  'run.measured': { run: string; step: number };
  'run.probe': { run: string; probe: Probe };
  'run.log': { run: string; line: LogLine };
  'data.changed': DataSetRow;
}
export type EventName = keyof Events;

/** What the page and the terminal talk to, whatever carries it. */
export interface Client {
  call<P extends Procedure>(
    procedure: P,
    input: Input<P>,
    options?: { signal?: AbortSignal },
  ): Promise<Output<P>>;
  on<E extends EventName>(event: E, listener: (payload: Events[E]) => void): () => void;
}

/** What a handler may know of its caller. `signal` aborts when the caller cancelled or left. */
export interface CallContext {
  readonly signal: AbortSignal;
}

/** The host's side: one handler for each procedure, and a way to push. */
export type Handlers = {
  [P in Procedure]: (input: ParsedInput<P>, context?: CallContext) => Promise<Output<P>>;
};

/** What a shell needs of the host; `createHost` returns it. */
export interface HostPort {
  readonly handlers: Handlers;
  readonly events: {
    on<E extends EventName>(event: E, listener: (payload: Events[E]) => void): () => void;
  };
}
