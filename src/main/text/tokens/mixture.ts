/** Which source each sequence of a mixture comes from. */
import { Permutation } from './random.ts';

/**
 * Sequences are dealt in blocks. By the end of any block each source has had its exact share, rounded; inside a block
 * the order is shuffled by the seed. Both the source of sequence n and its place in that source follow from n alone.
 */
export class Mixture {
  private readonly cumulative: readonly number[]; // Sums of the shares; the last is 1.
  private readonly blockLength: number;
  private readonly seed: number;
  private block = -1;
  private blockSources = new Int32Array(0);
  private blockPlaces = new Float64Array(0);

  /** `weights` are positive; they are normalised. */
  constructor(weights: readonly number[], seed: number) {
    const total = weights.reduce((sum, weight) => sum + weight, 0);
    let sum = 0;
    this.cumulative = weights.map((weight, i) => {
      sum += weight;
      return i === weights.length - 1 ? 1 : sum / total;
    });
    // Long enough that the rounding of two neighbouring sums cannot take back what a source has had.
    const smallest = Math.min(...weights) / total;
    this.blockLength = weights.length === 1 ? 1 : Math.max(64, Math.ceil(2 / smallest));
    this.seed = seed;
  }

  /** The source of sequence `n`, and how many sequences of that source came before it. */
  at(n: number): { readonly source: number; readonly place: number } {
    if (this.cumulative.length === 1) return { source: 0, place: n };
    const block = Math.floor(n / this.blockLength);
    if (block !== this.block) this.deal(block);
    const slot = n - block * this.blockLength;
    return { source: this.blockSources[slot]!, place: this.blockPlaces[slot]! };
  }

  /** Sequences that each source has had once `n` blocks are dealt. */
  private dealt(blocks: number): number[] {
    const sums = this.cumulative.map((share) => Math.floor(blocks * this.blockLength * share + 1e-6));
    return sums.map((sum, i) => sum - (i === 0 ? 0 : sums[i - 1]!));
  }

  private deal(block: number): void {
    const next = this.dealt(block);
    const after = this.dealt(block + 1);
    const order = new Permutation(this.blockLength, this.seed, block);
    const sources = new Int32Array(this.blockLength);
    let slot = 0;
    after.forEach((count, source) => {
      for (let i = next[source]!; i < count; i++) sources[order.at(slot++)] = source;
    });
    this.blockPlaces = Float64Array.from(sources, (source) => next[source]!++);
    this.blockSources = sources;
    this.block = block;
  }
}
