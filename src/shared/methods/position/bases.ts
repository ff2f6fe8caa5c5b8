/** Sets of rotary bases for HARPE (arXiv 2412.07171): published, uniform, and by two searches over waveforms. */
import { type Extrema, type ExtremaRule, waveformExtrema } from './waveform.ts';

/** Table 2 of the paper in millions, for 32 heads; all are 1 M + k * 30 k. */
const publishedMillions = [
  1.0, 1.15, 1.3, 1.45, 2.17, 2.2, 2.23, 2.47, 2.5, 2.65, 2.68, 2.71, 2.74, 2.8, 2.83, 2.92, 3.01, 3.04, 3.1,
  3.13, 3.16, 3.22, 3.43, 3.46, 3.61, 3.88, 4.09, 4.15, 4.39, 4.45, 4.51, 4.54,
];
export const publishedBases: readonly number[] = publishedMillions.map((base) => Math.round(base * 1e6));

/** b_h = b_min + h (b_max - b_min) / (N - 1), h = 0..N-1 (eq. 9). One head alone gets b_min. */
export function uniformBases(count: number, min: number, max: number): number[] {
  return Array.from({ length: count }, (_, head) => {
    if (head === count - 1 && count > 1) return max; // exact, whatever the division rounds to
    return min + (head * (max - min)) / Math.max(1, count - 1);
  });
}

/** How many bases B_c has; a quotient that is whole but for rounding counts as whole. */
export function candidateCount(min: number, max: number, step: number): number {
  return Math.floor((max - min) / step + 1e-9);
}

/** B_c = { b_min + i s, i = 1..floor((b_max - b_min) / s) } (Algorithm 1). */
export function candidateBases(min: number, max: number, step: number): number[] {
  return Array.from({ length: candidateCount(min, max, step) }, (_, index) => min + (index + 1) * step);
}

export interface BaseSearch {
  readonly count: number; // N
  readonly min: number;
  readonly max: number;
  readonly step: number;
  readonly headSize: number; // h
  readonly rule: ExtremaRule;
}

/**
 * Greedy search from b_min; the result is ascending. `cost` of adding a candidate to the peaks and valleys of the set so
 * far is compared entry by entry: the lowest wins, of equal ones the lowest base. `merge` gives those of the grown set.
 */
function search(
  { count, min, max, step, headSize, rule }: BaseSearch,
  cost: (candidate: Extrema, chosen: Extrema) => readonly number[],
  merge: (chosen: Extrema, added: Extrema) => Extrema,
): number[] {
  const found = [min];
  let chosen = waveformExtrema(min, headSize, rule);
  const remaining = candidateBases(min, max, step).map((base) => ({
    base,
    extrema: waveformExtrema(base, headSize, rule),
  }));
  while (found.length < count && remaining.length > 0) {
    const costs = remaining.map(({ extrema }) => cost(extrema, chosen));
    let best = 0;
    for (let index = 1; index < costs.length; index++) if (less(costs[index]!, costs[best]!)) best = index;
    const [added] = remaining.splice(best, 1);
    found.push(added!.base);
    chosen = merge(chosen, added!.extrema);
  }
  return found.sort((a, b) => a - b);
}

function less(a: readonly number[], b: readonly number[]): boolean {
  const index = a.findIndex((value, place) => value !== b[place]);
  return index >= 0 && a[index]! < b[index]!;
}

const union = (a: readonly number[], b: readonly number[]) =>
  [...new Set([...a, ...b])].sort((x, y) => x - y);

/** Index of the first entry of an ascending list that is at least `value`. */
function lowerBound(list: readonly number[], value: number): number {
  let [low, high] = [0, list.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (list[middle]! < value) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Distance from `value` to the nearest of an ascending list; infinite where it is empty. */
function gap(value: number, list: readonly number[]): number {
  const above = lowerBound(list, value);
  const after = above < list.length ? list[above]! - value : Number.POSITIVE_INFINITY;
  const before = above > 0 ? value - list[above - 1]! : Number.POSITIVE_INFINITY;
  return Math.min(after, before);
}

/** Distances of all pairs of two ascending lists that are at most `tolerance` apart. */
function coincidences(a: readonly number[], b: readonly number[], tolerance: number): number[] {
  const found: number[] = [];
  for (const x of a) {
    for (let at = lowerBound(b, x - tolerance); at < b.length && b[at]! <= x + tolerance; at++) {
      found.push(Math.abs(x - b[at]!));
    }
  }
  return found;
}

/**
 * The rule of Attention Buckets' code (secondary source): next comes the base with the most coincidences, pairs of a peak
 * of one side and a valley of the other within `tolerance` tokens; ties by their mean squared distance. Positions of the
 * set that are both peak and valley are dropped. With its settings the code's own published set does not come out either.
 */
export function coverageBases(request: BaseSearch, tolerance: number): number[] {
  const cost = (candidate: Extrema, chosen: Extrema) => {
    const gaps = [
      ...coincidences(candidate.peaks, chosen.valleys, tolerance),
      ...coincidences(chosen.peaks, candidate.valleys, tolerance),
    ];
    if (gaps.length === 0) return [0];
    return [-gaps.length, gaps.reduce((sum, distance) => sum + distance ** 2, 0) / gaps.length];
  };
  return search(request, cost, (chosen, added) => {
    const peaks = [...chosen.peaks, ...added.peaks].sort((a, b) => a - b);
    const valleys = [...chosen.valleys, ...added.valleys].sort((a, b) => a - b);
    const [atPeak, atValley] = [new Set(peaks), new Set(valleys)];
    return {
      peaks: peaks.filter((position) => !atValley.has(position)),
      valleys: valleys.filter((position) => !atPeak.has(position)),
    };
  });
}

/** How Algorithm 1 pairs the peaks of one base with the valleys of the set, which the paper does not say. */
export type Pairing = 'nearest' | 'order';

/**
 * Algorithm 1 of the paper with our readings of peaks, valleys and pairing: next comes the base with the smallest
 * d_j = sum |p_j - v_s| + sum |v_j - p_s|. Does not reproduce the published set; a reconstruction.
 */
export function algorithm1Bases(request: BaseSearch, pairing: Pairing): number[] {
  const distance = (own: readonly number[], others: readonly number[]) => {
    if (pairing === 'nearest') return own.reduce((sum, position) => sum + gap(position, others), 0);
    const pairs = Math.min(own.length, others.length);
    let sum = 0;
    for (let index = 0; index < pairs; index++) sum += Math.abs(own[index]! - others[index]!);
    return sum;
  };
  return search(
    request,
    (candidate, chosen) => [
      distance(candidate.peaks, chosen.valleys) + distance(candidate.valleys, chosen.peaks),
    ],
    (chosen, added) => ({
      peaks: union(chosen.peaks, added.peaks),
      valleys: union(chosen.valleys, added.valleys),
    }),
  );
}

/** The list in an order that follows from the seed alone (Fisher-Yates over mulberry32). */
export function shuffled(values: readonly number[], seed: number): number[] {
  const result = [...values];
  let state = seed >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  for (let last = result.length - 1; last > 0; last--) {
    const other = Math.floor(next() * (last + 1));
    [result[last], result[other]] = [result[other]!, result[last]!];
  }
  return result;
}
