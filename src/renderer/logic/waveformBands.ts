/** Waveforms as they are drawn: every whole distance counts, so that no peak or blind spot falls between two pixels. */
import { waveformSeries } from '../../shared/methods/position/waveform.ts';

export interface Band {
  readonly least: Float64Array;
  readonly most: Float64Array;
  readonly mean: Float64Array;
}

/** W(m; b) / sqrt(h), 1 at distance 0, at distances 0 to `last`. */
export function normalisedWaveform(base: number, headSize: number, last: number): Float64Array {
  return waveformSeries(0, last, base, headSize).map((value) => value / Math.sqrt(headSize));
}

/** The least, largest and mean value of each of `columns` equal parts of a series. */
export function bandOf(values: Float64Array, columns: number): Band {
  const count = Math.min(columns, values.length);
  const band = {
    least: new Float64Array(count),
    most: new Float64Array(count),
    mean: new Float64Array(count),
  };
  for (let column = 0; column < count; column++) {
    const from = Math.floor((column * values.length) / count);
    const to = Math.max(from + 1, Math.floor(((column + 1) * values.length) / count));
    let [least, most, sum] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0];
    for (let index = from; index < to; index++) {
      const value = values[index]!;
      least = Math.min(least, value);
      most = Math.max(most, value);
      sum += value;
    }
    band.least[column] = least;
    band.most[column] = most;
    band.mean[column] = sum / (to - from);
  }
  return band;
}

/** Mean over heads at each distance. */
export function meanOf(series: readonly Float64Array[]): Float64Array {
  return combine(series, (sum, value) => sum + value).map((value) => value / series.length);
}

/** The head that sees a distance best: the largest value of all heads. */
export function bestOf(series: readonly Float64Array[]): Float64Array {
  return combine(series, Math.max);
}

function combine(series: readonly Float64Array[], join: (a: number, b: number) => number): Float64Array {
  const [first, ...others] = series;
  if (first === undefined) return new Float64Array(0);
  const result = first.slice();
  for (const values of others) {
    for (let index = 0; index < result.length; index++) result[index] = join(result[index]!, values[index]!);
  }
  return result;
}

/** Ends of a log axis over the bases, at whole decades, at least from 10 k to 10 M so that there is room to drag. */
export function baseRange(bases: readonly number[]): { from: number; to: number } {
  const least = Math.min(1e4, ...bases);
  const most = Math.max(1e7, ...bases);
  return { from: 10 ** Math.floor(Math.log10(least)), to: 10 ** Math.ceil(Math.log10(most) - 1e-9) };
}
