import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, test } from 'vitest';
import { createOps } from '../ops/index.ts';
import { binary, concat, expand, reshape, slice, split, transpose } from './arithmetic.ts';
import { record } from './backend.ts';
import { broadcastShapes, GraphBuilder } from './graph.ts';
import './kernels.ts';

describe('the graph builder', () => {
  test('makes equal nodes once and tells different attributes apart', () => {
    const builder = new GraphBuilder();
    const x = builder.input('x', [4, 6], 'float32');
    expect(binary(builder, 'Add', x, x)).toBe(binary(builder, 'Add', x, x));
    expect(reshape(builder, x, [6, 4])).not.toBe(reshape(builder, x, [2, 12]));
    expect(builder.scalar(3)).toBe(builder.scalar(3));
  });

  test('leaves out what no output needs', () => {
    const builder = new GraphBuilder();
    const x = builder.input('x', [4], 'float32');
    binary(builder, 'Mul', x, x);
    const y = binary(builder, 'Add', x, x);
    expect(builder.finish(new Map([['y', y]])).nodes.map(({ op }) => op)).toEqual(['Add']);
  });
});

test('an array that is written several times becomes one constant, whose shape and values are kept', () => {
  const table = Float32Array.from({ length: 100 }, (_, i) => i);
  const graph = record(({ recorded, input }) => {
    const x = input('x', [100], 'float32');
    const sum = tf.add(tf.add(x, tf.tensor(table)), tf.tensor(table));
    const other = tf.add(x, tf.reshape(tf.tensor(table, [10, 10]), [100]));
    return new Map([
      ['sum', recorded(sum)],
      ['other', recorded(other)],
    ]);
  });
  const constants = graph.nodes.flatMap(({ inputs }) => inputs).filter(({ constant }) => constant);
  expect(constants).toHaveLength(3);
  expect(constants[0]).toBe(constants[1]);
  for (const { constant, shape } of constants) {
    expect(constant).toEqual(table);
    expect(shape).toEqual([100]);
  }
});

describe('simplifications', () => {
  const builder = new GraphBuilder();
  const x = builder.input('x', [4, 6], 'float32');

  test('x * 1, 1 * x, x / 1, x + 0, 0 + x and x - 0 are x', () => {
    const [zero, one] = [builder.scalar(0), builder.scalar(1)];
    for (const value of [
      binary(builder, 'Mul', x, one),
      binary(builder, 'Mul', one, x),
      binary(builder, 'Div', x, one),
      binary(builder, 'Add', x, zero),
      binary(builder, 'Add', zero, x),
      binary(builder, 'Sub', x, zero),
    ]) {
      expect(value).toBe(x);
    }
    expect(binary(builder, 'Sub', zero, x)).not.toBe(x);
  });

  test('1 * y is kept where it broadcasts y', () => {
    const row = builder.input('row', [6], 'float32');
    const ones = expand(builder, builder.scalar(1), [4, 6]);
    expect(binary(builder, 'Mul', row, ones).shape).toEqual([4, 6]);
  });

  test('an explicit broadcast is dropped where the operation broadcasts as far by itself', () => {
    const column = builder.input('column', [4, 1], 'float32');
    const node = binary(builder, 'Mul', x, expand(builder, column, [4, 6])).producer!;
    expect(node.inputs).toEqual([x, column]);
  });

  test('reshapes and transposes that undo each other vanish', () => {
    expect(reshape(builder, reshape(builder, x, [24]), [4, 6])).toBe(x);
    expect(transpose(builder, transpose(builder, x, [1, 0]), [1, 0])).toBe(x);
    expect(slice(builder, x, [0, 0], [4, 6])).toBe(x);
    expect(concat(builder, split(builder, x, [2, 4], 1), 1)).toBe(x);
    expect(concat(builder, split(builder, x, [2, 4], 1).reverse(), 1)).not.toBe(x);
  });
});

test('shapes broadcast as in NumPy', () => {
  expect(broadcastShapes([4, 1, 6], [5, 1])).toEqual([4, 5, 6]);
  expect(broadcastShapes([], [3])).toEqual([3]);
  expect(() => broadcastShapes([4], [3])).toThrow(/\[4\] and \[3\]/);
});

describe('recording', () => {
  const ops = createOps();

  test('a gradient holds no needless node', () => {
    const graph = record((recorder) => {
      const x = recorder.input('x', [4, 6], 'float32');
      const w = recorder.input('w', [6, 3], 'float32');
      const { grads } = tf.engine().gradients(() => tf.sum(ops.matMul(x, w) as tf.Tensor), [w]);
      return new Map([['dw', recorder.recorded(grads[0]!)]]);
    });
    // d sum(x w) / dw = x^T 1: a broadcast and a product; the forward product is not needed.
    expect(graph.nodes.map(({ op }) => op)).toEqual(['Expand', 'MatMul']);
  });

  test('reading a recorded tensor fails with a reason, and the backend before is current again', async () => {
    await import('@tensorflow/tfjs-backend-cpu');
    await tf.setBackend('cpu');
    const read = () =>
      record((recorder) => {
        recorder.input('x', [4], 'float32').dataSync();
        return new Map();
      });
    expect(read).toThrow(/must not read tensors/);
    expect(tf.getBackend()).toBe('cpu');
  });

  test('the same document is recorded into the same graph', () => {
    const once = () =>
      record((recorder) => {
        const x = recorder.input('x', [4, 6], 'float32');
        return new Map([['y', recorder.recorded(ops.silu(x) as tf.Tensor)]]);
      });
    expect(once().nodes).toEqual(once().nodes);
  });
});
