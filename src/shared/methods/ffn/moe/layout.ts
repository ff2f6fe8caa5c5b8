/** Members of a routed kind that follow from its sizes alone: widths, units, the layout of experts and how it changes. */
import type { ExpertLayout } from '../../method.ts';
import { type ExpertSizes, thirdOf, unitsOf } from './options.ts';

/**
 * The same routed units in another number of experts. `expertWidth` is no integer where they do not divide; the schema
 * then refuses the result.
 */
export function resized(sizes: ExpertSizes, count: number): Pick<ExpertSizes, 'nExperts' | 'expertWidth'> {
  return { nExperts: count, expertWidth: (sizes.nExperts * sizes.expertWidth) / count };
}

/** Experts per token that keep the active units nearest to what they were when `before` experts become `after`. */
export function resizedTopK(topK: number, before: number, after: number): number {
  return Math.max(1, Math.round((topK * after) / before));
}

/** One row of experts that run only where they are chosen: K per token, or null where that varies. */
export function routedLayout(nExperts: number, topK: number | null, sharedWidth: number): ExpertLayout {
  return { count: nExperts, groups: 1, switchesOff: true, chosenPerGroup: topK, sharedUnits: sharedWidth };
}

/** `matchedWidth`, `units`, `experts` and `withLayout` of a kind with E equal experts, K per token. */
export function topKMembers<Options extends ExpertSizes & { readonly topK: number }>() {
  return {
    matchedWidth: (options: Options): number => matchedWidthOf(options),
    units: (options: Options): number => unitsOf(options),
    experts: ({ nExperts, topK, sharedWidth }: Options): ExpertLayout =>
      routedLayout(nExperts, topK, sharedWidth),
    withLayout: (options: Options, groups: number, perGroup: number): Options => ({
      ...options,
      ...resized(options, groups * perGroup),
      topK: resizedTopK(options.topK, options.nExperts, groups * perGroup),
    }),
  };
}

/** The inverse of the layouts of `defaults`: all have 9 W units in total and D = 3 W, so D is a third of them. */
export function matchedWidthOf(sizes: ExpertSizes): number {
  return thirdOf(unitsOf(sizes));
}
