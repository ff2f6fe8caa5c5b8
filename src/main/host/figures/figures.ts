/** The figures service: reads what a figure needs of its runs, builds it, and encodes it in the format asked for. */
import { FinegrainError } from '../../../shared/errors.ts';
import { activeExpertsFigure } from '../../../shared/figures/builders/activeExperts.ts';
import { bucketFigure } from '../../../shared/figures/builders/buckets.ts';
import { coActivationFigure } from '../../../shared/figures/builders/coActivation.ts';
import { loadFigure } from '../../../shared/figures/builders/load.ts';
import { lossFigure } from '../../../shared/figures/builders/loss.ts';
import { nsarFigure, nsarHeatmap } from '../../../shared/figures/builders/nsar.ts';
import { positionFigure } from '../../../shared/figures/builders/positions.ts';
import { robustnessFigure } from '../../../shared/figures/builders/robustness.ts';
import { saturationFigure } from '../../../shared/figures/builders/saturation.ts';
import { similarityFigure } from '../../../shared/figures/builders/similarity.ts';
import { softmaxTimeFigure } from '../../../shared/figures/builders/softmaxTime.ts';
import type { Drawing, FigureRun } from '../../../shared/figures/run.ts';
import type { Figure, FigureStyle } from '../../../shared/figures/spec.ts';
import { renderSvg } from '../../../shared/figures/svg.ts';
import type { Table } from '../../../shared/figures/table.ts';
import { toCsv } from '../../../shared/figures/table.ts';
import { reconstructedOptions } from '../../../shared/methods/languageModel.ts';
import type { CallContext, Handlers, Output, ParsedInput } from '../../../shared/rpc/contract.ts';
import { figureFormats } from '../../../shared/rpc/contract.ts';
import type { Curve } from '../../../shared/run/metrics.ts';
import { renderPng } from './png.ts';

export type FigureInput = ParsedInput<'figures.make'>;

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

/** As many points as the contract lets one ask for: the smoothing sees every step of all but the longest runs. */
const mostPoints = 10_000;

/** Draws a figure of runs. Throws `notFound` or `input.invalid` where a run cannot give what the kind needs. */
export async function makeFigure(
  input: FigureInput,
  data: FigureData,
  context?: CallContext,
): Promise<Output<'figures.make'>> {
  const { figure, table } = await build(input, data, context);
  const fileName = `${input.kind}-${input.runs.join('-').slice(0, 80)}.${input.format}`;
  switch (input.format) {
    case 'svg':
      return { fileName, mediaType: 'image/svg+xml', encoding: 'utf8', content: renderSvg(figure) };
    case 'csv':
      return { fileName, mediaType: 'text/csv', encoding: 'utf8', content: toCsv(table) };
    case 'png': {
      const png = await renderPng(renderSvg(figure), figure.widthMm);
      return { fileName, mediaType: 'image/png', encoding: 'base64', content: png.toString('base64') };
    }
  }
}

/** Format of a file name by its extension. Throws `input.invalid` for one that is not built. */
export function figureFormatOf(fileName: string): FigureInput['format'] {
  const extension = /\.([a-z0-9]+)$/i.exec(fileName)?.[1]?.toLowerCase();
  const format = figureFormats.find((candidate) => candidate === extension);
  if (format !== undefined) return format;
  throw new FinegrainError(
    'input.invalid',
    extension === undefined
      ? `The file name "${fileName}" has no extension that names a format.`
      : `Figures cannot be written as .${extension}.`,
    `End the file name in one of ${figureFormats.map((name) => `.${name}`).join(', ')}.`,
  );
}

/** Bytes of a made figure, to write to a file. */
export function figureBytes(output: Output<'figures.make'>): Buffer {
  return Buffer.from(output.content, output.encoding);
}

async function build(
  input: FigureInput,
  data: FigureData,
  context: CallContext | undefined,
): Promise<Drawing<Figure, Table>> {
  const style: FigureStyle = { widthMm: input.widthMm, fontSize: input.fontSize };
  const ids = [...new Set(input.runs)];
  switch (input.kind) {
    case 'saturation':
      return saturationFigure(
        await each(ids, (run) => data['analysis.saturation'](reading(input, run), context)),
        style,
      );
    case 'buckets':
      return bucketFigure(
        await each(ids, (run) => data['analysis.buckets'](reading(input, run), context)),
        style,
      );
    case 'robustness':
      return robustnessFigure(
        await each(ids, (run) => data['analysis.robustness'](reading(input, run), context)),
        style,
      );
    case 'positions':
      return positionFigure(
        await each(ids, (run) => data['analysis.positions'](reading(input, run), context)),
        style,
      );
    case 'softmax-time': {
      const setting = { step: input.step, context: input.context, batch: 1, repeats: 10 };
      const measure = (run: string) => data['analysis.softmaxTime']({ run, ...setting }, context);
      return softmaxTimeFigure(await each(ids, measure), style);
    }
    case 'similarity': {
      const run = only(ids, input.kind);
      return similarityFigure(await data['analysis.similarity'](reading(input, run), context), style);
    }
    case 'active-experts': {
      const asked = { ...reading({ ...input, data: [] }, only(ids, input.kind)), data: input.data };
      return activeExpertsFigure(await data['analysis.activeExperts'](asked, context), style);
    }
  }
  const runs = await each(ids, (run) => figureRun(run, input.kind, data));
  switch (input.kind) {
    case 'loss':
      return lossFigure(runs, style);
    case 'nsar':
      return nsarFigure(runs, style, input.threshold, input.step);
    case 'nsar-steps':
      return nsarHeatmap(only(runs, input.kind), style, input.threshold);
    case 'load':
      return loadFigure(only(runs, input.kind), style, input.step);
    case 'co-activation':
      return coActivationFigure(only(runs, input.kind), style, input.step);
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
function reading({ step, text, data, windows, context, kind }: FigureInput, run: string) {
  if (data.length > 1) {
    throw new FinegrainError(
      'input.invalid',
      `A ${kind} figure reads one data set; ${data.length} were given.`,
      'Make one figure for each data set.',
    );
  }
  const [only] = data;
  return { run, step, text, windows, context, ...(only === undefined ? {} : { data: only }) };
}

function only<Run>(runs: readonly Run[], kind: FigureInput['kind']): Run {
  if (runs.length === 1) return runs[0]!;
  throw new FinegrainError(
    'input.invalid',
    `A ${kind} figure shows one run; ${runs.length} were given.`,
    'Make one figure for each run.',
  );
}

async function figureRun(run: string, kind: FigureInput['kind'], data: FigureData): Promise<FigureRun> {
  const detail = await data['runs.get']({ run });
  const curve = async (metric: string): Promise<Curve | null> =>
    detail.metrics.includes(metric)
      ? data['runs.curve']({ run, metric, axis: 'tokens', points: mostPoints })
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
