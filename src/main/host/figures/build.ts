/** From runs to one figure: asks the host's own procedures for what a kind draws, and builds it. */
import { expandLayers } from '../../../shared/architecture/document.ts';
import { FinegrainError } from '../../../shared/errors.ts';
import { activationsFigure } from '../../../shared/figures/builders/activations.ts';
import { activeExpertsFigure } from '../../../shared/figures/builders/activeExperts.ts';
import { bucketFigure } from '../../../shared/figures/builders/buckets.ts';
import { coActivationFigure } from '../../../shared/figures/builders/coActivation.ts';
import { flowFigure } from '../../../shared/figures/builders/flow.ts';
import { type GateRun, gatesFigure } from '../../../shared/figures/builders/gates.ts';
import { loadFigure } from '../../../shared/figures/builders/load.ts';
import { lossFigure } from '../../../shared/figures/builders/loss.ts';
import { metricFigure } from '../../../shared/figures/builders/metric.ts';
import { nsarFigure, nsarHeatmap } from '../../../shared/figures/builders/nsar.ts';
import { expertStepsFigure, routingStepsFigure } from '../../../shared/figures/builders/overSteps.ts';
import { positionFigure } from '../../../shared/figures/builders/positions.ts';
import { attentionFigure, headsFigure, nsarTokensFigure } from '../../../shared/figures/builders/reading.ts';
import { robustnessFigure } from '../../../shared/figures/builders/robustness.ts';
import {
  type FieldRun,
  mostRunColours,
  parallelFigure,
  scatterFigure,
} from '../../../shared/figures/builders/runFields.ts';
import { saturationFigure } from '../../../shared/figures/builders/saturation.ts';
import { similarityFigure } from '../../../shared/figures/builders/similarity.ts';
import { softmaxTimeFigure } from '../../../shared/figures/builders/softmaxTime.ts';
import type { FigureKind, PanelOptions } from '../../../shared/figures/document.ts';
import { isLawFigure } from '../../../shared/figures/lawOptions.ts';
import type { Drawing } from '../../../shared/figures/run.ts';
import type { Figure, FigureStyle } from '../../../shared/figures/spec.ts';
import type { Table } from '../../../shared/figures/table.ts';
import { reconstructedOptions } from '../../../shared/methods/languageModel.ts';
import type { CallContext, Handlers } from '../../../shared/rpc/contract.ts';
import { runFields } from '../../../shared/run/fields.ts';
import type { Curve, CurveAxis } from '../../../shared/run/metrics.ts';
import { lawPanel } from './laws.ts';

/** Where a figure's numbers come from: the same procedures that the page asks. */
export type FigureData = Pick<
  Handlers,
  | 'runs.get'
  | 'runs.curve'
  | 'runs.probes'
  | 'studies.get'
  | 'laws.quality'
  | 'runs.measurements'
  | 'inspect.tokens'
  | 'inspect.attention'
  | 'analysis.saturation'
  | 'analysis.similarity'
  | 'analysis.activeExperts'
  | 'analysis.buckets'
  | 'analysis.robustness'
  | 'analysis.positions'
  | 'analysis.softmaxTime'
>;

export interface PanelRequest {
  readonly kind: FigureKind;
  readonly runs: readonly string[];
  readonly options: PanelOptions;
  readonly style: FigureStyle;
}

/** As many points as the contract lets one ask for: the smoothing sees every step of all but the longest runs. */
const mostPoints = 10_000;
const defaultWindows = 16;

/** Kinds whose k-th series is the k-th run; the others draw one run, or give their series another meaning. */
const seriesAreRuns: ReadonlySet<FigureKind> = new Set([
  'loss',
  'metric',
  'nsar',
  'load',
  'buckets',
  'robustness',
  'positions',
  'activations',
]);

export function drawsRunsAsSeries({
  kind,
  runs,
  options,
}: Pick<PanelRequest, 'kind' | 'runs' | 'options'>): boolean {
  if (kind === 'scatter' || kind === 'parallel') {
    return options.colourBy === undefined && new Set(runs).size <= mostRunColours;
  }
  return seriesAreRuns.has(kind);
}

