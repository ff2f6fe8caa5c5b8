/**
 * How an operation of ours reaches a backend. Under the recording backend it becomes one node of the graph, so that
 * lowering can pick the best kernel of a provider; on every other backend it is composed of core operations.
 */
import * as tf from '@tensorflow/tfjs-core';
import type { Tensor as PlainTensor } from '../../../shared/methods/ops.ts';

/** The recording backend's name (trace/backend.ts registers it). */
export const traceBackend = 'trace';

type Attributes = Readonly<Record<string, unknown>>;

export function isRecording(): boolean {
  return tf.getBackend() === traceBackend;
}

/** Runs kernel `name` of the recording backend, or `plain()` elsewhere. Call it only inside a custom gradient. */
export function fused<T extends tf.Tensor | tf.Tensor[]>(
  name: string,
  inputs: Readonly<Record<string, tf.Tensor>>,
  attributes: Attributes,
  plain: () => T,
): T {
  if (!isRecording()) return plain();
  return tf.engine().runKernel(name, inputs as tf.NamedTensorMap, attributes as tf.NamedAttrMap) as T;
}

/** Model code sees tensors only by shape and dtype; inside the engine they are TensorFlow.js tensors. */
export function unwrap(tensor: PlainTensor): tf.Tensor {
  return tensor as tf.Tensor;
}

/**
 * A function with a gradient of our own. `forward` saves every tensor that `gradient` needs, index tensors and constants
 * too: what is only closed over has been tidied away by then. `gradient` returns one tensor for each input.
 */
export function withGradient(
  inputs: readonly tf.Tensor[],
  forward: (save: (...tensors: tf.Tensor[]) => void) => tf.Tensor,
  gradient: (dy: tf.Tensor, saved: tf.Tensor[]) => tf.Tensor | tf.Tensor[],
): tf.Tensor {
  const operation = tf.customGrad((...args: Array<tf.Tensor | tf.GradSaveFunc>) => {
    const save = args[args.length - 1] as tf.GradSaveFunc;
    return {
      value: forward((...tensors) => save(tensors)),
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => gradient(dy, saved) as tf.Tensor[],
    };
  });
  return operation(...(inputs as tf.Tensor[]));
}

/** The same values off the gradient tape. TensorFlow.js has no such operation: a second tensor over the same data. */
export function detach(tensor: tf.Tensor): tf.Tensor {
  const engine = tf.engine();
  engine.backend.incRef(tensor.dataId);
  return engine.makeTensorFromTensorInfo({ dataId: tensor.dataId, shape: tensor.shape, dtype: tensor.dtype });
}
