import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { afterAll, describe, expect, test } from 'vitest';
import type { Ops } from '../../../shared/methods/ops.ts';
import { startEagerBackend } from '../eager/backend.ts';
import { createSession, floatTensor } from '../ort/session.ts';
import { relativeDistance } from '../testing.ts';
import { record } from '../trace/backend.ts';
import '../trace/kernels.ts';
import { createOps } from './index.ts';
import {
  type NaiveRouting,
  naiveRouting,
  type RoutingCase,
  routedLayer,
  routingCase,
} from './routingTesting.ts';

const ops = createOps();

type Result = { readonly [K in keyof NaiveRouting]: ArrayLike<number> | number };

/** The layer with its gradients as tensors; runs eagerly and under the recorder. */
function tensorsOf(size: RoutingCase, scores: tf.Tensor, x: tf.Tensor, scale: tf.Tensor, dy: tf.Tensor) {
  const held: { layer?: ReturnType<typeof routedLayer> } = {};
  const { grads } = tf.engine().gradients(() => {
    held.layer = routedLayer(ops, size, scores, x, scale);
    for (const tensor of [held.layer.ranks, ...Object.values(held.layer.by), held.layer.y]) {
      if (typeof tensor === 'object') tf.keep(tensor as tf.Tensor);
    }
    return tf.sum(tf.mul(held.layer.y as tf.Tensor, dy));
  }, [scores, x, scale]);
  const { ranks, by, y } = held.layer!;
  const [dScores, dx, dScale] = grads as [tf.Tensor, tf.Tensor, tf.Tensor];
  const { kept, dropped, tokenOfSlot, slotOfChoice } = by;
  return { ranks, kept, dropped, tokenOfSlot, slotOfChoice, y, dScores, dx, dScale } as Record<
    keyof NaiveRouting,
    tf.Tensor
  >;
}

const shapes = ({ tokens, experts, width }: RoutingCase) => ({
  scores: [tokens, experts],
  x: [tokens, width],
  scale: [experts, 1, width],
  dy: [tokens, width],
});

async function eagerly(size: RoutingCase): Promise<Result> {
  const shape = shapes(size);
  const inputs = [
    tf.tensor(size.scores, shape.scores),
    tf.tensor(size.x, shape.x),
    tf.tensor(size.scale, shape.scale),
    tf.tensor(size.dy, shape.dy),
  ] as const;
  const tensors = tensorsOf(size, ...inputs);
  return Object.fromEntries(
    Object.entries(tensors).map(([name, tensor]) => [name, tensor.dataSync()]),
  ) as unknown as Result;
}

function recorded(size: RoutingCase) {
  const shape = shapes(size);
  return record((recorder) => {
    const input = (name: keyof typeof shape) => recorder.input(name, shape[name], 'float32');
    const tensors = tensorsOf(size, input('scores'), input('x'), input('scale'), input('dy'));
    return new Map(Object.entries(tensors).map(([name, tensor]) => [name, recorder.recorded(tensor)]));
  });
}

async function byOnnxRuntime(size: RoutingCase): Promise<Result> {
  const shape = shapes(size);
  const session = await createSession(recorded(size), { provider: 'cpu', threads: 2 });
  const feeds = {
    scores: floatTensor(size.scores, shape.scores),
    x: floatTensor(size.x, shape.x),
    scale: floatTensor(size.scale, shape.scale),
    dy: floatTensor(size.dy, shape.dy),
  };
  const results = await session.run(
    feeds,
    Object.fromEntries(session.outputNames.map((name) => [name, null])),
  );
  await session.dispose();
  return Object.fromEntries(
    Object.entries(results).map(([name, tensor]) => [name, tensor.data]),
  ) as unknown as Result;
}

function expectEqual(ours: Result, size: RoutingCase): void {
  const naive = naiveRouting(size);
  for (const name of ['ranks', 'kept', 'tokenOfSlot', 'slotOfChoice'] as const) {
    expect([...(ours[name] as Float32Array)], name).toEqual([...(naive[name] as Float32Array)]);
  }
  expect([...(ours.dropped as unknown as Float32Array)]).toEqual([naive.dropped]);
  for (const name of ['y', 'dScores', 'dx', 'dScale'] as const) {
    const [a, b] = [ours[name] as Float32Array, naive[name] as Float32Array];
    expect(a).toHaveLength(b.length);
    expect(relativeDistance(a, b) * Number(b.some((value) => value !== 0)), name).toBeLessThan(1e-5);
    expect(a.every(Number.isFinite)).toBe(true);
  }
}

