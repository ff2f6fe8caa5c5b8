/** Superblocks as brackets over the layer stack: where they lie, how drags move them, what they save, which to suggest. */
import { type Counts, countArchitecture } from '../../shared/architecture/counts.ts';
import { type Architecture, expandLayers } from '../../shared/architecture/document.ts';
import type { Sharing } from '../../shared/methods/sharing/index.ts';
import type { Superblocks } from '../../shared/methods/sharing/superblocks.ts';

export type SuperblockSharing = Exclude<Sharing, { kind: 'none' }>;

export function superblocksOf(document: Architecture): SuperblockSharing | null {
  return document.sharing.kind === 'none' ? null : document.sharing;
}

export interface Bracket {
  readonly leader: number; // layer, from 0
  /** The layer after the last follower. */
  readonly end: number;
}

/** Superblocks with at least one follower. */
export function brackets({ groupSize, begin, end }: Superblocks, layers: number): Bracket[] {
  const found: Bracket[] = [];
  const last = Math.min(end, layers);
  for (let leader = begin; leader < last; leader += groupSize) {
    const next = Math.min(leader + groupSize, last);
    if (next - leader > 1) found.push({ leader, end: next });
  }
  return found;
}

/** The range with its begin at a layer; the end stays behind it. */
export function withBegin(range: Superblocks, layer: number): Pick<Superblocks, 'begin'> {
  return { begin: clamp(Math.round(layer), 0, Math.max(0, range.end - 1)) };
}

export function withEnd(range: Superblocks, layer: number, layers: number): Pick<Superblocks, 'end'> {
  return { end: clamp(Math.round(layer), Math.min(layers, range.begin + 1), layers) };
}

/** The group size that ends the first superblock before `layer`. */
export function withFirstGroupEnd(
  range: Superblocks,
  layer: number,
  layers: number,
): Pick<Superblocks, 'groupSize'> {
  const most = Math.max(1, Math.min(range.end, layers) - range.begin);
  return { groupSize: clamp(Math.round(layer) - range.begin, 1, most) };
}

export interface Savings {
  readonly with: Counts;
  readonly without: Counts;
}

/** Counts of the document, and of the same one with nothing shared. */
export function savings(document: Architecture): Savings {
  return {
    with: countArchitecture(document),
    without: countArchitecture({ ...document, sharing: { kind: 'none' } }),
  };
}

/** What each layer of the stack is: whole, leader or follower (with its leader). */
export function layerRoles(document: Architecture): readonly { kind: string; leader: number | null }[] {
  return expandLayers(document).map(({ role }) => ({
    kind: role.kind,
    leader: role.kind === 'follower' ? role.leader : null,
  }));
}

export type SimilarityMatrix = readonly (readonly (number | null)[])[];

/** Mean similarity of followers to their leaders; null where a pair has none, or there is no follower. */
export function followerSimilarity(
  range: Superblocks,
  layers: number,
  similarity: SimilarityMatrix,
): number | null {
  let sum = 0;
  let followers = 0;
  for (const { leader, end } of brackets(range, layers)) {
    for (let layer = leader + 1; layer < end; layer++) {
      const value = similarity[leader]?.[layer];
      if (value === null || value === undefined) return null;
      sum += value;
      followers++;
    }
  }
  return followers === 0 ? null : sum / followers;
}

/**
 * The range of as many layers in superblocks of the same size whose followers are most like their leaders; the earliest
 * of equals. What is saved stays the same. null where no place has a similarity for every pair.
 */
export function suggestRange(
  range: Superblocks,
  layers: number,
  similarity: SimilarityMatrix,
): { readonly begin: number; readonly end: number; readonly mean: number } | null {
  const length = Math.min(range.end, layers) - range.begin;
  let best: { begin: number; end: number; mean: number } | null = null;
  for (let begin = 0; begin + length <= layers; begin++) {
    const end = begin + length;
    const mean = followerSimilarity({ ...range, begin, end }, layers, similarity);
    if (mean !== null && (best === null || mean > best.mean + 1e-12)) best = { begin, end, mean };
  }
  return best;
}

function clamp(value: number, least: number, most: number): number {
  return Math.min(Math.max(value, least), Math.max(least, most));
}
