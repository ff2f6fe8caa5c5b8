/** The operations of model code (`Ops`) on TensorFlow.js tensors: eager on its backends, recorded under ours. */
import * as tf from '@tensorflow/tfjs-core';
import type { Ops, Tensor } from '../../../shared/methods/ops.ts';
import { causalAttention, causalSoftmax, rotary } from './attention.ts';
import { applyAttention, attentionMap, attentionMatrix } from './attentionMap.ts';
import { detach, unwrap, withGradient } from './fused.ts';
import { rmsNorm, silu, swiglu } from './gates.ts';
import { registerGradients } from './gradients.ts';
import { dispatch, fromSlots, ranks, toSlots, weightsToSlots } from './routing.ts';
import { crossEntropy, gatherRows, logSumExp } from './rows.ts';

// Production mode stops TensorFlow.js from checking every result for NaN and from advertising tfjs-node.
tf.enableProdMode();
registerGradients();

function positiveAxes(axes: readonly number[] | undefined, rank: number): number[] {
  if (axes === undefined) return Array.from({ length: rank }, (_, axis) => axis);
  return axes.map((axis) => (axis < 0 ? axis + rank : axis));
}

function constant(
  values: number | readonly number[] | Float32Array | Int32Array,
  shape?: readonly number[],
  dtype?: 'float32' | 'int32' | 'bool',
): tf.Tensor {
  const type = dtype ?? (values instanceof Int32Array ? 'int32' : 'float32');
  if (typeof values === 'number') return shape ? tf.fill([...shape], values, type) : tf.scalar(values, type);
  return tf.tensor(values as tf.TensorLike, shape ? [...shape] : [values.length], type);
}

/** Tensors of the result are TensorFlow.js tensors of the backend that is current when each operation is called. */
export function createOps(): Ops {
  const binary = (operation: (a: tf.Tensor, b: tf.Tensor) => tf.Tensor) => (a: Tensor, b: Tensor) =>
    operation(unwrap(a), unwrap(b));
  const unary = (operation: (x: tf.Tensor) => tf.Tensor) => (x: Tensor) => operation(unwrap(x));
  return {
    constant,
    add: binary(tf.add),
    sub: binary(tf.sub),
    mul: binary(tf.mul),
    div: binary(tf.div),
    scale: (x, factor) => tf.mul(unwrap(x), factor),
    square: unary(tf.square),
    sqrt: unary(tf.sqrt),
    exp: unary(tf.exp),
    log: unary(tf.log),
    sigmoid: unary(tf.sigmoid),
    silu: unary(silu),
    swiglu: binary(swiglu),
    maximum: binary(tf.maximum),
    greater: binary((a, b) => tf.cast(tf.greater(detach(a), detach(b)), 'float32')),
    stopGradient: unary(detach),
    straightThrough: (value, surrogate) => {
      const forward = detach(unwrap(value));
      return withGradient(
        [unwrap(surrogate)],
        () => tf.clone(forward),
        (dy) => tf.clone(dy),
      );
    },
    matMul: (a, b, transposeA = false, transposeB = false) =>
      tf.matMul(unwrap(a), unwrap(b), transposeA, transposeB),
    reshape: (x, shape) => tf.reshape(unwrap(x), [...shape]),
    transpose: (x, permutation) => tf.transpose(unwrap(x), [...permutation]),
    concat: (xs, axis) => (xs.length === 1 ? unwrap(xs[0]!) : tf.concat(xs.map(unwrap), axis)),
    slice: (x, begin, size) => tf.slice(unwrap(x), [...begin], [...size]),
    sum: (x, axes, keepDims = false) => tf.sum(unwrap(x), positiveAxes(axes, x.shape.length), keepDims),
    mean: (x, axes, keepDims = false) => tf.mean(unwrap(x), positiveAxes(axes, x.shape.length), keepDims),
    max: (x, axes, keepDims = false) =>
      tf.max(detach(unwrap(x)), positiveAxes(axes, x.shape.length), keepDims),
    softmax: unary((x) => tf.softmax(x)),
    rmsNorm: (x, gain, epsilon) => rmsNorm(unwrap(x), unwrap(gain), epsilon),
    gatherRows: (table, ids) => gatherRows(unwrap(table), unwrap(ids)),
    rotary: (x, cos, sin) => rotary(unwrap(x), unwrap(cos), unwrap(sin)),
    causalSoftmax: unary(causalSoftmax),
    causalAttention: (query, key, value, scale) =>
      causalAttention(unwrap(query), unwrap(key), unwrap(value), scale),
    crossEntropy: (logits, targets) => crossEntropy(unwrap(logits), unwrap(targets)),
    logSumExp: unary(logSumExp),
    ranks: unary(ranks),
    dispatch: (chosen, most, capacity) => dispatch(unwrap(chosen), most, capacity),
    toSlots: (x, by) => toSlots(unwrap(x), by),
    weightsToSlots: (weight, by) => weightsToSlots(unwrap(weight), by),
    fromSlots: (y, by) => fromSlots(unwrap(y), by),
    attentionMap: (query, key, scale) => attentionMap(unwrap(query), unwrap(key), scale),
    applyAttention: (map, value) => applyAttention(map, unwrap(value)),
    attentionMatrix,
  };
}