const named: Array<[string, RoutingCase]> = [
  [
    'nothing overflows',
    routingCase({ tokens: 12, experts: 4, chosen: 2, most: 2, capacity: 12, width: 5 }, 1, 1000, 0),
  ],
  [
    'choices overflow',
    routingCase({ tokens: 24, experts: 4, chosen: 2, most: 2, capacity: 5, width: 3 }, 2, 1000, 0.1),
  ],
  [
    'all tokens choose the same experts, the others stay empty',
    routingCase({ tokens: 10, experts: 6, chosen: 2, most: 2, capacity: 4, width: 3 }, 3, 1000, 2),
  ],
  [
    'equal scores everywhere',
    routingCase({ tokens: 9, experts: 5, chosen: 2, most: 2, capacity: 9, width: 2 }, 4, 1e-9, 0),
  ],
  [
    'fewer chosen than there is room for',
    routingCase({ tokens: 7, experts: 5, chosen: 2, most: 4, capacity: 3, width: 2 }, 5, 3, 0),
  ],
  [
    'one token, one expert, one slot',
    routingCase({ tokens: 1, experts: 1, chosen: 1, most: 1, capacity: 1, width: 1 }, 6, 5, 0),
  ],
  [
    'every expert is chosen',
    routingCase({ tokens: 6, experts: 3, chosen: 3, most: 3, capacity: 2, width: 2 }, 7, 2, 0),
  ],
];

const anyCase = fc
  .record({
    tokens: fc.integer({ min: 1, max: 20 }),
    experts: fc.integer({ min: 1, max: 9 }),
    width: fc.integer({ min: 1, max: 4 }),
    choice: fc.double({ min: 0, max: 1, noNaN: true }),
    spare: fc.integer({ min: 0, max: 2 }),
    capacity: fc.integer({ min: 1, max: 24 }),
    seed: fc.integer({ min: 1, max: 1e6 }),
    levels: fc.constantFrom(1, 2, 5, 1000),
    skew: fc.constantFrom(0, 0.2, 2),
  })
  .map(({ choice, spare, seed, levels, skew, ...size }) => {
    const chosen = 1 + Math.floor(choice * (size.experts - 1));
    return routingCase({ ...size, chosen, most: chosen + spare }, seed, levels, skew);
  });

const runners: Array<[string, () => Promise<string>, (size: RoutingCase) => Promise<Result>]> = [
  ['eager, plain JavaScript', () => startEagerBackend('cpu'), eagerly],
  ['eager, WebAssembly', () => startEagerBackend('wasm'), eagerly],
  ['eager, tfjs-node', () => startEagerBackend('tfjs-node'), eagerly],
  ['recorded, ONNX Runtime', () => startEagerBackend('cpu'), byOnnxRuntime],
];

describe.each(runners)('routing equals plain loops, values and gradients: %s', (_, start, run) => {
  afterAll(async () => {
    await tf.setBackend('cpu');
  });

  test.for(named)('%s', async ([, size], context) => {
    await start().catch((error: Error) => context.skip(error.message));
    expectEqual(await run(size), size);
  });

  test('whatever the sizes, ties and overflow', async (context) => {
    await start().catch((error: Error) => context.skip(error.message));
    await fc.assert(
      fc.asyncProperty(anyCase, async (size) => expectEqual(await run(size), size)),
      { numRuns: 60, seed: 11 },
    );
  });
});

describe('the recorded graph', () => {
  const size = routingCase(
    { tokens: 64, experts: 8, chosen: 2, most: 2, capacity: 20, width: 16 },
    1,
    1000,
    0,
  );

  test('moves data by gathers: nothing is scattered with an addition', () => {
    const operations = recorded(size).nodes.map(({ op }) => op);
    expect(operations).not.toContain('ScatterAddRows');
    // The two integer tables. Scores, tokens and their gradients take no part in a scatter.
    expect(operations.filter((op) => op === 'ScatterElements')).toHaveLength(2);
    expect(operations.filter((op) => op === 'Ranks')).toHaveLength(1);
  });
});

describe('wrong sizes are refused', () => {
  const dispatch = (most: number, capacity: number) => () =>
    (ops as Ops).dispatch(tf.ones([4, 3]), most, capacity);
  test.each([
    ['most', 0, 2],
    ['most', 1.5, 2],
    ['capacity', 2, 0],
    ['capacity', 2, 2.5],
  ])('%s of %d and %d', (name, most, capacity) => {
    expect(dispatch(most, capacity)).toThrow(new RegExp(`${name} is`));
  });
  test('slots beyond what float32 can count', () => {
    expect(dispatch(2, 2 ** 23)).toThrow(/exact below 2\^24/);
  });
});

test('nothing leaks', () => {
  const before = tf.memory().numTensors;
  tf.tidy(() => {
    const size = named[1]![1];
    const { scores, x, scale } = shapes(size);
    const leaves = [tf.tensor(size.scores, scores), tf.tensor(size.x, x), tf.tensor(size.scale, scale)];
    tf.grads((s, v, w) => tf.sum(routedLayer(ops, size, s!, v!, w!).y as tf.Tensor))(leaves);
  });
  expect(tf.memory().numTensors).toBe(before);
});
