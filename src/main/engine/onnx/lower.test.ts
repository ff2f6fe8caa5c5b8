import { describe, expect, test } from 'vitest';
import { createSession, floatTensor, hostValues, intTensor } from '../ort/session.ts';
import { relativeDistance } from '../testing.ts';
import { GraphBuilder, type Value } from '../trace/graph.ts';
import { lower } from './lower.ts';

function graphOf(build: (builder: GraphBuilder) => Value) {
  const builder = new GraphBuilder();
  return builder.finish(new Map([['y', build(builder)]]));
}

describe('the gradient of an embedding', () => {
  const [rows, width, vocabulary] = [2048, 64, 500];
  const ids = Int32Array.from({ length: rows }, (_, i) => ((i * 7919) % 1009) % 7);
  const dy = Float32Array.from({ length: rows * width }, (_, i) => Math.sin(i));

  // ONNX Runtime's ScatterND loses additions under two threads: this is the test that it is not used here.
  test('adds up rows that share an id, and is the same each time, with two threads', async () => {
    const graph = graphOf((builder) =>
      builder.one(
        'ScatterAddRows',
        [builder.input('ids', [rows], 'int32'), builder.input('dy', [rows, width], 'float32')],
        [vocabulary, width],
      ),
    );
    const expected = new Float64Array(vocabulary * width);
    dy.forEach((value, i) => {
      expected[ids[Math.floor(i / width)]! * width + (i % width)]! += value;
    });
    const session = await createSession(graph, { provider: 'cpu', threads: 2 });
    const feeds = { ids: intTensor(ids, [rows]), dy: floatTensor(dy, [rows, width]) };
    const first = hostValues((await session.run(feeds, { y: null })).y).slice();
    expect(relativeDistance(first, Float32Array.from(expected))).toBeLessThan(1e-5);
    for (let repeat = 0; repeat < 20; repeat++) {
      expect(hostValues((await session.run(feeds, { y: null })).y)).toEqual(first);
    }
    await session.dispose();
  });
});

describe('lowering', () => {
  const product = (builder: GraphBuilder, shape: number[]) =>
    builder.one(
      'MatMul',
      [builder.input('a', shape, 'float32'), builder.input('b', shape, 'float32')],
      [...shape.slice(0, -2), 8, 8],
      {
        transposeA: true,
        transposeB: false,
        alpha: 0.5,
      },
    );
  const operations = (provider: 'cpu' | 'webgpu', shape: number[]) =>
    lower(
      graphOf((builder) => product(builder, shape)),
      provider,
    ).nodes.map(({ op }) => op);

  test('a transposed product is one node on the cpu; on webgpu Gemm, or a transpose and a product', () => {
    expect(operations('cpu', [2, 4, 8])).toEqual(['com.microsoft::FusedMatMul']);
    expect(operations('webgpu', [4, 8])).toEqual(['Gemm']);
    expect(operations('webgpu', [2, 4, 8])).toEqual(['Transpose', 'Mul', 'MatMul']);
  });
});
