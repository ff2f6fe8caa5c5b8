/** Pure functions of a seed: hashes and permutations. Order by seed needs no state, so a resumed run needs none either. */

/** Mixes integers into 32 well distributed bits (murmur3's steps; each argument up to 2^53). */
export function hashIntegers(...values: readonly number[]): number {
  let hash = 0x9747b28c;
  for (const value of values) {
    hash = mixIn(hash, value >>> 0);
    hash = mixIn(hash, Math.floor(value / 2 ** 32));
  }
  hash ^= hash >>> 16;
  hash = Math.imul(hash, 0x85ebca6b);
  hash ^= hash >>> 13;
  hash = Math.imul(hash, 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

function mixIn(hash: number, word: number): number {
  let k = Math.imul(word, 0xcc9e2d51);
  k = (k << 15) | (k >>> 17);
  const mixed = hash ^ Math.imul(k, 0x1b873593);
  return (Math.imul((mixed << 13) | (mixed >>> 19), 5) + 0xe6546b64) | 0;
}

const rounds = 6;

/**
 * A permutation of 0 .. size-1 (size up to 2^32) that is computed, not stored: a Feistel network over the next even
 * power of two; what falls outside is sent through again until it falls inside.
 */
export class Permutation {
  private readonly size: number;
  private readonly half: number; // bits
  private readonly keys: readonly number[];

  constructor(size: number, ...seeds: readonly number[]) {
    if (!Number.isInteger(size) || size < 1 || size > 2 ** 32)
      throw new RangeError(`A permutation of ${size} items.`);
    this.size = size;
    this.half = Math.max(1, Math.ceil(Math.log2(size) / 2));
    this.keys = Array.from({ length: rounds }, (_, round) => hashIntegers(...seeds, round));
  }

  /** Where `index` (0 .. size-1) goes. */
  at(index: number): number {
    let value = index;
    do value = this.network(value);
    while (value >= this.size);
    return value;
  }

  private network(value: number): number {
    const { half, keys } = this;
    const base = 2 ** half;
    let left = Math.floor(value / base);
    let right = value % base;
    for (const key of keys) {
      const mixed = (left ^ scramble(right, key)) & (base - 1);
      left = right;
      right = mixed;
    }
    return left * base + right;
  }
}

/** The Feistel round: 32 bits of `value` and `key` (murmur3's finaliser). */
function scramble(value: number, key: number): number {
  let mixed = Math.imul(value + 1, 0x9e3779b1) ^ key;
  mixed ^= mixed >>> 16;
  mixed = Math.imul(mixed, 0x85ebca6b);
  mixed ^= mixed >>> 13;
  mixed = Math.imul(mixed, 0xc2b2ae35);
  return mixed ^ (mixed >>> 16);
}
