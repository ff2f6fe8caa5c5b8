/** Training and validation loss of runs against training tokens. */
import { FinegrainError } from '../../errors.ts';
import type { Curve } from '../../run/metrics.ts';
import { seriesMarker } from '../colours.ts';
import { bucketCurve, defaultHalfLife, finiteCurve, forwardPieces, quantile, smooth } from '../reduce.ts';
import type { Drawing, FigureRun } from '../run.ts';
import { runLabels } from '../run.ts';
import type { Figure, FigureStyle, LegendEntry, Mark } from '../spec.ts';
import { styled } from '../spec.ts';
import type { Cell, Table } from '../table.ts';
import { formatShort } from '../ticks.ts';
import { toPoints } from '../units.ts';

export interface LossOptions {
  /** Half-life of the smoothing in steps; absent: 1 % of the steps of the longest run. */
  readonly halfLife?: number;
}

const unigramDash = [1.2, 1.6] as const;
/** More validation points than this would hide the curve below them. */
const mostValidationPoints = 40;

/**
 * Every run has one colour: the raw loss faint (each step, or the range of the steps that share a bucket), its debiased
 * moving average over it, validation losses as markers. Where known, the unigram entropy of the training tokens is the
 * floor of a model that ignores context. Throws `notFound` where a run has no loss yet.
 */
export function lossFigure(
  runs: readonly FigureRun[],
  style: FigureStyle,
  options: LossOptions = {},
): Drawing<Figure, Table> {
  const labels = runLabels(runs);
  const curves = runs.map(trainingCurve);
  const halfLife = options.halfLife ?? Math.max(...curves.map((curve) => defaultHalfLife(curve.steps)));
  const prepared = runs.map((run, index) => prepare(run, curves[index]!, halfLife));
  const buckets = Math.max(60, Math.round(toPoints(style.widthMm) * 0.8));
  const raw = prepared.flatMap((entry, index) => rawMarks(entry, index, buckets));
  const smoothed = prepared.flatMap((entry, index) => smoothedMarks(entry, index, buckets));
  const points = prepared.flatMap((entry, index) => validationMarks(entry, index));
  const floors = entropyMarks(runs);
  const yDomain = lossDomain(prepared, runs);
  const outside = countOutside(prepared, yDomain);
  const last = Math.max(...prepared.flatMap((entry) => entry.pieces.map((piece) => piece.curve.x.at(-1)!)));
  const figure: Figure = {
    ...styled(style),
    description:
      `Loss against training tokens of ${labels.join(', ')}. ` +
      `Thick: debiased exponential moving average, half-life ${formatShort(halfLife)} steps; faint: every step` +
      `${outside === 0 ? '' : `, ${outside} of them outside the axes`}.`,
    columns: 1,
    aspect: 0.6,
    letters: false,
    legend: legend(labels, prepared, floors),
    panels: [
      {
        x: { label: 'Training tokens', scale: 'linear', domain: [0, last > 0 ? last : 1] },
        y: { label: 'Loss', unit: 'nats/token', scale: 'linear', domain: yDomain },
        marks: [...raw, ...floors, ...smoothed, ...points],
      },
    ],
  };
  return { figure, table: lossTable(runs, prepared) };
}

interface Piece {
  readonly curve: Curve;
  readonly smoothed: readonly number[];
}

interface Prepared {
  readonly pieces: readonly Piece[];
  readonly validation: Curve | null;
}

function trainingCurve(run: FigureRun): Curve {
  const curve = run.training === null ? null : finiteCurve(run.training);
  if (curve !== null && curve.x.length > 0) return curve;
  throw new FinegrainError(
    'notFound',
    `Run ${run.run} has no training loss to draw.`,
    'Wait for its first step, or leave the run out.',
  );
}

function prepare(run: FigureRun, training: Curve, halfLife: number): Prepared {
  const pieces = forwardPieces(training).map((curve) => ({
    curve,
    smoothed: smooth(curve.steps, curve.last, halfLife),
  }));
  const validation = run.validation === null ? null : finiteCurve(run.validation);
  return { pieces, validation: validation === null || validation.x.length === 0 ? null : validation };
}

function rawMarks(entry: Prepared, series: number, buckets: number): Mark[] {
  return entry.pieces.flatMap(({ curve }) => {
    const drawn = bucketCurve(curve, buckets);
    const line: Mark = {
      kind: 'line',
      x: drawn.x,
      y: drawn.last,
      series,
      dash: [],
      weight: 0.5,
      opacity: 0.4,
    };
    const ranged = drawn.min.some((low, index) => low < drawn.max[index]!);
    if (!ranged) return [line];
    return [{ kind: 'band', x: drawn.x, low: drawn.min, high: drawn.max, series, opacity: 0.25 }, line];
  });
}

function smoothedMarks(entry: Prepared, series: number, buckets: number): Mark[] {
  return entry.pieces.map(({ curve, smoothed }) => {
    const drawn = bucketCurve({ x: curve.x, min: smoothed, max: smoothed, last: smoothed }, buckets);
    return { kind: 'line', x: drawn.x, y: drawn.last, series };
  });
}

