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
      const value = tf.mul(activated, up);
      save(up, activated, sigmoid, value);
      return value;
    },
    (dy, saved) => {
      const [savedUp, activated, sigmoid, value] = saved as [tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor];
      // u (s + a - a s) = a u + s (u - a u): one pass over memory less than the gradient of SiLU times u.
      const slope = tf.add(value, tf.mul(sigmoid, tf.sub(savedUp, value)));
      return [tf.mul(dy, slope), tf.mul(dy, activated)];
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
      // With r = 1 / rms and q = dy * x: dgain = sum_rows q r; dx = dy gain r - x r^3 (q . gain) / width.
      const product = tf.reshape(tf.mul(dy, savedX), [rows, width]);
      const inner = tf.matMul(product, tf.reshape(tf.div(savedGain, width), [width, 1]));
      const cube = tf.mul(tf.mul(inverse, inverse), inverse);
      const along = tf.mul(savedX, tf.mul(tf.reshape(inner, inverse.shape), cube));
      const dx = tf.sub(tf.mul(tf.mul(dy, savedGain), inverse), along);
      const dgain = tf.matMul(tf.reshape(inverse, [1, rows]), product);
      return [dx, tf.reshape(dgain, [width])];
    },
  );
}
