/** SiLU, SwiGLU and RMSNorm, each with one gradient written out by hand. */
import * as tf from '@tensorflow/tfjs-core';
import { fused, withGradient } from './fused.ts';

/** x * sigmoid(x) from x and s = sigmoid(x). */
function siluGradient(dy: tf.Tensor, silu: tf.Tensor, sigmoid: tf.Tensor): tf.Tensor {
  // d/dx x*s = s + x*s*(1 - s) = s + y - y*s with y = silu(x)
  return tf.mul(dy, tf.add(tf.mul(tf.sub(1, silu), sigmoid), silu));
}

export function silu(x: tf.Tensor): tf.Tensor {
  return withGradient(
    [x],
    (save) => {
      const sigmoid = tf.sigmoid(x);
      const value = tf.mul(x, sigmoid);
      save(value, sigmoid);
      return value;
    },
    (dy, saved) => siluGradient(dy, saved[0]!, saved[1]!),
  );
}

/** SiLU(gate) * up. */
export function swiglu(gate: tf.Tensor, up: tf.Tensor): tf.Tensor {
  return withGradient(
    [gate, up],
    (save) => {
      const sigmoid = tf.sigmoid(gate);
      const activated = tf.mul(gate, sigmoid);
      save(up, activated, sigmoid);
      return tf.mul(activated, up);
    },
    (dy, saved) => {
      const [savedUp, activated, sigmoid] = saved as [tf.Tensor, tf.Tensor, tf.Tensor];
      return [siluGradient(tf.mul(dy, savedUp), activated, sigmoid), tf.mul(dy, activated)];
    },
  );
}

/** x * gain / sqrt(mean(x^2) + epsilon) over the last axis. */
export function rmsNorm(x: tf.Tensor, gain: tf.Tensor, epsilon: number): tf.Tensor {
  const width = gain.shape[0]!;
  const rows = x.size / width;
  return withGradient(
    [x, gain],
    (save) => {
      const [value, inverse] = fused<tf.Tensor[]>('RmsNorm', { x, gain }, { epsilon }, () => {
        const inverseRoot = tf.rsqrt(tf.add(tf.mean(tf.square(x), -1, true), epsilon));
        return [tf.mul(tf.mul(x, inverseRoot), gain), inverseRoot];
      }) as [tf.Tensor, tf.Tensor];
      save(x, gain, inverse);
      return value;
    },
    (dy, saved) => {
      const [savedX, savedGain, inverse] = saved as [tf.Tensor, tf.Tensor, tf.Tensor];
      // With n = x / rms and t = dy * n: dgain = sum_rows t; dx = (dy * gain - n * mean(t * gain)) / rms.
      const normalised = tf.mul(savedX, inverse);
      const product = tf.mul(dy, normalised);
      const flat = tf.reshape(product, [rows, width]);
      const mean = tf.reshape(
        tf.matMul(flat, tf.reshape(tf.div(savedGain, width), [width, 1])),
        inverse.shape,
      );
      const dx = tf.mul(tf.sub(tf.mul(dy, savedGain), tf.mul(normalised, mean)), inverse);
      return [dx, tf.sum(flat, 0)];
    },
  );
}
