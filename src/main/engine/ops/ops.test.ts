import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, test } from 'vitest';
import { createOps } from './index.ts';

const ops = createOps();
type Operation = (...inputs: tf.Tensor[]) => tf.Tensor;

beforeAll(async () => {
  await tf.setBackend('cpu');
});

function values(shape: number[], seed: number, offset = 0): tf.Tensor {
  return tf.add(tf.randomNormal(shape, 0, 1, 'float32', seed), offset);
}

/** Value and gradients (under a fixed random dy) of `operation` equal those of a composition of core operations. */
function expectSame(operation: Operation, reference: Operation, inputs: tf.Tensor[]): void {
  const dy = values(reference(...inputs).shape, 99);
  const ours = tf.valueAndGrads(operation)(inputs, dy);
  const theirs = tf.valueAndGrads(reference)(inputs, dy);
  const pairs: Array<[tf.Tensor, tf.Tensor]> = [
    [ours.value, theirs.value],
    ...ours.grads.map((grad, i): [tf.Tensor, tf.Tensor] => [grad, theirs.grads[i]!]),
  ];
  for (const [a, b] of pairs) {
    expect(a.shape).toEqual(b.shape);
    const distance = tf.norm(tf.sub(a, b)).dataSync()[0]!;
    expect(distance).toBeLessThan(1e-5 * (1 + tf.norm(b).dataSync()[0]!));
  }
}

const future = (size: number) =>
  tf.tensor(
    Array.from({ length: size }, (_, q) => Array.from({ length: size }, (_, k) => (k > q ? -1e9 : 0))),
  );

function composedAttention(q: tf.Tensor, k: tf.Tensor, v: tf.Tensor): tf.Tensor {
  const [batch, heads, context, size] = q.shape as [number, number, number, number];
  const expand = (x: tf.Tensor) => {
    const groups = x.shape[1]!;
    const repeats = [1, 1, heads / groups, 1, 1];
    return tf.reshape(tf.tile(tf.reshape(x, [batch, groups, 1, context, size]), repeats), q.shape);
  };
  const scores = tf.mul(tf.matMul(q, expand(k), false, true), 0.3);
  return tf.matMul(tf.softmax(tf.add(scores, future(context))), expand(v));
}

describe('each fused operation equals its composition, value and gradients', () => {
  test('silu', () =>
    expectSame(
      (x) => ops.silu(x) as tf.Tensor,
      (x) => tf.mul(x!, tf.sigmoid(x!)),
      [values([4, 6], 1)],
    ));
  test('swiglu', () =>
    expectSame(
      (g, u) => ops.swiglu(g!, u!) as tf.Tensor,
      (g, u) => tf.mul(tf.mul(g!, tf.sigmoid(g!)), u!),
      [values([4, 6], 1), values([4, 6], 2)],
    ));
  test.each([[[4, 6]], [[2, 3, 6]]])('rmsNorm %j', (shape) =>
    expectSame(
      (x, gain) => ops.rmsNorm(x!, gain!, 1e-5) as tf.Tensor,
      (x, gain) => tf.mul(tf.div(x!, tf.sqrt(tf.add(tf.mean(tf.square(x!), -1, true), 1e-5))), gain!),
      [values(shape, 1), values([6], 2)],
    ),
  );
  test('rotary, one table for all heads and one for each', () => {
    for (const shape of [
      [5, 3],
      [2, 5, 3],
    ]) {
      const angle = values(shape, 5);
      const cos = tf.cos(tf.concat([angle, angle], -1));
      const sin = tf.sin(tf.concat([angle, angle], -1));
      expectSame(
        (x) => ops.rotary(x!, cos, sin) as tf.Tensor,
        (x) => {
          const [low, high] = tf.split(x!, 2, 3) as [tf.Tensor, tf.Tensor];
          return tf.add(tf.mul(x!, cos), tf.mul(tf.concat([tf.neg(high), low], 3), sin));
        },
        [values([3, 2, 5, 6], 1)],
      );
    }
  });
  test('causalSoftmax', () =>
    expectSame(
      (x) => ops.causalSoftmax(x!) as tf.Tensor,
      (x) => tf.softmax(tf.add(x!, future(5))),
      [values([2, 5, 5], 1)],
    ));
  test.each([
    ['one block', 8, 4, 4],
    ['two blocks', 256, 2, 2],
    ['two blocks, grouped queries', 256, 4, 2],
    ['multi-query', 128, 3, 1],
  ])('causalAttention: %s', (_, context, heads, keyHeads) =>
    expectSame(
      (q, k, v) => ops.causalAttention(q!, k!, v!, 0.3) as tf.Tensor,
      (q, k, v) => composedAttention(q!, k!, v!),
      [
        values([2, heads, context, 4], 1),
        values([2, keyHeads, context, 4], 2),
        values([2, keyHeads, context, 4], 3),
      ],
    ),
  );
  test('gatherRows adds the gradients of a row picked twice', () => {
    const ids = tf.tensor([3, 1, 3, 0], [4], 'int32');
    expectSame(
      (table) => ops.gatherRows(table!, ids) as tf.Tensor,
      (table) => tf.matMul(tf.oneHot(ids, 5) as tf.Tensor, table!),
      [values([5, 3], 1)],
    );
  });
  test('crossEntropy', () => {
    const targets = tf.tensor([3, 1, 3, 0], [4], 'int32');
    expectSame(
      (logits) => ops.crossEntropy(logits!, targets) as tf.Tensor,
      (logits) => tf.neg(tf.sum(tf.mul(tf.oneHot(targets, 5), tf.log(tf.softmax(logits!))), 1)),
      [values([4, 5], 1)],
    );
  });
  test.each([[[4, 5]], [[2, 3, 6]]])('logSumExp %j', (shape) =>
    expectSame(
      (x) => ops.logSumExp(x!) as tf.Tensor,
      (x) => tf.log(tf.sum(tf.exp(x!), -1)),
      [values(shape, 1)],
    ),
  );
  test('logSumExp of large values overflows neither forwards nor backwards', () => {
    const { value, grad } = tf.valueAndGrad((x) => ops.logSumExp(x) as tf.Tensor)(
      tf.tensor([[1e4, 1e4 - 1, -1e4]]),
      tf.tensor([1]),
    );
    expect(value.dataSync()[0]).toBeCloseTo(1e4 + Math.log1p(Math.exp(-1)), 2);
    const large = 1 / (1 + Math.exp(-1));
    [large, 1 - large, 0].forEach((expected, i) => {
      expect(grad.dataSync()[i]).toBeCloseTo(expected, 3);
    });
  });
  test('sum, mean, square', () => {
    expectSame(
      (x) => ops.sum(x!, [0]) as tf.Tensor,
      (x) => tf.sum(x!, 0),
      [values([3, 4], 1)],
    );
    expectSame(
      (x) => ops.mean(x!, [-1], true) as tf.Tensor,
      (x) => tf.mean(x!, 1, true),
      [values([3, 4], 1)],
    );
    expectSame(
      (x) => ops.mean(x!) as tf.Tensor,
      (x) => tf.mean(x!),
      [values([3, 4], 1)],
    );
    expectSame(
      (x) => ops.square(x!) as tf.Tensor,
      (x) => tf.mul(x!, x!),
      [values([3, 4], 1)],
    );
  });
});

