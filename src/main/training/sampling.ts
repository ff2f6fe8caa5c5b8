/** Picking the next token from logits. */

/** A generator of numbers in [0, 1): mulberry32, small and the same everywhere. Not for anything that must be secret. */
export function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

export interface SamplingOptions {
  /** 0: the most likely token, always. */
  readonly temperature: number;
  /** Only the k most likely tokens; absent: all. */
  readonly topK?: number | undefined;
}

/** The next token's id, drawn from softmax(logits / temperature) over the `topK` largest logits. */
export function pickToken(logits: Float32Array, options: SamplingOptions, random: () => number): number {
  const best = greatest(logits);
  if (options.temperature === 0 || options.topK === 1) return best;
  const floor = options.topK === undefined ? Number.NEGATIVE_INFINITY : kthLargest(logits, options.topK);
  const weights = new Float64Array(logits.length);
  let total = 0;
  for (let id = 0; id < logits.length; id++) {
    if (logits[id]! < floor) continue;
    // Relative to the largest logit, so that the exponential cannot overflow.
    weights[id] = Math.exp((logits[id]! - logits[best]!) / options.temperature);
    total += weights[id]!;
  }
  let left = random() * total;
  for (let id = 0; id < weights.length; id++) {
    left -= weights[id]!;
    if (weights[id]! > 0 && left < 0) return id;
  }
  return best;
}

function greatest(values: Float32Array): number {
  let best = 0;
  for (let at = 1; at < values.length; at++) if (values[at]! > values[best]!) best = at;
  return best;
}

function kthLargest(values: Float32Array, k: number): number {
  if (k >= values.length) return Number.NEGATIVE_INFINITY;
  return values.toSorted()[values.length - k]!;
}
