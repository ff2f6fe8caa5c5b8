/** From runs to one figure: asks the host's own procedures for what a kind draws, and builds it. */
import { FinegrainError } from '../../../shared/errors.ts';
import { activeExpertsFigure } from '../../../shared/figures/builders/activeExperts.ts';
import { bucketFigure } from '../../../shared/figures/builders/buckets.ts';
import { coActivationFigure } from '../../../shared/figures/builders/coActivation.ts';
import { loadFigure } from '../../../shared/figures/builders/load.ts';
import { lossFigure } from '../../../shared/figures/builders/loss.ts';
import { metricFigure } from '../../../shared/figures/builders/metric.ts';
import { nsarFigure, nsarHeatmap } from '../../../shared/figures/builders/nsar.ts';
import { positionFigure } from '../../../shared/figures/builders/positions.ts';
import { robustnessFigure } from '../../../shared/figures/builders/robustness.ts';
import { saturationFigure } from '../../../shared/figures/builders/saturation.ts';
import { similarityFigure } from '../../../shared/figures/builders/similarity.ts';
import { softmaxTimeFigure } from '../../../shared/figures/builders/softmaxTime.ts';
import type { FigureKind, PanelOptions } from '../../../shared/figures/document.ts';
import type { Drawing, FigureRun } from '../../../shared/figures/run.ts';
import type { Figure, FigureStyle } from '../../../shared/figures/spec.ts';
import type { Table } from '../../../shared/figures/table.ts';
import { reconstructedOptions } from '../../../shared/methods/languageModel.ts';
import type { CallContext, Handlers } from '../../../shared/rpc/contract.ts';
import type { Curve, CurveAxis } from '../../../shared/run/metrics.ts';

/** Where a figure's numbers come from: the same procedures that the page asks. */
export type FigureData = Pick<
  Handlers,
  | 'runs.get'
  | 'runs.curve'
  | 'runs.probes'
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
]);

export function drawsRunsAsSeries(kind: FigureKind): boolean {
  return seriesAreRuns.has(kind);
}

export async function buildPanel(
  { kind, runs, options, style }: PanelRequest,
  data: FigureData,
  context?: CallContext,
): Promise<Drawing<Figure, Table>> {
  const ids = [...new Set(runs)];
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
    case 'metric': {
      const { metric = 'train/loss', axis = 'tokens', logX = false, logY = false } = options;
      const drawn = await each(ids, (run) => metricRun(run, metric, axis, data));
      return metricFigure(drawn, style, { metric, axis, logX, logY });
    }
  }
  const drawn = await each(ids, (run) => figureRun(run, kind, data));
  switch (kind) {
    case 'loss':
      return lossFigure(drawn, style);
    case 'nsar':
      return nsarFigure(drawn, style, options.threshold, options.step);
    case 'nsar-steps':
      return nsarHeatmap(only(drawn, kind), style, options.threshold);
    case 'load':
      return loadFigure(only(drawn, kind), style, options.step);
    case 'co-activation':
      return coActivationFigure(only(drawn, kind), style, options.step);
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

async function figureRun(run: string, kind: FigureKind, data: FigureData): Promise<FigureRun> {
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
  };
}
