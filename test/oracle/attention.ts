/** For the invariants of attention: small architectures of every head layout, and one attention half run alone. */
import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { createOps } from '../../src/main/engine/ops/index.ts';
import type { Architecture, Attention } from '../../src/shared/architecture/document.ts';
import { parseArchitecture } from '../../src/shared/architecture/parse.ts';
import { softmaxAttention } from '../../src/shared/methods/attention/softmax.ts';
import type { ForwardContext } from '../../src/shared/methods/method.ts';
import type { Tensor } from '../../src/shared/methods/ops.ts';
import type { Sharing } from '../../src/shared/methods/sharing/index.ts';
import type { AttentionRole, SharedState } from '../../src/shared/methods/sharing/sharing.ts';
import type { Arrays } from './block.ts';

export const ops = createOps();

/** Head layouts: multi-head, grouped and multi-query. */
export const headLayouts = fc
  .record({
    kvHeads: fc.integer({ min: 1, max: 3 }),
    queriesPerKey: fc.integer({ min: 1, max: 3 }),
    headSize: fc.constantFrom(2, 4, 6),
  })
  .map(({ kvHeads, queriesPerKey, headSize }) => ({ heads: kvHeads * queriesPerKey, kvHeads, headSize }));
export type Heads = Pick<Attention, 'heads' | 'kvHeads' | 'headSize'>;

/** A valid model of `layers` equal dense layers. */
export function smallModel(
  heads: Heads,
  layers: number,
  rest: { position?: Attention['position']; sharing?: Sharing; context?: number } = {},
): Architecture {
  const { position = { kind: 'rope', base: 100 }, sharing = { kind: 'none' }, context = 6 } = rest;
  const width = heads.heads * heads.headSize;
  return parseArchitecture({
    format: 'finegrain.architecture',
    version: 2,
    name: 'small',
    vocabulary: 13,
    width,
    context,
    sharing,
    blocks: [
      {
        repeat: layers,
        attention: { kind: 'softmax', ...heads, position },
        ffn: { kind: 'dense', width: 5 },
      },
    ],
  });
}

export interface HalfRequest {
  readonly attention: Attention;
  readonly parameters: Arrays;
  readonly role: AttentionRole;
  readonly stream: Tensor; // [T, d]
  readonly layer?: number;
  readonly taken?: SharedState | null;
}

/** Runs the attention half of a block on one sequence; call inside `tidily`. */
export function attentionHalf(request: HalfRequest): { stream: Float32Array; shared: SharedState | null } {
  const { attention, parameters, role, stream, layer = 0, taken = null } = request;
  const [T, width] = stream.shape as [number, number];
  const constants = new Map<string, Tensor>();
  const unused = (): never => {
    throw new Error('attention does not use this');
  };
  const context: ForwardContext = {
    ops,
    training: false,
    layers: 1,
    normEpsilon: 1e-5,
    batch: 1,
    context: T,
    tap: null,
    inputs: tf.tensor1d(new Int32Array(T), 'int32'),
    disableTop1: 'none',
    report: unused,
    buffer: unused,
    uniform: unused,
    addLoss: unused,
    once: (key, make) => {
      const known = constants.get(key) ?? make();
      constants.set(key, known);
      return known;
    },
  };
  const shape = { width, layers: 1, context: T, vocabulary: 1 };
  const tensors = Object.fromEntries(
    softmaxAttention
      .parameters(attention, shape, role)
      .map(({ name, shape: size }) => [name, tf.tensor(parameters.get(name)!, [...size])]),
  );
  const result = softmaxAttention.forward(attention, tensors, stream, context, layer, role, taken);
  return { stream: Float32Array.from((result.stream as tf.Tensor).dataSync()), shared: result.shared };
}
