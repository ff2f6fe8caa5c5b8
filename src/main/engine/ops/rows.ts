/** Operations on rows: picked embedding rows, logSumExp, and the cross-entropy of a target class. */
import * as tf from '@tensorflow/tfjs-core';
import { fused, withGradient } from './fused.ts';

/** Rows of table_VD at ids_N. The gradient adds dy's rows into a table of zeros. */
export function gatherRows(table: tf.Tensor, ids: tf.Tensor): tf.Tensor {
  const [rows, width] = table.shape as [number, number];
  return withGradient(
    [table],
    (save) => {
      save(ids);
      return tf.gather(table, ids);
    },
    (dy, saved) => {
      const picked = saved[0]!;
      return fused('ScatterAddRows', { ids: picked, dy }, { rows, width }, () =>
        tf.scatterND(tf.reshape(picked, [-1, 1]), tf.reshape(dy, [-1, width]), [rows, width]),
      );
    },
  );
}

/** logSumExp(logits_NV) - logits_NV[target] for each row. d/dlogits = softmax - onehot(target). */
export function crossEntropy(logits: tf.Tensor, targets: tf.Tensor): tf.Tensor {
  const [rows, classes] = logits.shape as [number, number];
  return withGradient(
    [logits],
    (save) => {
      const logProbabilities = fused('LogSoftmax', { logits }, {}, () =>
        tf.logSoftmax(logits as tf.Tensor2D),
      );
      save(logProbabilities, targets);
      const picked = fused('PickColumns', { x: logProbabilities, ids: targets }, {}, () =>
        tf.gatherND(logProbabilities, tf.stack([tf.range(0, rows, 1, 'int32'), targets], 1)),
      );
      return tf.neg(picked);
    },
    (dy, saved) => {
      const [logProbabilities, own] = saved as [tf.Tensor, tf.Tensor];
      return fused('CrossEntropyGradient', { logProbabilities, targets: own, dy }, {}, () => {
        const oneHot = tf.oneHot(own, classes);
        return tf.mul(tf.sub(tf.exp(logProbabilities), oneHot), tf.reshape(dy, [rows, 1]));
      });
    },
  );
}

/** log sum_v exp(x_v) over the last axis, whose axis is dropped. d/dx = softmax(x). */
export function logSumExp(x: tf.Tensor): tf.Tensor {
  return withGradient(
    [x],
    (save) => {
      const largest = tf.max(x, -1, true);
      const sum = tf.sum(tf.exp(tf.sub(x, largest)), -1, true);
      const value = tf.add(tf.log(sum), largest);
      save(x, value);
      return tf.reshape(value, x.shape.slice(0, -1));
    },
    (dy, saved) => {
      const [savedX, value] = saved as [tf.Tensor, tf.Tensor];
      return tf.mul(tf.exp(tf.sub(savedX, value)), tf.reshape(dy, value.shape));
    },
  );
}
