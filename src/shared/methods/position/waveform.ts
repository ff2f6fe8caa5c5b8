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
  /** Only the largest peak inside each window, `count` at most; else every local one. */
  readonly majorOnly: boolean;
  readonly count: number;
  /** Tokens in which the next major peak is looked for. */
  readonly window: number;
  /** Tokens that the next search begins after a major peak. */
  readonly separation: number;
}

export interface Extrema {
  /** Distances of peaks and of valleys, ascending. */
  readonly peaks: readonly number[];
  readonly valleys: readonly number[];
}

/** Peaks and valleys of W(m; b) at whole distances. */
export function waveformExtrema(base: number, headSize: number, rule: ExtremaRule): Extrema {
  const values = waveformSeries(rule.from - 1, rule.to + 1, base, headSize);
  return {
    peaks: peaks(values, rule),
    valleys: peaks(
      values.map((value) => -value),
      rule,
    ),
  };
}

/** `values[0]` stands at distance from - 1. */
function peaks(values: Float64Array, rule: ExtremaRule): number[] {
  const local: number[] = [];
  for (let index = 1; index < values.length - 1; index++) {
    if (values[index]! > values[index - 1]! && values[index]! >= values[index + 1]!) local.push(index);
  }
  const positions = rule.majorOnly ? majorOf(local, values, rule) : local;
  return positions.map((index) => rule.from - 1 + index);
}

function majorOf(local: readonly number[], values: Float64Array, rule: ExtremaRule): number[] {
  const found: number[] = [];
  let cursor = 1;
  while (found.length < rule.count) {
    const inside = local.filter((index) => index >= cursor && index < cursor + rule.window);
    if (inside.length === 0) break;
    const best = inside.reduce((a, b) => (values[b]! > values[a]! ? b : a));
    found.push(best);
    cursor = best + rule.separation;
  }
  return found;
}
