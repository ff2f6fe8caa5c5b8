import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { afterAll, describe, expect, test } from 'vitest';
import type { Ops } from '../../../shared/methods/ops.ts';
import { startEagerBackend } from '../eager/backend.ts';
import { relativeDistance } from '../testing.ts';
import { createOps } from './index.ts';
import {
  naiveRouting,
  type RoutingCase,
  type RoutingResult,
  recordRouting,
  routedLayer,
  routingCase,
  routingCases,
  routingShapes,
  routingTensors,
  runRouting,
} from './routingTesting.ts';

const ops = createOps();

async function eagerly(size: RoutingCase): Promise<RoutingResult> {
  const shape = routingShapes(size);
  const inputs = [
    tf.tensor(size.scores, shape.scores),
    tf.tensor(size.x, shape.x),
    tf.tensor(size.scale, shape.scale),
    tf.tensor(size.dy, shape.dy),
  ] as const;
  const tensors = routingTensors(size, ...inputs);
  return Object.fromEntries(
    Object.entries(tensors).map(([name, tensor]) => [name, tensor.dataSync()]),
  ) as unknown as RoutingResult;
}

function expectEqual(ours: RoutingResult, size: RoutingCase): void {
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

const runners: Array<[string, () => Promise<string>, (size: RoutingCase) => Promise<RoutingResult>]> = [
  ['eager, plain JavaScript', () => startEagerBackend('cpu'), eagerly],
  ['eager, WebAssembly', () => startEagerBackend('wasm'), eagerly],
  ['recorded, ONNX Runtime', () => startEagerBackend('cpu'), (size) => runRouting(size, 'cpu')],
];

const missing = await startEagerBackend('tfjs-node').then(
  () => null,
  (error: Error) => error.message.split('\n')[0]!,
);
if (missing === null) runners.push(['eager, tfjs-node', () => startEagerBackend('tfjs-node'), eagerly]);
else test('routing: eager, tfjs-node', (context) => context.skip(missing));

describe.each(runners)('routing equals plain loops, values and gradients: %s', (_, start, run) => {
  afterAll(async () => {
    await tf.setBackend('cpu');
  });

  test.for(routingCases)('%s', async ([, size]) => {
    await start();
    expectEqual(await run(size), size);
  });

  test('whatever the sizes, ties and overflow', async () => {
    await start();
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
    const operations = recordRouting(size).nodes.map(({ op }) => op);
    expect(operations).not.toContain('ScatterAddRows');
    // The two integer tables. Scores, tokens and their gradients take no part in a scatter.
    expect(operations.filter((op) => op === 'ScatterElements')).toHaveLength(2);
    expect(operations.filter((op) => op === 'Ranks')).toHaveLength(1);
  });
});

describe('scores of a diverged run, NaN here and there', () => {
  const size = routingCase(
    { tokens: 50, experts: 40, chosen: 3, most: 3, capacity: 4, width: 2 },
    8,
    1000,
    0,
  );
  const diverged = {
    ...size,
    scores: size.scores.map((score, i) => ((i * 7) % 11 < 4 ? Number.NaN : score)),
  };
  test.each(runners.filter(([name]) => !name.includes('node')))(
    'leave every index inside its table: %s',
    async (_, start, run) => {
      await start();
      const { tokenOfSlot, slotOfChoice, kept } = await run(diverged);
      const [tokens, slots] = [[...(tokenOfSlot as Int32Array)], [...(slotOfChoice as Int32Array)]];
      expect(tokens.every((token) => token >= 0 && token <= size.tokens)).toBe(true);
      expect(slots.every((slot) => slot >= 0 && slot <= size.experts * size.capacity)).toBe(true);
      const used = tokens.filter((token) => token < size.tokens).length;
      expect([...(kept as Float32Array)].filter((value) => value === 1)).toHaveLength(used);
    },
  );
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
    const [, size] = routingCases[1]!;
    const { scores, x, scale } = routingShapes(size);
    const leaves = [tf.tensor(size.scores, scores), tf.tensor(size.x, x), tf.tensor(size.scale, scale)];
    tf.grads((s, v, w) => tf.sum(routedLayer(ops, size, s!, v!, w!).y as tf.Tensor))(leaves);
  });
  expect(tf.memory().numTensors).toBe(before);
});
