/**
 * Rotary embedding and causal softmax attention. Axes: B batch, H query heads, G key heads, R = H / G query heads per
 * key head, T positions, h head size, C positions of one block of queries.
 */
import * as tf from '@tensorflow/tfjs-core';
import { fused, withGradient } from './fused.ts';

/** Added to scores of keys in the future. Finite, so that a row never holds inf - inf; its exponential is exactly 0. */
const masked = -1e30;

function rotate(x: tf.Tensor, cos: tf.Tensor, sin: tf.Tensor, direction: 1 | -1): tf.Tensor {
  return fused('Rotary', { x, cos, sin }, { direction }, () => {
    const half = x.shape[x.rank - 1]! / 2;
    const [low, high] = tf.split(x, 2, x.rank - 1) as [tf.Tensor, tf.Tensor];
    const begin = cos.shape.map(() => 0);
    const size = [...cos.shape.slice(0, -1), half];
    const c = tf.slice(cos, begin, size);
    const s = tf.mul(tf.slice(sin, begin, size), direction);
    return tf.concat(
      [tf.sub(tf.mul(low, c), tf.mul(high, s)), tf.add(tf.mul(high, c), tf.mul(low, s))],
      x.rank - 1,
    );
  });
}

/** Rotate-half RoPE. A rotation's gradient is the rotation by the opposite angle. cos, sin: [T, h] or [H, T, h]. */
export function rotary(x: tf.Tensor, cos: tf.Tensor, sin: tf.Tensor): tf.Tensor {
  return withGradient(
    [x],
    (save) => {
      save(cos, sin);
      return rotate(x, cos, sin, 1);
    },
    (dy, saved) => rotate(dy, saved[0]!, saved[1]!, -1),
  );
}

const maskValues = new Map<string, WeakRef<Float32Array>>();

/**
 * 0 where key <= query, `masked` elsewhere: queries first..first+count-1 (rows) against keys 0..keys-1. All layers get
 * the same array, which a recorded graph then holds once: at 4,096 positions a model's masks are 38 MB.
 */
export function causalMask(first: number, count: number, keys: number): tf.Tensor {
  const key = `${first},${count},${keys}`;
  let values = maskValues.get(key)?.deref();
  if (values === undefined) {
    values = new Float32Array(count * keys);
    for (let row = 0; row < count; row++) values.fill(masked, row * keys + first + row + 1, (row + 1) * keys);
    maskValues.set(key, new WeakRef(values));
  }
  return tf.tensor(values, [count, keys]);
}

/** Softmax over the keys up to and including the query's own position; scores [..., T, S]. */
export function causalSoftmax(scores: tf.Tensor): tf.Tensor {
  const [queries, keys] = scores.shape.slice(-2) as [number, number];
  return tf.softmax(tf.add(scores, causalMask(0, queries, keys)));
}

/** alpha * a b, in one node where the provider can. Only inside a custom gradient: it has none of its own. */
export function product(
  a: tf.Tensor,
  b: tf.Tensor,
  transposeA: boolean,
  transposeB: boolean,
  alpha = 1,
): tf.Tensor {
  return fused('ScaledMatMul', { a, b }, { transposeA, transposeB, alpha }, () => {
    const value = tf.matMul(a, b, transposeA, transposeB);
    return alpha === 1 ? value : tf.mul(value, alpha);
  });
}

/**
 * Blocks of queries. Block i needs keys up to its own end only, so with n blocks (n + 1) / 2n of the score matrix is
 * computed. Below 128 rows a block's copies and calls cost as much as its skipped products save (measured on a CPU).
 */
export function queryBlocks(context: number): Array<{ first: number; count: number }> {
  const count = [8, 4, 2].find((blocks) => context % blocks === 0 && context / blocks >= 128) ?? 1;
  const size = context / count;
  return Array.from({ length: count }, (_, block) => ({ first: block * size, count: size }));
}

/** Rows first..first+count-1 of axis `axis`; the tensor itself where that is all of them. */
function rowsOf(x: tf.Tensor, axis: number, first: number, count: number): tf.Tensor {
  if (count === x.shape[axis]) return x;
  const begin = x.shape.map(() => 0);
  begin[axis] = first;
  const size = [...x.shape];
  size[axis] = count;
  return tf.slice(x, begin, size);
}

