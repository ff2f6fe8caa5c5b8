/** Pairs of token ids, numbered in the order in which they are added. Open addressing over typed arrays. */
export class PairTable {
  count = 0;
  private firsts = new Int32Array(1 << 10);
  private seconds = new Int32Array(1 << 10);
  private slots = new Int32Array(1 << 11); // Pair number + 1; 0: free.
  private mask = this.slots.length - 1;

  first(pair: number): number {
    return this.firsts[pair]!;
  }

  second(pair: number): number {
    return this.seconds[pair]!;
  }

  /** The pair's number; -1: not in the table. */
  find(first: number, second: number): number {
    let slot = hashPair(first, second) & this.mask;
    for (;;) {
      const pair = this.slots[slot]! - 1;
      if (pair < 0 || (this.firsts[pair] === first && this.seconds[pair] === second)) return pair;
      slot = (slot + 1) & this.mask;
    }
  }

  add(first: number, second: number): number {
    const found = this.find(first, second);
    if (found >= 0) return found;
    const pair = this.count++;
    if (pair === this.firsts.length) {
      this.firsts = doubled(this.firsts);
      this.seconds = doubled(this.seconds);
    }
    this.firsts[pair] = first;
    this.seconds[pair] = second;
    if (this.count * 2 > this.slots.length) this.growSlots();
    else this.place(pair);
    return pair;
  }

  private place(pair: number): void {
    let slot = hashPair(this.firsts[pair]!, this.seconds[pair]!) & this.mask;
    while (this.slots[slot] !== 0) slot = (slot + 1) & this.mask;
    this.slots[slot] = pair + 1;
  }

  private growSlots(): void {
    this.slots = new Int32Array(this.slots.length * 2);
    this.mask = this.slots.length - 1;
    for (let pair = 0; pair < this.count; pair++) this.place(pair);
  }
}

function hashPair(first: number, second: number): number {
  const mixed = Math.imul(first, 0x9e3779b1) ^ Math.imul(second, 0x85ebca6b);
  return mixed ^ (mixed >>> 15);
}

function doubled(values: Int32Array): Int32Array<ArrayBuffer> {
  const larger = new Int32Array(values.length * 2);
  larger.set(values);
  return larger;
}