export async function buildPanel(
  { kind, runs, options, style }: PanelRequest,
  data: FigureData,
  context?: CallContext,
): Promise<Drawing<Figure, Table>> {
  const ids = [...new Set(runs)];
  if (isLawFigure(kind)) return lawPanel({ kind, runs: ids, options, style }, data, context);
  const asked = (run: string) => reading(kind, options, run);
  switch (kind) {
    case 'saturation':
      return saturationFigure(
        await each(ids, (run) => data['analysis.saturation'](asked(run), context)),
        style,
      );
    case 'buckets':
      return bucketFigure(await each(ids, (run) => data['analysis.buckets'](asked(run), context)), style);
    case 'robustness':
      return robustnessFigure(
        await each(ids, (run) => data['analysis.robustness'](asked(run), context)),
        style,
      );
    case 'positions':
      return positionFigure(await each(ids, (run) => data['analysis.positions'](asked(run), context)), style);
    case 'softmax-time': {
      const setting = { step: options.step, context: options.context, batch: 1, repeats: 10 };
      const measure = (run: string) => data['analysis.softmaxTime']({ run, ...setting }, context);
      return softmaxTimeFigure(await each(ids, measure), style);
    }
    case 'similarity':
      return similarityFigure(await data['analysis.similarity'](asked(only(ids, kind)), context), style);
    case 'active-experts': {
      const request = reading(kind, { ...options, data: [] }, only(ids, kind));
      return activeExpertsFigure(
        await data['analysis.activeExperts']({ ...request, data: options.data ?? [] }, context),
        style,
      );
    }
    case 'nsar-tokens':
    case 'flow': {
      const run = only(ids, kind);
      const read = await data['inspect.tokens']({ ...passage(kind, options, run), tokens: 256 }, context);
      const named = await namedRun(run, data);
      if (kind === 'flow') return flowFigure(named, read, style);
      return nsarTokensFigure(named, read, style, options.threshold);
    }
    case 'heads':
    case 'attention': {
      const run = only(ids, kind);
      const place = { layer: options.layer ?? 0, head: options.head ?? 0, tokens: 128 };
      const read = await data['inspect.attention']({ ...passage(kind, options, run), ...place }, context);
      const named = await namedRun(run, data);
      return kind === 'heads' ? headsFigure(named, read, style) : attentionFigure(named, read, style);
    }
    case 'scatter':
    case 'parallel': {
      const drawn = await each(ids, (run) => fieldRun(run, data));
      const { fields = [], logFields = [], colourBy } = options;
      const build = kind === 'scatter' ? scatterFigure : parallelFigure;
      return build(drawn, style, { fields, logFields, colourBy });
    }
    case 'metric': {
      const { metric = 'train/loss', axis = 'tokens', logX = false, logY = false } = options;
      const drawn = await each(ids, (run) => metricRun(run, metric, axis, data));
      return metricFigure(drawn, style, { metric, axis, logX, logY });
    }
  }
  const read = ofPassage(kind, options);
  const drawn = read
    ? await each(ids, (run) => passageRun(run, kind, options, data, context))
    : await each(ids, (run) => figureRun(run, kind, data));
  const drawing = probeDrawing(kind, drawn, options, style);
  if (!read) return drawing;
  const sources = [...new Set(drawn.map(({ source }) => source))].join(', ');
  const description = `${drawing.figure.description} Measured on ${sources}.`;
  return { ...drawing, figure: { ...drawing.figure, description } };
}

/** Kinds that show logged probes, or, where a text or a data set is given, the same statistics of that passage. */
const ofProbes = ['nsar', 'load', 'choice', 'gates', 'activations', 'co-activation'] as const;

function ofPassage(kind: FigureKind, { text, data = [] }: PanelOptions): boolean {
  return (ofProbes as readonly string[]).includes(kind) && (text !== undefined || data.length > 0);
}

interface DrawnRun extends GateRun {
  /** What was read, where it was a passage. */
  readonly source: string;
}

type ProbeKind =
  | (typeof ofProbes)[number]
  | 'loss'
  | 'nsar-steps'
  | 'routing-steps'
  | 'load-steps'
  | 'choice-steps';

