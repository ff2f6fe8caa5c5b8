/** Training batches from token files: a pure function of the seed and the batch's number. */
import { FinegrainError } from '../../../shared/errors.ts';
import { Mixture } from './mixture.ts';
import { hashIntegers, Permutation } from './random.ts';
import type { TokenReader } from './reader.ts';

/** B sequences of T inputs and their T targets (the same moved by one), row-major. */
export interface TokenBatch {
  readonly inputs: Int32Array;
  readonly targets: Int32Array;
  /** 0 where the target begins another document; only with `maskBoundaries`. */
  readonly mask?: Float32Array;
  /** Sequences by source. */
  readonly counts: readonly number[];
}

export interface StreamSource {
  readonly tokens: TokenReader;
  readonly weight: number;
}

export interface StreamOptions {
  readonly sources: readonly StreamSource[];
  readonly batch: number; // B
  readonly context: number; // T
  readonly seed: number;
  /** Takes the first token of each document out of the loss: what came before cannot tell it. */
  readonly maskBoundaries?: boolean;
}

/**
 * Each source is cut into windows of T + 1 tokens that overlap by one; an epoch visits every window once, in an order
 * and from a first token that the seed and the epoch give.
 */
export class BatchStream {
  readonly options: StreamOptions;
  private readonly mixture: Mixture;
  private readonly windows: readonly Windows[];
  private readonly row: Int32Array;

  /** Throws FinegrainError `data.tooSmall` when a source has not T + 1 tokens. */
  constructor(options: StreamOptions) {
    this.options = options;
    if (options.sources.length === 0)
      throw new FinegrainError('data.empty', 'There is no data to train on.', 'Name a data set.');
    this.windows = options.sources.map(
      (source, i) => new Windows(source.tokens, options.context, options.seed, i),
    );
    this.mixture = new Mixture(
      options.sources.map((source) => source.weight),
      options.seed,
    );
    this.row = new Int32Array(options.context + 1);
  }

  /** Batch `index` (0, 1, ...). With accumulation, micro-batch m of step s is batch s * accumulate + m. */
  batch(index: number): TokenBatch {
    const { batch, context, sources, maskBoundaries } = this.options;
    const inputs = new Int32Array(batch * context);
    const targets = new Int32Array(batch * context);
    const counts = new Array<number>(sources.length).fill(0);
    const mask = maskBoundaries === true ? new Float32Array(batch * context).fill(1) : undefined;
    for (let b = 0; b < batch; b++) {
      const { source, place } = this.mixture.at(index * batch + b);
      counts[source]!++;
      const { tokens } = sources[source]!;
      tokens.read(this.windows[source]!.start(place), context + 1, this.row);
      inputs.set(this.row.subarray(0, context), b * context);
      targets.set(this.row.subarray(1), b * context);
      const { endOfText } = tokens.sidecar;
      if (mask !== undefined && endOfText !== null) {
        for (let t = 0; t < context; t++) if (this.row[t] === endOfText) mask[b * context + t] = 0;
      }
    }
    return mask === undefined ? { inputs, targets, counts } : { inputs, targets, mask, counts };
  }

  /** Times that each source has been gone through after `batches` batches. */
  epochs(batches: number): number[] {
    const total = this.options.sources.reduce((sum, source) => sum + source.weight, 0);
    return this.options.sources.map(
      ({ weight }, i) => (batches * this.options.batch * weight) / total / this.windows[i]!.count,
    );
  }

  /** Batches after which the first source begins to repeat itself. At least 1. */
  get batchesPerEpoch(): number {
    return Math.max(1, Math.floor(1 / Math.max(...this.epochs(1))));
  }
}

/** The windows of one source. */
class Windows {
  /** Windows in an epoch. */
  readonly count: number;
  private readonly context: number;
  private readonly freedom: number; // Possible first tokens.
  private readonly seeds: readonly [number, number];
  private epoch = -1;
  private offset = 0;
  private order: Permutation;

  constructor(tokens: TokenReader, context: number, seed: number, source: number) {
    const { length } = tokens;
    if (length < context + 1) {
      throw new FinegrainError(
        'data.tooSmall',
        `The ${tokens.sidecar.split} split has ${length} tokens; a context of ${context} needs ${context + 1}.`,
        'Add data or choose a smaller context.',
      );
    }
    this.context = context;
    // The same number for every offset, so that an epoch's length is known without counting.
    this.count = Math.max(1, Math.floor((length - context) / context));
    this.freedom = Math.min(context, length - this.count * context);
    this.seeds = [seed, source];
    this.order = new Permutation(this.count, ...this.seeds, 0);
  }

  /** The first token of the source's window number `place`. */
  start(place: number): number {
    const epoch = Math.floor(place / this.count);
    if (epoch !== this.epoch) {
      this.epoch = epoch;
      this.offset = hashIntegers(...this.seeds, epoch, 1) % this.freedom;
      this.order = new Permutation(this.count, ...this.seeds, epoch);
    }
    return this.offset + this.order.at(place - epoch * this.count) * this.context;
  }
}
