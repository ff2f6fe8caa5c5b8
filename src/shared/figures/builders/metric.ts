/** Any logged metric of runs against steps, tokens, FLOPs or seconds: as logged, and smoothed over it. */
import { FinegrainError } from '../../errors.ts';
import { type Curve, type CurveAxis, metricUnit } from '../../run/metrics.ts';
import { bucketCurve, defaultHalfLife, finiteCurve, forwardPieces, smooth } from '../reduce.ts';
import { type Drawing, type FigureRun, runLabels } from '../run.ts';
import { type Axis, type Figure, type FigureStyle, type Mark, styled } from '../spec.ts';
import type { Table } from '../table.ts';
import { formatShort } from '../ticks.ts';
import { toPoints } from '../units.ts';

export interface MetricRun extends Pick<FigureRun, 'run' | 'name' | 'reconstruction'> {
  /** null: the run has not logged it. */
  readonly curve: Curve | null;
}

export interface MetricOptions {
  readonly metric: string;
  readonly axis: CurveAxis;
  readonly logX: boolean;
  readonly logY: boolean;
}

const axisLabels: Readonly<Record<CurveAxis, Pick<Axis, 'label' | 'unit'>>> = {
  step: { label: 'Training step' },
  tokens: { label: 'Training tokens' },
  flops: { label: 'Training compute', unit: 'FLOP' },
  seconds: { label: 'Training time', unit: 's' },
};

export function metricFigure(
  runs: readonly MetricRun[],
  style: FigureStyle,
  { metric, axis, logX, logY }: MetricOptions,
): Drawing<Figure, Table> {
  const labels = runLabels(runs);
  const curves = runs.map((run) => curveOf(run, metric, logX, logY));
  const halfLife = Math.max(...curves.map((curve) => defaultHalfLife(curve.steps)));
  const buckets = Math.max(60, Math.round(toPoints(style.widthMm) * 0.8));
  // Validation is measured on the same text each time: it is not noise that smoothing should hide.
  const smoothed = metric.startsWith('train/') && metric !== 'train/learningRate';
  const marks = curves.flatMap((curve, series) =>
    forwardPieces(curve).flatMap((piece): Mark[] => {
      const raw = bucketCurve(piece, buckets);
      if (!smoothed) return [{ kind: 'line', x: raw.x, y: raw.last, series }];
      const values = smooth(piece.steps, piece.last, halfLife);
      const even = bucketCurve({ x: piece.x, min: values, max: values, last: values }, buckets);
      return [
        { kind: 'line', x: raw.x, y: raw.last, series, dash: [], weight: 0.5, opacity: 0.4 },
        { kind: 'line', x: even.x, y: even.last, series },
      ];
    }),
  );
  const unit = metricUnit(metric);
  const figure: Figure = {
    ...styled(style),
    description:
      `${metricLabel(metric)} of ${labels.join(', ')} against ${axisLabels[axis].label.toLowerCase()}.` +
      `${smoothed ? ` Thick: debiased exponential moving average, half-life ${formatShort(halfLife)} steps; faint: as logged.` : ''}`,
    columns: 1,
    aspect: 0.6,
    letters: false,
    legend: labels.map((label, series) => ({ label, series, symbol: 'line' })),
    panels: [
      {
        x: { ...axisLabels[axis], scale: logX ? 'log' : 'linear' },
        y: { label: metricLabel(metric), ...(unit === '' ? {} : { unit }), scale: logY ? 'log' : 'linear' },
        // Faint lines first, so that none hides a thick one.
        marks: [...marks.filter(isFaint), ...marks.filter((mark) => !isFaint(mark))],
      },
    ],
  };
  return { figure, table: metricTable(runs, curves, metric, axis) };
}

function isFaint(mark: Mark): boolean {
  return mark.kind === 'line' && mark.opacity !== undefined;
}

/** Throws `notFound` where there is nothing to draw. */
function curveOf(run: MetricRun, metric: string, logX: boolean, logY: boolean): Curve {
  const finite = run.curve === null ? null : finiteCurve(run.curve);
  const keep = finite?.x.map((x, index) => (!logX || x > 0) && (!logY || finite.min[index]! > 0)) ?? [];
  const pick = (values: readonly number[]): number[] => values.filter((_, index) => keep[index]);
  if (finite !== null && keep.some(Boolean)) {
    return {
      ...finite,
      x: pick(finite.x),
      last: pick(finite.last),
      min: pick(finite.min),
      max: pick(finite.max),
      steps: pick(finite.steps),
    };
  }
  throw new FinegrainError(
    'notFound',
    `Run ${run.run} has no ${metric} to draw${logX || logY ? ' on log axes' : ''}.`,
    'Wait for its first step, choose another metric, or leave the run out.',
  );
}

/** `train/gradientNorm` as `Gradient norm`, `validation/loss` as `Validation loss`. */
export function metricLabel(metric: string): string {
  const parts = metric.split('/');
  const words = (parts[0] === 'train' ? parts.slice(1) : parts)
    .join(' ')
    .replace(/([a-z])([A-Z])/g, (_, before: string, after: string) => `${before} ${after.toLowerCase()}`);
  return words.charAt(0).toUpperCase() + words.slice(1);
}

function metricTable(
  runs: readonly MetricRun[],
  curves: readonly Curve[],
  metric: string,
  axis: CurveAxis,
): Table {
  const units: Readonly<Record<CurveAxis, string>> = { step: '', tokens: '', flops: 'FLOP', seconds: 's' };
  const unit = metricUnit(metric);
  return {
    columns: [
      { name: 'run' },
      { name: 'name' },
      { name: 'reconstruction' },
      { name: 'step' },
      ...(axis === 'step' ? [] : [{ name: axis, unit: units[axis] }]),
      { name: metric, unit },
      { name: 'minimum', unit },
      { name: 'maximum', unit },
    ],
    rows: curves.flatMap((curve, index) => {
      const { run, name, reconstruction } = runs[index]!;
      return curve.x.map((x, point) => [
        run,
        name,
        reconstruction ? 'yes' : 'no',
        curve.steps[point]!,
        ...(axis === 'step' ? [] : [x]),
        curve.last[point]!,
        curve.min[point]!,
        curve.max[point]!,
      ]);
    }),
  };
}
