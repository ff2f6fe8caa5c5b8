/** What the charts of laws show of their numbers: windows of axes, errors of predictions, words. */
import { formatSI } from '../../shared/format.ts';
import type { LawReading } from '../../shared/laws/reading.ts';
import type { Prediction } from '../../shared/laws/types.ts';

type Measured = LawReading['measured'];

/** Checkpoints before this share of the run lie left of the chart on a log axis: the first loss would flatten the rest. */
const shownFrom = 1 / 50;

export function lossWindow(
  measured: Measured,
  horizon: number,
  log: boolean,
  predicted: readonly number[] = [],
): { readonly x: readonly [number, number]; readonly y: readonly [number, number] } {
  const least = Math.max(measured[0]?.tokens ?? 1, log ? horizon * shownFrom : 0);
  const from = log ? least : 0;
  const shown = measured.filter(({ tokens }) => tokens >= horizon * shownFrom);
  const losses = (shown.length > 1 ? shown : measured).map(({ loss }) => loss);
  const [low, high] = [Math.min(...losses), Math.max(...losses)];
  // A prediction that leaves the measured range is followed by up to a third of it.
  const lowest = Math.max(low - (high - low) / 3, Math.min(low, ...predicted));
  const margin = Math.max(0.02, (high - low) * 0.06);
  return { x: [from, log ? horizon * 1.06 : horizon * 1.03], y: [lowest - margin, high + margin] };
}

export interface PredictionScore {
  /** Predicted over measured final loss, less 1; null while the end is not known. */
  readonly relativeError: number | null;
  /** Whether the 95 % interval holds the measured final loss; null without either. */
  readonly covered: boolean | null;
  /** Over the checkpoints behind the prefix (paper file, section 4); null with fewer than two. */
  readonly r2: number | null;
  readonly mape: number | null;
}

/** How a prediction did on what came after its prefix. Curves are read between their places linearly. */
export function scorePrediction(reading: LawReading, { at }: Pick<Prediction, 'at'>): PredictionScore {
  const later = reading.measured.filter(({ used }) => !used);
  const end = at.at(-1);
  const { truth } = reading;
  const relativeError = truth === null || end === undefined ? null : end.loss / truth - 1;
  const covered =
    truth === null || end?.low95 === undefined || end.high95 === undefined
      ? null
      : truth >= end.low95 && truth <= end.high95;
  if (later.length < 2 || end === undefined) return { relativeError, covered, r2: null, mape: null };
  const pairs = later.map(({ tokens, loss }) => [loss, curveAt(at, tokens)] as const);
  const mean = pairs.reduce((sum, [y]) => sum + y, 0) / pairs.length;
  const residual = pairs.reduce((sum, [y, guess]) => sum + (y - guess) ** 2, 0);
  const total = pairs.reduce((sum, [y]) => sum + (y - mean) ** 2, 0);
  return {
    relativeError,
    covered,
    r2: total === 0 ? null : 1 - residual / total,
    mape: pairs.reduce((sum, [y, guess]) => sum + Math.abs(guess / y - 1), 0) / pairs.length,
  };
}

/** The curve's value at a token count, linear in log N between its places; its ends beyond them. */
export function curveAt(at: Prediction['at'], tokens: number): number {
  const next = at.findIndex((point) => point.tokens >= tokens);
  if (next <= 0) return at[next === 0 ? 0 : at.length - 1]!.loss;
  const [before, after] = [at[next - 1]!, at[next]!];
  const share = Math.log(tokens / before.tokens) / Math.log(after.tokens / before.tokens);
  return before.loss + share * (after.loss - before.loss);
}

/** +1.7 %, −0.42 %: a relative error with its sign. */
export function signedShare(share: number | null): string {
  if (share === null) return '–';
  const percent = 100 * share;
  const digits = Math.abs(percent) < 0.995 ? 2 : Math.abs(percent) < 9.95 ? 1 : 0;
  return `${percent < 0 ? '−' : '+'}${Math.abs(percent).toFixed(digits)} %`;
}

/** Axes of a parameter's panel: what the checkpoints of the shown time reach, so that one early outlier hides nothing. */
export function parameterWindow(
  { points, curve }: { readonly points: Series; readonly curve: Series },
  horizon: number,
): { readonly x: readonly [number, number]; readonly y: readonly [number, number] } {
  const least = Math.max(points[0]?.tokens ?? 1, horizon * shownFrom);
  const within = (series: Series) => series.filter(({ tokens }) => tokens >= least).map(({ value }) => value);
  const own = within(points);
  const values = own.length > 1 ? [...own, ...within(curve)] : points.map(({ value }) => value);
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const margin = high > low ? (high - low) * 0.1 : Math.max(0.05, Math.abs(high) * 0.1);
  return { x: [least, horizon * 1.1], y: [low - margin, high + margin] };
}

type Series = readonly { readonly tokens: number; readonly value: number }[];

/** Ticks of a logarithmic axis of tokens: 1, 2, 5 times powers of ten between two ends, thinned to at most `most`. */
export function logTicks(
  low: number,
  high: number,
  most = 8,
): { readonly values: number[]; readonly texts: string[] } {
  const multiples = [[1, 2, 5], [1, 3], [1]].find((tried) => ticksOf(low, high, tried).length <= most) ?? [1];
  const values = ticksOf(low, high, multiples);
  return { values, texts: values.map((value) => formatSI(value, '', 1)) };
}

function ticksOf(low: number, high: number, multiples: readonly number[]): number[] {
  const values: number[] = [];
  // A logarithm of nothing has no end to count from.
  if (!(low > 0 && Number.isFinite(high))) return values;
  for (let power = Math.floor(Math.log10(low)); power <= Math.log10(high); power++)
    for (const multiple of multiples) {
      const value = multiple * 10 ** power;
      if (value >= low && value <= high) values.push(value);
    }
  return values;
}
