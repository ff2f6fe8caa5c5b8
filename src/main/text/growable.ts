/** Typed arrays that grow by doubling. */

export class IntList {
  values: Int32Array;
  length = 0;

  constructor(capacity = 1024) {
    this.values = new Int32Array(capacity);
  }

  push(value: number): void {
    if (this.length === this.values.length) this.reserve(this.length + 1);
    this.values[this.length++] = value;
  }

  /** Appends `count` values of `source` from `start`. */
  appendRange(source: Int32Array, start: number, count: number): void {
    this.reserve(this.length + count);
    const { values } = this;
    let at = this.length;
    for (let i = start; i < start + count; i++) values[at++] = source[i]!;
    this.length = at;
  }

  clear(): void {
    this.length = 0;
  }

  /** A copy of exactly the values in the list. */
  toArray(): Int32Array {
    return this.values.slice(0, this.length);
  }

  private reserve(wanted: number): void {
    if (wanted <= this.values.length) return;
    const larger = new Int32Array(Math.max(wanted, this.values.length * 2));
    larger.set(this.values.subarray(0, this.length));
    this.values = larger;
  }
}

export class ByteList {
  values: Uint8Array;
  length = 0;

  constructor(capacity = 4096) {
    this.values = new Uint8Array(capacity);
  }

  appendRange(source: Uint8Array, start: number, end: number): void {
    const count = end - start;
    if (this.length + count > this.values.length) {
      const larger = new Uint8Array(Math.max(this.length + count, this.values.length * 2));
      larger.set(this.values.subarray(0, this.length));
      this.values = larger;
    }
    // A loop beats `set(subarray)` for the short words this holds.
    if (count < 64) for (let i = 0; i < count; i++) this.values[this.length + i] = source[start + i]!;
    else this.values.set(source.subarray(start, end), this.length);
    this.length += count;
  }

  clear(): void {
    this.length = 0;
  }
}
