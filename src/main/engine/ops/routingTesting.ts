/**
 * A routed layer in two writings, for tests: by the operations under test, and as plain loops over numbers that share
 * nothing with them. N tokens, E experts, K choices, C slots, d width.
 */
import * as tf from '@tensorflow/tfjs-core';
import type { Ops, Tensor } from '../../../shared/methods/ops.ts';
import type { Provider } from '../onnx/lower.ts';
import { createSession, floatTensor } from '../ort/session.ts';
import { record } from '../trace/backend.ts';
import '../trace/kernels.ts';
import { createOps } from './index.ts';

const ops = createOps();

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

/** As `NaiveRouting`, as read from tensors. */
export type RoutingResult = { readonly [K in keyof NaiveRouting]: ArrayLike<number> | number };

/** The layer with its gradients as tensors; runs eagerly and under the recorder. */
export function routingTensors(
  size: RoutingCase,
  scores: tf.Tensor,
  x: tf.Tensor,
  scale: tf.Tensor,
  dy: tf.Tensor,
) {
  const held: { layer?: ReturnType<typeof routedLayer> } = {};
  const { grads } = tf.engine().gradients(() => {
    held.layer = routedLayer(ops, size, scores, x, scale);
    for (const tensor of [held.layer.ranks, ...Object.values(held.layer.by), held.layer.y]) {
      if (typeof tensor === 'object') tf.keep(tensor as tf.Tensor);
    }
    return tf.sum(tf.mul(held.layer.y as tf.Tensor, dy));
  }, [scores, x, scale]);
  const { ranks, by, y } = held.layer!;
  const [dScores, dx, dScale] = grads as [tf.Tensor, tf.Tensor, tf.Tensor];
  const { kept, dropped, tokenOfSlot, slotOfChoice } = by;
  return { ranks, kept, dropped, tokenOfSlot, slotOfChoice, y, dScores, dx, dScale } as Record<
    keyof NaiveRouting,
    tf.Tensor
  >;
}

export const routingShapes = ({ tokens, experts, width }: RoutingCase) => ({
  scores: [tokens, experts],
  x: [tokens, width],
  scale: [experts, 1, width],
  dy: [tokens, width],
});

export function recordRouting(size: RoutingCase) {
  const shape = routingShapes(size);
  return record((recorder) => {
    const input = (name: keyof typeof shape) => recorder.input(name, shape[name], 'float32');
    const tensors = routingTensors(size, input('scores'), input('x'), input('scale'), input('dy'));
    return new Map(Object.entries(tensors).map(([name, tensor]) => [name, recorder.recorded(tensor)]));
  });
}

export const routingCases: Array<[string, RoutingCase]> = [
  [
    'nothing overflows',
    routingCase({ tokens: 12, experts: 4, chosen: 2, most: 2, capacity: 12, width: 5 }, 1, 1000, 0),
  ],
  [
    'choices overflow',
    routingCase({ tokens: 24, experts: 4, chosen: 2, most: 2, capacity: 5, width: 3 }, 2, 1000, 0.1),
  ],
  [
    'all tokens choose the same experts, the others stay empty',
    routingCase({ tokens: 10, experts: 6, chosen: 2, most: 2, capacity: 4, width: 3 }, 3, 1000, 2),
  ],
  [
    'equal scores everywhere',
    routingCase({ tokens: 9, experts: 5, chosen: 2, most: 2, capacity: 9, width: 2 }, 4, 1e-9, 0),
  ],
  [
    'fewer chosen than there is room for',
    routingCase({ tokens: 7, experts: 5, chosen: 2, most: 4, capacity: 3, width: 2 }, 5, 3, 0),
  ],
  [
    'one token, one expert, one slot',
    routingCase({ tokens: 1, experts: 1, chosen: 1, most: 1, capacity: 1, width: 1 }, 6, 5, 0),
  ],
  [
    'every expert is chosen',
    routingCase({ tokens: 6, experts: 3, chosen: 3, most: 3, capacity: 2, width: 2 }, 7, 2, 0),
  ],
];

/** On ONNX Runtime. `verbose` logs where each node was placed. */
export async function runRouting(
  size: RoutingCase,
  provider: Provider,
  verbose = false,
): Promise<RoutingResult> {
  const shape = routingShapes(size);
  const session = await createSession(recordRouting(size), { provider, threads: 2, verbose });
  const feeds = {
    scores: floatTensor(size.scores, shape.scores),
    x: floatTensor(size.x, shape.x),
    scale: floatTensor(size.scale, shape.scale),
    dy: floatTensor(size.dy, shape.dy),
  };
  const fetches = Object.fromEntries(session.outputNames.map((name) => [name, null]));
  const results = await session.run(feeds, fetches);
  await session.dispose();
  return Object.fromEntries(
    Object.entries(results).map(([name, tensor]) => [name, tensor.data]),
  ) as unknown as RoutingResult;
}
