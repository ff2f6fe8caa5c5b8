/** Runs a whole small model eagerly: logits, loss, taps, gradients. */
import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { createOps } from '../../src/main/engine/ops/index.ts';
import type { Architecture } from '../../src/shared/architecture/document.ts';
import { forward, parameterSpecs } from '../../src/shared/methods/languageModel.ts';
import { type Arrays, tidily } from './block.ts';
import { tokens, weights } from './recipe.ts';

const ops = createOps();

export interface ModelRun {
  readonly logits: Float32Array; // [N, V]
  /** Every tap by full name, e.g. `blocks.1.attention.map`; empty unless asked for. */
  readonly taps: ReadonlyMap<string, Float32Array>;
  /** d(mean next-token loss) by parameter; empty unless asked for. */
  readonly gradients: Arrays;
  readonly loss: number;
}

/** Weights of order one in every product, the same for the same seed. */
export function modelWeights(architecture: Architecture, seed: string): Arrays {
  return new Map(parameterSpecs(architecture).map(({ name, shape }) => [name, weights(seed, name, shape)]));
}

export interface ModelRequest {
  readonly batch?: number; // B
  /** T; default the document's. */
  readonly context?: number;
  readonly inputs?: Int32Array;
  readonly wantTaps?: boolean;
  readonly wantGradients?: boolean;
}

export function runModel(
  architecture: Architecture,
  parameters: Arrays,
  request: ModelRequest = {},
): ModelRun {
  const { batch = 1, context = architecture.context, wantTaps = false, wantGradients = false } = request;
  const N = batch * context;
  const inputs = request.inputs ?? tokens('inputs', N, architecture.vocabulary);
  const specs = parameterSpecs(architecture);
  return tidily(() => {
    const ids = tf.tensor1d(inputs, 'int32');
    const targets = tf.tensor1d(tokens('targets', N, architecture.vocabulary), 'int32');
    const values = specs.map(({ name, shape }) => tf.tensor(parameters.get(name)!, [...shape]));
    let logits = new Float32Array();
    const taps = new Map<string, Float32Array>();
    const lossOf = (...tensors: tf.Tensor[]): tf.Tensor => {
      const named = Object.fromEntries(specs.map(({ name }, index) => [name, tensors[index]!]));
      const result = forward(ops, architecture, named, ids, {
        batch,
        context,
        training: wantGradients,
        tap: wantTaps ? (name, make) => taps.set(name, read(make() as tf.Tensor)) : null,
      });
      logits = read(result.logits as tf.Tensor);
      return ops.mean(ops.crossEntropy(result.logits, targets)) as tf.Tensor;
    };
    if (!wantGradients) return { loss: read(lossOf(...values))[0]!, logits, taps, gradients: new Map() };
    const { value, grads } = tf.valueAndGrads(lossOf)(values);
    const gradients = new Map(specs.map(({ name }, index) => [name, read(grads[index]!)]));
    return { loss: read(value)[0]!, logits, taps, gradients };
  });
}

function read(tensor: tf.Tensor): Float32Array<ArrayBuffer> {
  return Float32Array.from(tensor.dataSync());
}
