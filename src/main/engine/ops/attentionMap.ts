/**
 * Attention weights as a value of their own, for layers that reuse the map of another (UniAttn). Axes: B batch, H query
 * heads, G key heads, R = H / G query heads per key head, T positions, h head size, C positions of one block of queries,
 * S keys that the block sees. A map holds one part [B, H, C, S] for each block of queries.
 */
import * as tf from '@tensorflow/tfjs-core';
import type { AttentionMap } from '../../../shared/methods/ops.ts';
import { causalMask, product, queryBlocks } from './attention.ts';
import { detach, withGradient } from './fused.ts';

/** softmax(scale * q k^T + mask) for one block: query [P, R*C, h], key [P, S, h], P = B*G. Returns [P, R*C, S]. */
function blockWeights(query: tf.Tensor, key: tf.Tensor, mask: tf.Tensor, scale: number): tf.Tensor {
  const [groups, rows] = query.shape as [number, number];
  const [count, seen] = mask.shape as [number, number];
  return withGradient(
    [query, key],
    (save) => {
      const scores = tf.reshape(product(query, key, false, true, scale), [groups, rows / count, count, seen]);
      const weight = tf.reshape(tf.softmax(tf.add(scores, mask)), [groups, rows, seen]);
      save(query, key, weight);
      return weight;
    },
    (dy, saved) => {
      const [savedQuery, savedKey, weight] = saved as [tf.Tensor, tf.Tensor, tf.Tensor];
      // dS = P (dP - sum_s P dP): exactly 0 where the mask has made P so.
      const dScores = tf.mul(weight, tf.sub(dy, tf.sum(tf.mul(dy, weight), -1, true)));
      return [
        product(dScores, savedKey, false, false, scale),
        product(dScores, savedQuery, true, false, scale),
      ];
    },
  );
}

/**
 * The first S positions of x [P, T, h] for every block of queries. Each prefix is built on the one before, so that
 * gradients are added block by block and nothing is padded to the full length.
 */
function prefixes(x: tf.Tensor, count: number): tf.Tensor[] {
  if (count === 1) return [x];
  const [first, ...rest] = tf.split(x, count, 1) as [tf.Tensor, ...tf.Tensor[]];
  const result = [first];
  for (const piece of rest) result.push(tf.concat([result.at(-1)!, piece], 1));
  return result;
}

/** The map of query [B, H, T, h] and key [B, G, T, h]. */
export function attentionMap(query: tf.Tensor, key: tf.Tensor, scale: number): AttentionMap {
  const [batch, heads, context, size] = query.shape as [number, number, number, number];
  const groups = batch * key.shape[1]!;
  const shared = heads / key.shape[1]!;
  const blocks = queryBlocks(context);
  const queries = blocks.length === 1 ? [query] : tf.split(query, blocks.length, 2);
  const keys = prefixes(tf.reshape(key, [groups, context, size]), blocks.length);
  const parts = blocks.map(({ first, count }, block) => {
    const rows = tf.reshape(queries[block]!, [groups, shared * count, size]);
    const mask = causalMask(first, count, first + count);
    return tf.reshape(blockWeights(rows, keys[block]!, mask, scale), [batch, heads, count, first + count]);
  });
  return { batch, heads, context, parts };
}

/** map v: value [B, G, T, h], where G divides the map's H. Returns [B, H, T, h]. */
export function applyAttention(map: AttentionMap, value: tf.Tensor): tf.Tensor {
  const { batch, heads, context } = map;
  const [, valueHeads, , size] = value.shape as [number, number, number, number];
  const groups = batch * valueHeads;
  const shared = heads / valueHeads;
  const values = prefixes(tf.reshape(value, [groups, context, size]), map.parts.length);
  const outputs = map.parts.map((part, block) => {
    const [, , count, seen] = part.shape as [number, number, number, number];
    const weight = tf.reshape(part as tf.Tensor, [groups, shared * count, seen]);
    return tf.reshape(tf.matMul(weight, values[block]!), [batch, heads, count, size]);
  });
  return outputs.length === 1 ? outputs[0]! : tf.concat(outputs, 2);
}

/** The map written out, [B, H, T, T]. No gradient. */
export function attentionMatrix(map: AttentionMap): tf.Tensor {
  const { batch, heads, context } = map;
  const rows = map.parts.map((part) => {
    const [, , count, seen] = part.shape as [number, number, number, number];
    const weights = detach(part as tf.Tensor);
    return seen === context
      ? weights
      : tf.concat([weights, tf.fill([batch, heads, count, context - seen], 0)], 3);
  });
  return rows.length === 1 ? rows[0]! : tf.concat(rows, 2);
}
