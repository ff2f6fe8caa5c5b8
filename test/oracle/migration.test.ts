/** A document of version 1, with what PyTorch computed from it when version 1 was the newest. */
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, expect, test } from 'vitest';
import { batchOf, initialWeights, readFixture, relativeDistance } from './fixture.ts';
import { runModel } from './model.ts';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

// Written by make_fixtures.py at commit 8e2c7b2; rotaryBase 100, which shows in every number.
const fixture = readFixture('../../fixtures/architecture-version-1');

test('a version-1 document migrates and computes the same', () => {
  const { architecture } = fixture;
  expect(architecture.version).toBe(2);
  expect(architecture.blocks.map(({ attention }) => attention.position)).toEqual(
    architecture.blocks.map(() => ({ kind: 'rope', base: 100 })),
  );
  expect(architecture.sharing).toEqual({ kind: 'none' });
  const { inputs } = batchOf(fixture, 0);
  const { logits } = runModel(architecture, new Map(initialWeights(fixture)), {
    batch: fixture.batch,
    inputs,
  });
  expect(relativeDistance(logits, fixture.tensors.get('inferenceLogits')!)).toBeLessThan(1e-5);
});
