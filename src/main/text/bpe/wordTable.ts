/** Words as byte strings, numbered in the order in which they are first seen. Open addressing; no string is made. */
import { ByteList } from '../growable.ts';

export class WordTable {
  count = 0;
  readonly bytes = new ByteList(1 << 16);
  private slots = new Int32Array(1 << 13); // Word number + 1; 0: free.
  private mask = this.slots.length - 1;
  private hashes = new Int32Array(1 << 12);
  private starts = new Float64Array((1 << 12) + 1); // The bytes of all words may outgrow 2^31.

  start(word: number): number {
    return this.starts[word]!;
  }

  end(word: number): number {
    return this.starts[word + 1]!;
  }

  /** The number of the word source[start, end); a new word gets the number `count` had before the call. */
  add(source: Uint8Array, start: number, end: number): number {
    let hash = 0x811c9dc5 ^ (end - start);
    for (let i = start; i < end; i++) hash = Math.imul(hash ^ source[i]!, 0x01000193);
    hash ^= hash >>> 15;
    let slot = hash & this.mask;
    for (;;) {
      const word = this.slots[slot]! - 1;
      if (word < 0) return this.insert(slot, hash, source, start, end);
      if (this.hashes[word] === hash && this.equals(word, source, start, end)) return word;
      slot = (slot + 1) & this.mask;
    }
  }

  clear(): void {
    this.count = 0;
    this.bytes.clear();
    this.slots.fill(0);
  }

  private equals(word: number, source: Uint8Array, start: number, end: number): boolean {
    const from = this.starts[word]!;
    if (this.starts[word + 1]! - from !== end - start) return false;
    const { values } = this.bytes;
    for (let i = start, j = from; i < end; i++, j++) if (values[j] !== source[i]) return false;
    return true;
  }

  private insert(slot: number, hash: number, source: Uint8Array, start: number, end: number): number {
    const word = this.count++;
    this.slots[slot] = word + 1;
    if (word === this.hashes.length) this.growWords();
    this.hashes[word] = hash;
    this.bytes.appendRange(source, start, end);
    this.starts[word + 1] = this.bytes.length;
    if (this.count * 2 > this.slots.length) this.growSlots();
    return word;
  }

  private growWords(): void {
    const hashes = new Int32Array(this.hashes.length * 2);
    hashes.set(this.hashes);
    this.hashes = hashes;
    const starts = new Float64Array(hashes.length + 1);
    starts.set(this.starts);
    this.starts = starts;
  }

  private growSlots(): void {
    this.slots = new Int32Array(this.slots.length * 2);
    this.mask = this.slots.length - 1;
    for (let word = 0; word < this.count; word++) {
      let slot = this.hashes[word]! & this.mask;
      while (this.slots[slot] !== 0) slot = (slot + 1) & this.mask;
      this.slots[slot] = word + 1;
    }
  }
}