const mapShapes: ReadonlyArray<readonly [string, number, number, number]> = [
  ['one block', 8, 4, 4],
  ['one block, grouped queries', 8, 4, 2],
  ['two blocks', 256, 2, 2],
  ['four blocks, grouped queries', 512, 2, 1],
];

describe.each(mapShapes)('an attention map: %s', (_, context, heads, keyHeads) => {
  const query = values([2, heads, context, 4], 1);
  const key = values([2, keyHeads, context, 4], 2);
  const value = values([2, keyHeads, context, 4], 3);

  test('applied once is causal attention', () =>
    expectSame(
      (q, k, v) => ops.applyAttention(ops.attentionMap(q!, k!, 0.3), v!) as tf.Tensor,
      (q, k, v) => composedAttention(q!, k!, v!),
      [query, key, value],
    ));

  test('applied twice: the gradients of both uses add up', () =>
    expectSame(
      (q, k, v, w) => {
        const map = ops.attentionMap(q!, k!, 0.3);
        return ops.add(ops.applyAttention(map, v!), ops.square(ops.applyAttention(map, w!))) as tf.Tensor;
      },
      (q, k, v, w) => tf.add(composedAttention(q!, k!, v!), tf.square(composedAttention(q!, k!, w!))),
      [query, key, value, values([2, keyHeads, context, 4], 4)],
    ));

  test('takes values with other groups than its keys', () =>
    expectSame(
      (q, k, v) => ops.applyAttention(ops.attentionMap(q!, k!, 0.3), v!) as tf.Tensor,
      (q, k, v) => composedAttention(q!, k!, v!),
      [query, key, values([2, 1, context, 4], 3)],
    ));

  test('written out holds distributions over the past', () => {
    const map = ops.attentionMap(query, key, 0.3);
    const matrix = ops.attentionMatrix(map) as tf.Tensor;
    expect(matrix.shape).toEqual([2, heads, context, context]);
    const repeated = tf.reshape(
      tf.tile(tf.reshape(key, [2, keyHeads, 1, context, 4]), [1, 1, heads / keyHeads, 1, 1]),
      query.shape,
    );
    const scores = tf.mul(tf.matMul(query, repeated, false, true), 0.3);
    const expected = tf.softmax(tf.add(scores, future(context)));
    expect(tf.max(tf.abs(tf.sub(matrix, expected))).dataSync()[0]).toBeLessThan(1e-6);
    const [first] = tf.unstack(tf.reshape(matrix, [-1, context])) as [tf.Tensor];
    expect([...first.dataSync()]).toEqual([1, ...new Array<number>(context - 1).fill(0)]);
  });
});

describe('operations that change only the gradient', () => {
  test('straightThrough passes the value on bit for bit and the gradient to the surrogate', () => {
    const x = tf.tensor([0.1, 0.7]);
    const gate = (input: tf.Tensor) =>
      ops.straightThrough(ops.greater(input, ops.constant(0.5)), input) as tf.Tensor;
    const { value, grad } = tf.valueAndGrad(gate)(x, tf.tensor([3, 4]));
    expect([...value.dataSync()]).toEqual([0, 1]);
    expect([...grad.dataSync()]).toEqual([3, 4]);
  });
  test('stopGradient removes one path and keeps the other', () => {
    const grad = tf.grad((x) => ops.mul(x, ops.stopGradient(x)) as tf.Tensor)(tf.tensor([2, 5]));
    expect([...grad.dataSync()]).toEqual([2, 5]);
  });
});

test('nothing leaks: value and gradients of every kind leave no tensor behind', () => {
  const before = tf.memory().numTensors;
  tf.tidy(() => {
    const x = values([4, 6], 1);
    tf.grad((y) => ops.stopGradient(ops.silu(y)) && (ops.mul(ops.silu(y), ops.stopGradient(y)) as tf.Tensor))(
      x,
    );
  });
  expect(tf.memory().numTensors).toBe(before);
});
