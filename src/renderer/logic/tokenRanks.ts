/** Token types by frequency: the curve, the cut between frequent and rare, and the field that puts the cut at a rank. */
import { frequentTokens, type MaskMoeFfn, maskmoe } from '../../shared/methods/ffn/maskmoe.ts';
import type { LayerShape } from '../../shared/methods/method.ts';

export interface RankedTokens {
  /** Ids that occur, the most frequent first, ties by id. */
  readonly ids: readonly number[];
  /** Occurrences of the first 1, 2, ... of them together. */
  readonly covered: Float64Array;
  readonly total: number;
}

export function rankTokens(counts: readonly number[]): RankedTokens {
  const ids = counts
    .map((_, id) => id)
    .filter((id) => counts[id]! > 0)
    .sort((a, b) => counts[b]! - counts[a]! || a - b);
  const covered = new Float64Array(ids.length);
  let sum = 0;
  ids.forEach((id, rank) => {
    sum += counts[id]!;
    covered[rank] = sum;
  });
  return { ids, covered, total: sum };
}

/** How many types are frequent. */
export function cutRank(options: MaskMoeFfn, counts: readonly number[]): number {
  return frequentTokens(options, counts).size;
}

/** The options with `rank` frequent types, by the rule that is in use. */
export function cutAt(options: MaskMoeFfn, ranked: RankedTokens, rank: number): MaskMoeFfn {
  const wanted = Math.min(ranked.ids.length, Math.max(0, Math.round(rank)));
  if (options.frequentRule === 'topN') return { ...options, freqTopN: wanted };
  return { ...options, freqCoverage: coverageOf(ranked, wanted) };
}

/** The shortest coverage whose rule makes just `rank` types frequent: more than the types before cover, not more than it. */
export function coverageOf({ covered, total }: RankedTokens, rank: number): number {
  if (rank === 0 || total === 0) return 0;
  const upper = covered[rank - 1]! / total;
  const lower = rank === 1 ? 0 : covered[rank - 2]! / total;
  for (let digits = 2; digits <= 12; digits++) {
    const rounded = Math.floor(upper * 10 ** digits) / 10 ** digits;
    if (rounded > lower) return rounded;
  }
  return upper;
}

/** Which experts each token type sees in a layer, as training would draw it: 1 or 0, [V, N] row by row. */
export function visibleExperts(
  options: MaskMoeFfn,
  shape: LayerShape,
  counts: readonly number[],
  layer: number,
): Float32Array {
  return maskmoe
    .buffers(options, shape)
    .find(({ name }) => name === 'visible')!
    .values({ counts, layer });
}

/** Points of the frequency curve, thinned evenly over log rank: first and last stay. */
export function rankCurve(
  ranked: RankedTokens,
  counts: readonly number[],
  most: number,
): { rank: number; share: number }[] {
  const last = ranked.ids.length;
  const ranks = new Set<number>();
  for (let index = 0; index < most; index++) ranks.add(Math.round(last ** (index / Math.max(1, most - 1))));
  return [...ranks]
    .filter((rank) => rank >= 1 && rank <= last)
    .sort((a, b) => a - b)
    .map((rank) => ({ rank, share: counts[ranked.ids[rank - 1]!]! / ranked.total }));
}

export interface FoundTokens {
  readonly shown: readonly { readonly id: number; readonly rank: number | null }[];
  readonly all: number;
}

/**
 * Types whose text holds `search`, the most frequent first and those that never occur last. Without a search: some from
 * the top, and those around the cut.
 */
export function searchTokens(
  search: string,
  ranked: RankedTokens,
  texts: readonly (string | null)[],
  cut: number,
  most: number,
): FoundTokens {
  const entries = ranked.ids.map((id, index) => ({ id, rank: index + 1 }));
  if (search === '') {
    const half = Math.floor(most / 2);
    const from = Math.min(Math.max(half, cut - Math.floor(half / 2)), Math.max(half, entries.length - half));
    const shown = [...entries.slice(0, half), ...entries.slice(from, from + half)];
    return { shown, all: texts.filter((text) => text !== null).length };
  }
  const occurring = new Set(ranked.ids);
  const absent = texts.flatMap((text, id) =>
    text === null || occurring.has(id) ? [] : [{ id, rank: null }],
  );
  const wanted = search.toLowerCase();
  const hits = [...entries, ...absent].filter(({ id }) => texts[id]?.toLowerCase().includes(wanted));
  return { shown: hits.slice(0, most), all: hits.length };
}
