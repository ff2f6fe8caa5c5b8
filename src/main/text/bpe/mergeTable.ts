/** Byte-pair merges and how they are applied to one word. */
import type { IntList } from '../growable.ts';
import { PairTable } from './pairTable.ts';

/** Above this many symbols a word is merged with a heap: n log n in place of n^2. */
const longWord = 48;

export class MergeTable {
  private readonly pairs = new PairTable(); // A pair's number is its rank.
  private readonly products: Int32Array;
  private ids = new Int32Array(64);
  private ranks = new Int32Array(64);

  /** `merges` holds [first, second, product] ids in order of rank, one after another, each pair once. */
  constructor(merges: Int32Array) {
    const count = merges.length / 3;
    this.products = new Int32Array(count);
    for (let rank = 0; rank < count; rank++) {
      this.pairs.add(merges[rank * 3]!, merges[rank * 3 + 1]!);
      this.products[rank] = merges[rank * 3 + 2]!;
    }
  }

  get count(): number {
    return this.products.length;
  }

  /** Merges bytes[start, end), whose bytes have the ids `byteIds`, and appends the word's tokens to `out`. */
  mergeWord(bytes: Uint8Array, start: number, end: number, byteIds: Int32Array, out: IntList): void {
    const length = end - start;
    if (length > this.ids.length) {
      this.ids = new Int32Array(length * 2);
      this.ranks = new Int32Array(length * 2);
    }
    const { ids } = this;
    for (let i = 0; i < length; i++) ids[i] = byteIds[bytes[start + i]!]!;
    const kept = length > longWord ? this.mergeLong(length) : this.mergeShort(length);
    out.appendRange(ids, 0, kept);
  }

  /** Always the pair of lowest rank, the leftmost of equals. Works on this.ids; returns the number of tokens left. */
  private mergeShort(symbols: number): number {
    const { ids, ranks, pairs } = this;
    let length = symbols;
    for (let i = 0; i + 1 < length; i++) ranks[i] = pairs.find(ids[i]!, ids[i + 1]!);
    for (;;) {
      let best = -1;
      let bestRank = Number.POSITIVE_INFINITY;
      for (let i = 0; i + 1 < length; i++) {
        const rank = ranks[i]!;
        if (rank >= 0 && rank < bestRank) {
          bestRank = rank;
          best = i;
        }
      }
      if (best < 0) return length;
      ids[best] = this.products[bestRank]!;
      length--;
      for (let i = best + 1; i < length; i++) {
        ids[i] = ids[i + 1]!;
        ranks[i] = ranks[i + 1]!;
      }
      if (best + 1 < length) ranks[best] = pairs.find(ids[best]!, ids[best + 1]!);
      if (best > 0) ranks[best - 1] = pairs.find(ids[best - 1]!, ids[best]!);
    }
  }

  /** The same by a heap of (rank, position) over a linked list of symbols; entries gone stale are skipped. */
  private mergeLong(symbols: number): number {
    const { ids, pairs } = this;
    const next = new Int32Array(symbols);
    const previous = new Int32Array(symbols);
    const alive = new Uint8Array(symbols).fill(1);
    const heap = new RankHeap(symbols);
    for (let i = 0; i < symbols; i++) {
      next[i] = i + 1;
      previous[i] = i - 1;
      if (i + 1 < symbols) heap.push(pairs.find(ids[i]!, ids[i + 1]!), i);
    }
    while (heap.pop()) {
      const { rank, position } = heap;
      const right = next[position]!;
      if (!alive[position] || right >= symbols || pairs.find(ids[position]!, ids[right]!) !== rank) continue;
      ids[position] = this.products[rank]!;
      alive[right] = 0;
      const after = next[right]!;
      next[position] = after;
      if (after < symbols) {
        previous[after] = position;
        heap.push(pairs.find(ids[position]!, ids[after]!), position);
      }
      const before = previous[position]!;
      if (before >= 0) heap.push(pairs.find(ids[before]!, ids[position]!), before);
    }
    let length = 0;
    for (let i = 0; i < symbols; i = next[i]!) ids[length++] = ids[i]!;
    return length;
  }
}

/** Binary heap of (rank, position), smallest first. Ranks and positions are below 2^26, so that one double holds both. */
class RankHeap {
  rank = 0;
  position = 0;
  private readonly keys: number[] = [];

  constructor(symbols: number) {
    if (symbols >= 2 ** 26) throw new RangeError(`A word of ${symbols} bytes is too long to merge.`);
  }

  push(rank: number, position: number): void {
    if (rank < 0) return;
    const key = rank * 2 ** 26 + position;
    const { keys } = this;
    let at = keys.length;
    keys.push(key);
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (keys[parent]! <= key) break;
      keys[at] = keys[parent]!;
      at = parent;
    }
    keys[at] = key;
  }

  /** Takes the smallest into `rank` and `position`; false: the heap is empty. */
  pop(): boolean {
    const { keys } = this;
    const top = keys[0];
    if (top === undefined) return false;
    this.rank = Math.floor(top / 2 ** 26);
    this.position = top - this.rank * 2 ** 26;
    const key = keys.pop()!;
    const length = keys.length;
    if (length === 0) return true;
    let at = 0;
    for (;;) {
      let child = at * 2 + 1;
      if (child >= length) break;
      if (child + 1 < length && keys[child + 1]! < keys[child]!) child++;
      if (keys[child]! >= key) break;
      keys[at] = keys[child]!;
      at = child;
    }
    keys[at] = key;
    return true;
  }
}