/**
 * Adds tensors [P, t_i, h], t_i the keys that block i sees, into one of the longest length. Every block of keys is
 * summed once over the blocks of queries that see it.
 */
function addPrefixes(parts: readonly tf.Tensor[]): tf.Tensor {
  const size = parts[0]!.shape[1]!;
  const pieces = parts.map((part) => tf.split(part, part.shape[1]! / size, 1));
  return tf.concat(
    parts.map((_, block) => tf.addN(pieces.slice(block).map((piece) => piece[block]!))),
    1,
  );
}

/** softmax(scale * q k^T, future masked) v; query [B, H, T, h], key and value [B, G, T, h]. */
export function causalAttention(
  query: tf.Tensor,
  key: tf.Tensor,
  value: tf.Tensor,
  scale: number,
): tf.Tensor {
  const [batch, heads, context, size] = query.shape as [number, number, number, number];
  const keyHeads = key.shape[1]!;
  const shared = heads / keyHeads; // R
  const groups = batch * keyHeads; // B*G
  const blocks = queryBlocks(context);
  const flatKeys = (x: tf.Tensor) => tf.reshape(x, [groups, context, size]);
  const queryRows = (x: tf.Tensor, first: number, count: number) =>
    tf.reshape(rowsOf(tf.reshape(x, [groups, shared, context, size]), 2, first, count), [
      groups,
      shared * count,
      size,
    ]);
  const join = (parts: tf.Tensor[]) =>
    tf.reshape(
      tf.concat(
        parts.map((part, i) => tf.reshape(part, [groups, shared, blocks[i]!.count, size])),
        2,
      ),
      query.shape,
    );

  return withGradient(
    [query, key, value],
    (save) => {
      const k = flatKeys(key);
      const v = flatKeys(value);
      const weights: tf.Tensor[] = [];
      const outputs = blocks.map(({ first, count }) => {
        const seen = first + count;
        const scores = product(queryRows(query, first, count), rowsOf(k, 1, 0, seen), false, true, scale);
        const shaped = tf.reshape(scores, [groups, shared, count, seen]);
        const weight = tf.softmax(tf.add(shaped, causalMask(first, count, seen)));
        weights.push(tf.reshape(weight, [groups, shared * count, seen]));
        return product(weights.at(-1)!, rowsOf(v, 1, 0, seen), false, false);
      });
      const result = join(outputs);
      save(query, key, value, result, ...weights);
      return result;
    },
    (dy, saved) => {
      const [savedQuery, savedKey, savedValue, result, ...weights] = saved as [
        tf.Tensor,
        tf.Tensor,
        tf.Tensor,
        tf.Tensor,
        ...tf.Tensor[],
      ];
      const k = flatKeys(savedKey);
      const v = flatKeys(savedValue);
      // sum_s P_ts dP_ts = sum_h dO_th O_th (FlashAttention, Dao et al. 2022, appendix B.2): h wide instead of T wide.
      const correction = tf.sum(tf.mul(dy, result), -1, true);
      const correctionRows = tf.reshape(correction, [groups, shared, context, 1]);
      const queries: tf.Tensor[] = [];
      const keys: tf.Tensor[] = [];
      const values: tf.Tensor[] = [];
      blocks.forEach(({ first, count }, i) => {
        const seen = first + count;
        const weight = weights[i]!;
        const dyRows = queryRows(dy, first, count);
        const dWeight = product(dyRows, rowsOf(v, 1, 0, seen), false, true);
        const rows = tf.reshape(rowsOf(correctionRows, 2, first, count), [groups, shared * count, 1]);
        const dScores = tf.mul(weight, tf.sub(dWeight, rows));
        queries.push(product(dScores, rowsOf(k, 1, 0, seen), false, false, scale));
        keys.push(product(dScores, queryRows(savedQuery, first, count), true, false, scale));
        values.push(product(weight, dyRows, true, false));
      });
      return [
        join(queries),
        tf.reshape(addPrefixes(keys), key.shape),
        tf.reshape(addPrefixes(values), value.shape),
      ];
    },
  );
}
