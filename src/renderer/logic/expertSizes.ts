/**
 * Sizes of an FFN's equal experts, whatever its kind calls them, and how one of them changes while another quantity is
 * kept: the units of all routed experts, the units that a token runs, or nothing but the rest of the sizes.
 */
import { divisors } from '../../shared/methods/divisors.ts';
import { type Ffn, ffnMethod } from '../../shared/methods/ffn/index.ts';

export interface ExpertSizes {
  readonly count: number; // E; CartesianMoE: e of one sub-layer
  readonly width: number; // D_e
  /** Experts that a token runs at most; null where nothing bounds it. */
  readonly chosen: number | null;
}

export type Kept = 'total' | 'active' | 'rest';

/** null for kinds without equal experts that switch off by choice (dense, Finedeep, DSMoE). */
export function sizesOf(ffn: Ffn): ExpertSizes | null {
  switch (ffn.kind) {
    case 'moe':
    case 'hash':
    case 'random':
    case 'maskmoe':
      return { count: ffn.nExperts, width: ffn.expertWidth, chosen: ffn.topK };
    case 'topp':
      return {
        count: ffn.nExperts,
        width: ffn.expertWidth,
        chosen: ffn.maxExperts === 0 ? null : ffn.maxExperts,
      };
    case 'llamamoe':
      return { count: ffn.nExperts, width: Math.ceil(ffn.width / ffn.nExperts), chosen: ffn.topK };
    case 'cartesianmoe':
      return { count: ffn.nSubExperts, width: ffn.subExpertWidth, chosen: ffn.topKPerSublayer };
    default:
      return null;
  }
}

/** The FFN with other sizes; itself where they break a rule of its kind. */
export function withSizes(ffn: Ffn, { count, width, chosen }: ExpertSizes): Ffn {
  const parsed = ffnMethod(ffn.kind).schema.safeParse({ ...ffn, ...fieldsOf(ffn, count, width, chosen) });
  return parsed.success ? parsed.data : ffn;
}

function fieldsOf(ffn: Ffn, count: number, width: number, chosen: number | null): object {
  switch (ffn.kind) {
    case 'topp':
      return { nExperts: count, expertWidth: width, maxExperts: chosen ?? 0 };
    case 'llamamoe':
      return { nExperts: count, width: count * width, topK: chosen };
    case 'cartesianmoe':
      return { nSubExperts: count, subExpertWidth: width, topKPerSublayer: chosen };
    case 'maskmoe':
      return {
        nExperts: count,
        expertWidth: width,
        topK: chosen,
        vFrequent: Math.min(ffn.vFrequent, count),
        vRare: Math.min(ffn.vRare, count),
      };
    default:
      return { nExperts: count, expertWidth: width, topK: chosen };
  }
}

/** Most experts that an editor offers; fields take more. */
export const mostExperts = 128;

/** Numbers of experts that can be had while `kept` is kept, ascending. */
export function countChoices(sizes: ExpertSizes, kept: Kept): number[] {
  const { count, width, chosen } = sizes;
  const all =
    kept === 'total'
      ? divisors(count * width)
      : range(kept === 'active' ? (chosen ?? 1) : 1, Math.max(mostExperts, count));
  return all.filter((choice) => choice <= Math.max(mostExperts, count));
}

/** Widths of an expert that can be had, ascending. */
export function widthChoices(sizes: ExpertSizes, kept: Kept): number[] {
  const { count, width, chosen } = sizes;
  if (kept === 'total') {
    return divisors(count * width).filter(
      (choice) => (count * width) / choice <= Math.max(mostExperts, count),
    );
  }
  if (kept === 'active' && chosen !== null) {
    return divisors(chosen * width).filter((choice) => (chosen * width) / choice <= mostExperts);
  }
  return range(1, Math.max(4 * width, 64));
}

/** Experts per token that can be had, ascending; none where nothing bounds them. */
export function chosenChoices(sizes: ExpertSizes, kept: Kept): number[] {
  const { count, width, chosen } = sizes;
  if (chosen === null) return [];
  const all = range(1, count);
  return kept === 'active' ? all.filter((choice) => (chosen * width) % choice === 0) : all;
}

export function withCount(sizes: ExpertSizes, wish: number, kept: Kept): ExpertSizes {
  const count = nearest(countChoices(sizes, kept), wish) ?? sizes.count;
  if (count === sizes.count) return sizes;
  const { chosen } = sizes;
  if (kept !== 'total') return { ...sizes, count, chosen: bounded(chosen, count) };
  return {
    count,
    width: (sizes.count * sizes.width) / count,
    // As many active units as before, as near as whole experts come.
    chosen: chosen === null ? null : bounded(Math.max(1, Math.round((chosen * count) / sizes.count)), count),
  };
}

export function withWidth(sizes: ExpertSizes, wish: number, kept: Kept): ExpertSizes {
  const width = nearest(widthChoices(sizes, kept), wish) ?? sizes.width;
  if (width === sizes.width) return sizes;
  if (kept === 'total') return withCount(sizes, (sizes.count * sizes.width) / width, 'total');
  if (kept === 'rest' || sizes.chosen === null) return { ...sizes, width };
  const chosen = (sizes.chosen * sizes.width) / width;
  return { count: Math.max(sizes.count, chosen), width, chosen };
}

export function withChosen(sizes: ExpertSizes, wish: number, kept: Kept): ExpertSizes {
  const chosen = nearest(chosenChoices(sizes, kept), wish);
  if (chosen === null || sizes.chosen === null || chosen === sizes.chosen) return sizes;
  if (kept !== 'active') return { ...sizes, chosen };
  return { ...sizes, chosen, width: (sizes.chosen * sizes.width) / chosen };
}

/** The choice next to `value` in a direction; the value itself at the end of the road. */
export function nextChoice(choices: readonly number[], value: number, direction: -1 | 1): number {
  const next =
    direction === 1 ? choices.find((choice) => choice > value) : choices.findLast((choice) => choice < value);
  return next ?? value;
}

/** The choice nearest to a wish; null where there is none. */
export function nearest(choices: readonly number[], wish: number): number | null {
  let best: number | null = null;
  for (const choice of choices) {
    if (best === null || Math.abs(choice - wish) < Math.abs(best - wish)) best = choice;
  }
  return best;
}

function bounded(chosen: number | null, count: number): number | null {
  return chosen === null ? null : Math.min(chosen, count);
}

function range(from: number, to: number): number[] {
  return Array.from({ length: Math.max(0, to - from + 1) }, (_, index) => from + index);
}