function probeDrawing(
  kind: ProbeKind,
  drawn: readonly DrawnRun[],
  options: PanelOptions,
  style: FigureStyle,
): Drawing<Figure, Table> {
  // The statistics of a passage are those of the one step that was read.
  const step = ofPassage(kind, options) ? undefined : options.step;
  switch (kind) {
    case 'loss':
      return lossFigure(drawn, style);
    case 'nsar':
      return nsarFigure(drawn, style, options.threshold, step);
    case 'nsar-steps':
      return nsarHeatmap(only(drawn, kind), style, options.threshold);
    case 'load':
      return loadFigure(only(drawn, kind), style, step);
    case 'choice':
      return loadFigure(only(drawn, kind), style, step, 'choice');
    case 'gates':
      return gatesFigure(only(drawn, kind), style, step, options.layer);
    case 'activations':
      return activationsFigure(drawn, style, step, options.layer);
    case 'routing-steps':
      return routingStepsFigure(drawn, style, options.statistic);
    case 'load-steps':
      return expertStepsFigure(only(drawn, kind), style, 'load', options.layer);
    case 'choice-steps':
      return expertStepsFigure(only(drawn, kind), style, 'choice', options.layer);
    case 'co-activation':
      return coActivationFigure(only(drawn, kind), style, step);
  }
}

/** One after the other: they share one training process. */
async function each<Result>(
  runs: readonly string[],
  make: (run: string) => Promise<Result>,
): Promise<Result[]> {
  const results: Result[] = [];
  for (const run of runs) results.push(await make(run));
  return results;
}

/** The passage that a figure reads token by token. */
function passage(kind: FigureKind, options: PanelOptions, run: string) {
  const { step, text, data } = reading(kind, options, run);
  return { run, step, text, window: options.window ?? 0, ...(data === undefined ? {} : { data }) };
}

/** What an analysis is asked with. Throws `input.invalid` for several data sets where one is read. */
function reading(kind: FigureKind, options: PanelOptions, run: string) {
  const { step, text, data = [], windows = defaultWindows, context } = options;
  if (data.length > 1) {
    throw new FinegrainError(
      'input.invalid',
      `A ${kind} figure reads one data set; ${data.length} were given.`,
      'Make one figure for each data set.',
    );
  }
  const [first] = data;
  return { run, step, text, windows, context, ...(first === undefined ? {} : { data: first }) };
}

function only<Run>(runs: readonly Run[], kind: FigureKind): Run {
  if (runs.length === 1) return runs[0]!;
  throw new FinegrainError(
    'input.invalid',
    `A ${kind} figure shows one run; ${runs.length} were given.`,
    'Make one figure for each run.',
  );
}

async function namedRun(run: string, data: FigureData) {
  const { name, architecture } = await data['runs.get']({ run });
  return { run, name, reconstruction: reconstructedOptions(architecture).length > 0 };
}

async function fieldRun(run: string, data: FigureData): Promise<FieldRun> {
  const detail = await data['runs.get']({ run });
  const fields = runFields(detail.architecture, detail.configuration);
  return {
    run,
    name: detail.name,
    reconstruction: reconstructedOptions(detail.architecture).length > 0,
    record: { run: detail, fields },
  };
}

/** A run whose only probe is the passage. */
async function passageRun(
  run: string,
  kind: FigureKind,
  options: PanelOptions,
  data: FigureData,
  context?: CallContext,
): Promise<DrawnRun> {
  const { step, read, statistics, source } = await data['inspect.tokens'](
    { ...passage(kind, options, run), tokens: 256 },
    context,
  );
  const plain = await figureRun(run, kind, data);
  return { ...plain, probes: [{ step, tokens: read, layers: [...statistics] }], source };
}

async function metricRun(run: string, metric: string, axis: CurveAxis, data: FigureData) {
  const detail = await data['runs.get']({ run });
  return {
    run,
    name: detail.name,
    reconstruction: reconstructedOptions(detail.architecture).length > 0,
    curve: detail.metrics.includes(metric)
      ? await data['runs.curve']({ run, metric, axis, points: mostPoints, logX: false })
      : null,
  };
}

async function figureRun(run: string, kind: FigureKind, data: FigureData): Promise<DrawnRun> {
  const detail = await data['runs.get']({ run });
  const curve = async (metric: string): Promise<Curve | null> =>
    detail.metrics.includes(metric)
      ? data['runs.curve']({ run, metric, axis: 'tokens', points: mostPoints, logX: false })
      : null;
  const loss = kind === 'loss';
  return {
    run,
    name: detail.name,
    reconstruction: reconstructedOptions(detail.architecture).length > 0,
    training: loss ? await curve('train/loss') : null,
    validation: loss ? await curve('validation/loss') : null,
    unigramEntropy: detail.unigramEntropy,
    probes: loss ? [] : await data['runs.probes']({ run, afterStep: -1 }),
    thresholds: expandLayers(detail.architecture).map(({ ffn }) => ('tau' in ffn ? ffn.tau : null)),
    source: '',
  };
}
