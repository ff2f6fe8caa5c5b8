/**
 * The waveform of a rotary base: the score of equal queries and keys over their distance, and its peaks and valleys.
 * A valley is a blind spot of a head; HARPE (arXiv 2412.07171) lays the valleys of one head on the peaks of another.
 */

/** W(m; b) = (1/sqrt(h)) sum_{j=0}^{h/2-1} 2 cos(m b^(-2j/h)), at distance m tokens. W(0) = sqrt(h). */
export function waveform(distance: number, base: number, headSize: number): number {
  let sum = 0;
  for (let pair = 0; pair < headSize / 2; pair++) {
    sum += 2 * Math.cos(distance * base ** ((-2 * pair) / headSize));
  }
  return sum / Math.sqrt(headSize);
}

/** W at distances from, from + 1, ..., to. */
export function waveformSeries(from: number, to: number, base: number, headSize: number): Float64Array {
  const theta = Float64Array.from({ length: headSize / 2 }, (_, pair) => base ** ((-2 * pair) / headSize));
  const values = new Float64Array(to - from + 1);
  for (let index = 0; index < values.length; index++) {
    let sum = 0;
    for (let pair = 0; pair < theta.length; pair++) sum += Math.cos((from + index) * theta[pair]!);
    values[index] = (2 * sum) / Math.sqrt(headSize);
  }
  return values;
}

/** Which peaks and valleys count. The values of Attention Buckets' code: 1000, 4090, 6, 500, 50. */
export interface ExtremaRule {
  /** First and last distance, in tokens. */
  readonly from: number;
  readonly to: number;
  /** Only the major ones, `count` at most of each; else every local one. */
  readonly majorOnly: boolean;
  readonly count: number;
  /** Tokens after a major peak in which the next one is looked for. */
  readonly window: number;
  /** Tokens that two major peaks, and two major valleys, are at least apart. */
  readonly separation: number;
}

export interface Extrema {
  /** Distances of peaks and of valleys, ascending. */
  readonly peaks: readonly number[];
  readonly valleys: readonly number[];
}

/**
 * Peaks and valleys of W(m; b) at whole distances. Major ones as in the code of Attention Buckets (secondary source):
 * peaks from the highest one on, each the highest within the next `window` tokens; valleys from the lowest one back,
 * each the lowest of all before.
 */
export function waveformExtrema(base: number, headSize: number, rule: ExtremaRule): Extrema {
  const values = waveformSeries(rule.from - 1, rule.to + 1, base, headSize);
  const negated = values.map((value) => -value);
  const [peaks, valleys] = [localPeaks(values), localPeaks(negated)];
  const distance = (index: number) => rule.from - 1 + index;
  if (!rule.majorOnly) return { peaks: peaks.map(distance), valleys: valleys.map(distance) };
  return {
    peaks: majorPeaks(peaks, values, rule).map(distance),
    valleys: majorValleys(valleys, negated, rule).map(distance),
  };
}

/** Indices inside the series that are above their left and not below their right neighbour. */
function localPeaks(values: Float64Array): number[] {
  const found: number[] = [];
  for (let index = 1; index < values.length - 1; index++) {
    if (values[index]! > values[index - 1]! && values[index]! >= values[index + 1]!) found.push(index);
  }
  return found;
}

const highest = (indices: readonly number[], values: Float64Array) =>
  indices.reduce((best, index) => (values[index]! > values[best]! ? index : best), indices[0]!);

function majorPeaks(local: readonly number[], values: Float64Array, rule: ExtremaRule): number[] {
  const found: number[] = [];
  let ahead: readonly number[] = local;
  while (ahead.length > 0 && found.length < rule.count) {
    const next = highest(ahead, values);
    if (found.length === 0 || next - found.at(-1)! > rule.separation) found.push(next);
    ahead = local.filter((index) => index > next && index <= next + rule.window);
  }
  return found;
}

function majorValleys(local: readonly number[], depths: Float64Array, rule: ExtremaRule): number[] {
  const found: number[] = [];
  let before: readonly number[] = local;
  while (before.length > 0 && found.length < rule.count) {
    const next = highest(before, depths);
    found.push(next);
    before = local.filter((index) => index < next - rule.separation);
  }
  return found.reverse();
}
