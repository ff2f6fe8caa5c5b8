import * as tf from '@tensorflow/tfjs-core';
import { afterAll, describe, expect, test } from 'vitest';
import {
  adamw,
  everyTerm,
  smallArchitecture,
  smallBatch,
  smallShape,
  smallState,
  sourceOf,
} from '../testing.ts';
import { type EagerBackendName, eagerReport, startEagerBackend } from './backend.ts';
import { createEagerTrainer } from './trainer.ts';

const device = { name: 'eager', reason: 'test' } as const;

afterAll(async () => {
  await tf.setBackend('cpu');
});

describe.each(['cpu', 'wasm'] as const)('eager on %s', (backend: EagerBackendName) => {
  test.each(['dense', 'finedeep', 'dsmoe', 'moe', 'random', 'hash', 'cartesianmoe', 'uniattn'])(
    '%s: as many tensors after step 10 as after step 3',
    async (name) => {
      expect(await startEagerBackend(backend)).toBe(backend);
      const sharing = { kind: 'uniattn', groupSize: 2, begin: 0, end: 2 };
      const architecture =
        name === 'uniattn' ? smallArchitecture('dense', 2, false, { sharing }) : smallArchitecture(name);
      const before = tf.memory().numTensors;
      const trainer = createEagerTrainer({
        ...sourceOf(architecture),
        device,
        settings: { ...adamw, objective: everyTerm },
      });
      await trainer.writeState(smallState(architecture));
      const counts: number[] = [];
      const losses: number[] = [];
      for (let step = 1; step <= 10; step++) {
        losses.push((await trainer.step([smallBatch(architecture, smallShape, 1)], 1e-2)).loss);
        counts.push(tf.memory().numTensors);
      }
      await trainer.evaluate(smallBatch(architecture, smallShape, 2));
      await trainer.probe(smallBatch(architecture, smallShape, 2));
      await trainer.probe(smallBatch(architecture, smallShape, 2), 'attention');
      await trainer.logits(smallBatch(architecture, smallShape, 2).inputs);
      counts.push(tf.memory().numTensors);
      expect(counts[9]).toBe(counts[2]);
      expect(counts[10]).toBe(counts[2]);
      expect(losses[9]).toBeLessThan(losses[0]!);
      await trainer.dispose();
      expect(tf.memory().numTensors).toBe(before);
    },
  );
});

test('the report says what the eager device runs on, and why not on tfjs-node-gpu', async () => {
  const report = await eagerReport();
  expect(report).toMatchObject({ name: 'eager', available: true });
  expect(report.reason).toMatch(/tfjs-node-gpu/);
});

test('a native backend that is not installed is refused with the name of the package', async (context) => {
  const report = await eagerReport();
  if (report.kind === 'gpu') context.skip('tfjs-node-gpu is installed here');
  await expect(startEagerBackend('tfjs-node-gpu')).rejects.toThrow(/tfjs-node-gpu/);
});
