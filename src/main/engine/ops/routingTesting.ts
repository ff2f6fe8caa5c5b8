/**
 * A routed layer in two writings, for tests: by the operations under test, and as plain loops over numbers that share
 * nothing with them. N tokens, E experts, K choices, C slots, d width.
 */
import type { Ops, Tensor } from '../../../shared/methods/ops.ts';

export interface RoutingCase {
  readonly tokens: number;
  readonly experts: number;
  readonly most: number;
  readonly capacity: number;
  readonly width: number;
  /** [N, E]; what is chosen are the `chosen` largest of each row. */
  readonly scores: Float32Array;
  readonly chosen: number;
  readonly x: Float32Array; // [N, d]
  readonly scale: Float32Array; // [E, 1, d], stands for the experts
  readonly dy: Float32Array; // [N, d]
}

/** Numbers in [-1, 1) from a seed. */
export function numbers(count: number, seed: number): Float32Array {
  let state = (seed * 2654435761 + 1) % 2147483647;
  return Float32Array.from({ length: count }, () => {
    state = (state * 48271) % 2147483647;
    return (2 * state) / 2147483647 - 1;
  });
}

/** `levels` distinct scores only, so that rows hold equal ones; `skew` draws all tokens to the first experts. */
export function routingCase(
  size: Pick<RoutingCase, 'tokens' | 'experts' | 'most' | 'capacity' | 'width' | 'chosen'>,
  seed: number,
  levels: number,
  skew: number,
): RoutingCase {
  const { tokens, experts, width } = size;
  const scores = numbers(tokens * experts, seed).map(
    (value, i) => Math.round(((value + 1) / 2) * levels) / levels - skew * (i % experts),
  );
  return {
    ...size,
    scores,
    x: numbers(tokens * width, seed + 1),
    scale: numbers(experts * width, seed + 2),
    dy: numbers(tokens * width, seed + 3),
  };
}

/** y_n = sum over kept choices of s_ne^2 (x_n * scale_e), and everything that led to it. */
export function routedLayer(
  ops: Ops,
  size: RoutingCase,
  scores: Tensor,
  x: Tensor,
  scale: Tensor,
): { readonly ranks: Tensor; readonly by: ReturnType<Ops['dispatch']>; readonly y: Tensor } {
  const ranks = ops.ranks(scores);
  const chosen = ops.greater(ops.constant(size.chosen), ranks);
  const by = ops.dispatch(chosen, size.most, size.capacity);
  const weight = ops.mul(ops.square(scores), by.kept);
  const inputs = ops.toSlots(x, by);
  const outputs = ops.mul(ops.mul(inputs, scale), ops.weightsToSlots(weight, by));
  return { ranks, by, y: ops.fromSlots(outputs, by) };
}

export interface NaiveRouting {
  readonly ranks: Float32Array;
  readonly kept: Float32Array;
  readonly dropped: number;
  readonly tokenOfSlot: Int32Array;
  readonly slotOfChoice: Int32Array;
  readonly y: Float32Array;
  readonly dScores: Float32Array;
  readonly dx: Float32Array;
  readonly dScale: Float32Array;
}

export function naiveRouting(size: RoutingCase): NaiveRouting {
  const { tokens, experts, most, capacity, width, scores, x, scale, dy } = size;
  const ranks = new Float32Array(tokens * experts);
  const kept = new Float32Array(tokens * experts);
  const tokenOfSlot = new Int32Array(experts * capacity).fill(tokens);
  const slotOfChoice = new Int32Array(tokens * most).fill(experts * capacity);
  const used = new Int32Array(experts);
  const y = new Float32Array(tokens * width);
  const dScores = new Float32Array(tokens * experts);
  const dx = new Float32Array(tokens * width);
  const dScale = new Float32Array(experts * width);
  let dropped = 0;
  for (let n = 0; n < tokens; n++) {
    const row = scores.subarray(n * experts, (n + 1) * experts);
    const order = [...row.keys()].sort((a, b) => row[b]! - row[a]! || a - b);
    for (const [place, expert] of order.entries()) ranks[n * experts + expert] = place;
    let choice = 0;
    for (const expert of order.slice(0, size.chosen).sort((a, b) => a - b)) {
      if (used[expert]! >= capacity) {
        dropped++;
        continue;
      }
      const slot = expert * capacity + used[expert]!;
      used[expert]!++;
      kept[n * experts + expert] = 1;
      tokenOfSlot[slot] = n;
      slotOfChoice[n * most + choice++] = slot;
      const score = row[expert]!;
      for (let i = 0; i < width; i++) {
        const [input, factor, grad] = [x[n * width + i]!, scale[expert * width + i]!, dy[n * width + i]!];
        y[n * width + i]! += score ** 2 * input * factor;
        dScores[n * experts + expert]! += 2 * score * input * factor * grad;
        dx[n * width + i]! += score ** 2 * factor * grad;
        dScale[expert * width + i]! += score ** 2 * input * grad;
      }
    }
  }
  return { ranks, kept, dropped, tokenOfSlot, slotOfChoice, y, dScores, dx, dScale };
}
