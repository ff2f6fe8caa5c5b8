/**
 * Token-frequency buckets (papers/README.md, ours): types sorted by their count on the training split, ties by id;
 * cumulative coverage 0-80 % frequent, 80-95 % middle, 95-100 % rare; a type that never occurred is rare.
 */
import { type BucketLoss, bucketNames } from './analysis.ts';

const limits = [0.8, 0.95] as const;

/**
 * Bucket (index into `bucketNames`) of every token id, [V]. The frequent types are the shortest prefix of the order
 * whose share of all occurrences reaches 80 %: the type that crosses a limit still belongs below it.
 */
export function frequencyBuckets(counts: ArrayLike<number>): Uint8Array {
  const ids = Array.from({ length: counts.length }, (_, id) => id);
  ids.sort((a, b) => counts[b]! - counts[a]! || a - b);
  const total = ids.reduce((sum, id) => sum + counts[id]!, 0);
  const buckets = new Uint8Array(counts.length).fill(2);
  let before = 0;
  for (const id of ids) {
    if (counts[id] === 0) break;
    const covered = before / total;
    buckets[id] = covered < limits[0] ? 0 : covered < limits[1] ? 1 : 2;
    before += counts[id]!;
  }
  return buckets;
}

/** Mean loss of each bucket, a position counted in the bucket of `ids[position]`. Ids beyond the counts are rare. */
export function bucketLosses(
  buckets: Uint8Array,
  ids: ArrayLike<number>,
  losses: ArrayLike<number>,
): BucketLoss[] {
  const sums = [0, 0, 0];
  const tokens = [0, 0, 0];
  for (let at = 0; at < losses.length; at++) {
    const bucket = buckets[ids[at]!] ?? 2;
    sums[bucket]! += losses[at]!;
    tokens[bucket]!++;
  }
  return bucketNames.map((bucket, index) => ({
    bucket,
    types: buckets.reduce((sum, found) => sum + (found === index ? 1 : 0), 0),
    tokens: tokens[index]!,
    loss: tokens[index] === 0 ? null : sums[index]! / tokens[index]!,
  }));
}