function validationMarks(entry: Prepared, series: number): Mark[] {
  if (entry.validation === null) return [];
  const drawn = bucketCurve(entry.validation, mostValidationPoints);
  return [{ kind: 'points', x: drawn.x, y: drawn.last, series, marker: seriesMarker(series) }];
}

/** One neutral line where all runs share their tokens, else one line in each run's colour. */
function entropyMarks(runs: readonly FigureRun[]): Mark[] {
  const known = runs.flatMap(({ unigramEntropy }) => (unigramEntropy === null ? [] : [unigramEntropy]));
  if (known.length === 0) return [];
  const same = known.length === runs.length && known.every((value) => Math.abs(value - known[0]!) < 1e-9);
  if (same) return [{ kind: 'reference', y: known[0]!, series: 'neutral', dash: unigramDash }];
  return runs.flatMap(({ unigramEntropy }, series) =>
    unigramEntropy === null
      ? []
      : [{ kind: 'reference' as const, y: unigramEntropy, series, dash: unigramDash }],
  );
}

/**
 * Fits what must be read: smoothed curves, validation points, entropy lines, and every raw value, unless spikes would
 * squeeze the curves into less than two thirds of the panel: then the most extreme 1 % may leave it, and the caption
 * counts them.
 */
function lossDomain(prepared: readonly Prepared[], runs: readonly FigureRun[]): [number, number] {
  const read = prepared.flatMap(({ pieces, validation }) => [
    ...pieces.flatMap((piece) => piece.smoothed),
    ...(validation?.last ?? []),
  ]);
  for (const { unigramEntropy } of runs) if (unigramEntropy !== null) read.push(unigramEntropy);
  const curves = prepared.flatMap((entry) => entry.pieces.map((piece) => piece.curve));
  const [readLow, readHigh] = extent(read);
  const all = extent([readLow, readHigh, ...curves.flatMap((curve) => [...curve.min, ...curve.max])]);
  const spiky = all[1] - all[0] > 1.5 * (readHigh - readLow);
  const core = curves.flatMap((curve) => [quantile(curve.min, 0.005), quantile(curve.max, 0.995)]);
  const [low, high] = spiky ? extent([readLow, readHigh, ...core]) : all;
  const margin = high > low ? (high - low) * 0.05 : Math.max(Math.abs(high) * 0.1, 0.1);
  return [Math.max(0, low - margin), high + margin];
}

function extent(values: readonly number[]): [number, number] {
  return [
    values.reduce((least, value) => Math.min(least, value), Number.POSITIVE_INFINITY),
    values.reduce((most, value) => Math.max(most, value), Number.NEGATIVE_INFINITY),
  ];
}

function countOutside(prepared: readonly Prepared[], [low, high]: readonly [number, number]): number {
  return prepared
    .flatMap((entry) => entry.pieces)
    .reduce(
      (count, { curve }) =>
        count + curve.min.filter((value, index) => value < low || curve.max[index]! > high).length,
      0,
    );
}

function legend(
  labels: readonly string[],
  prepared: readonly Prepared[],
  floors: readonly Mark[],
): LegendEntry[] {
  const entries: LegendEntry[] = labels.map((label, series) => ({ label, series, symbol: 'line' }));
  entries.push({ label: 'training, every step', series: 'neutral', symbol: 'faintLine' });
  if (prepared.some((entry) => entry.validation !== null)) {
    const only = prepared.length === 1;
    entries.push({
      label: 'validation',
      series: only ? 0 : 'neutral',
      symbol: 'marker',
      marker: 'circle',
    });
  }
  if (floors.length > 0) {
    entries.push({ label: 'unigram entropy', series: 'neutral', symbol: 'reference', dash: unigramDash });
  }
  return entries;
}

function lossTable(runs: readonly FigureRun[], prepared: readonly Prepared[]): Table {
  const rows: Cell[][] = [];
  runs.forEach((run, index) => {
    const { pieces, validation } = prepared[index]!;
    const start = [run.run, run.name, run.reconstruction ? 'yes' : 'no'];
    for (const { curve, smoothed } of pieces) {
      curve.x.forEach((tokens, point) => {
        const range = [curve.min[point]!, curve.max[point]!];
        rows.push([
          ...start,
          'training',
          curve.steps[point]!,
          tokens,
          curve.last[point]!,
          smoothed[point]!,
          ...range,
        ]);
      });
    }
    validation?.x.forEach((tokens, point) => {
      rows.push([
        ...start,
        'validation',
        validation.steps[point]!,
        tokens,
        validation.last[point]!,
        null,
        null,
        null,
      ]);
    });
    if (run.unigramEntropy !== null) {
      rows.push([...start, 'unigram entropy', null, null, run.unigramEntropy, null, null, null]);
    }
  });
  const unit = 'nats/token';
  return {
    columns: [
      { name: 'run' },
      { name: 'name' },
      { name: 'reconstruction' },
      { name: 'series' },
      { name: 'step' },
      { name: 'tokens' },
      { name: 'loss', unit },
      { name: 'smoothed', unit },
      { name: 'minimum', unit },
      { name: 'maximum', unit },
    ],
    rows,
  };
}
