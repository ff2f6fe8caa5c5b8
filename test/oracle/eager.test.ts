/** The model code, run eagerly on TensorFlow.js's plain cpu backend, equals PyTorch. */
import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, test } from 'vitest';
import { createOps } from '../../src/main/engine/ops/index.ts';
import { lossTerms } from '../../src/main/engine/step/loss.ts';
import { bufferSpecs, forward, parameterSpecs } from '../../src/shared/methods/languageModel.ts';
import type { Tensor } from '../../src/shared/methods/ops.ts';
import { tidily } from './block.ts';
import {
  batchOf,
  expectAfterTraining,
  expectGradients,
  expectScalars,
  type Fixture,
  fixtureNames,
  initialWeights,
  norm,
  readFixture,
  relativeDistance,
} from './fixture.ts';

const ops = createOps();

beforeAll(async () => {
  await tf.setBackend('cpu');
});

type Weights = Map<string, Float32Array>;

/** Logits, losses, reports and gradients of one batch. */
function run(
  fixture: Fixture,
  weights: Weights,
  step: number,
  training = true,
  context = fixture.architecture.context,
) {
  return tidily(() => {
    const { architecture, batch, objective } = fixture;
    const specs = parameterSpecs(architecture);
    const { inputs, targets, mask } = batchOf(fixture, step, context);
    const counted = mask ?? new Float32Array(inputs.length).fill(1);
    const positions = counted.reduce((sum, value) => sum + value, 0);
    const values = specs.map((spec) => tf.tensor(weights.get(spec.name)!, [...spec.shape]));
    const buffers = new Map(bufferSpecs(architecture).map(({ name, shape }) => [name, shape]));
    let draws = 0;
    let logits = new Float32Array();
    let scalars: Parameters<typeof expectScalars>[1] | undefined;
    const read = (x: Tensor) => (x as tf.Tensor).dataSync()[0]!;
    const record = (map: ReadonlyMap<string, Tensor>) =>
      Object.fromEntries([...map].map(([name, value]) => [name, read(value)]));
    const totalLoss = (...parameters: tf.Tensor[]): tf.Tensor => {
      const named = Object.fromEntries(specs.map((spec, index) => [spec.name, parameters[index]!]));
      const result = forward(ops, architecture, named, tf.tensor1d(inputs, 'int32'), {
        batch,
        context,
        training,
        buffers: (name) => tf.tensor(fixture.buffers.get(name)!, [...buffers.get(name)!]),
        uniform: (shape) => {
          const numbers = new Float32Array(shape.reduce((product, size) => product * size, 1));
          fixture.noise({ step: training ? step : 0, microBatch: 0, index: draws++ }, numbers);
          return tf.tensor(numbers, [...shape]);
        },
      });
      logits = (result.logits as tf.Tensor).dataSync<'float32'>() as Float32Array<ArrayBuffer>;
      const shares = tf.tensor(counted.map((value) => value / positions));
      const terms = lossTerms(ops, result, objective, tf.tensor1d(targets, 'int32'), shares, null);
      scalars = {
        loss: read(terms.loss),
        objective: read(terms.objective),
        totalLoss: read(terms.total),
        auxiliary: record(terms.auxiliary),
        reports: record(terms.reports),
      };
      return terms.total;
    };
    const { grads } = tf.valueAndGrads(totalLoss)(values);
    const gradients = new Map(specs.map((spec, i) => [spec.name, Float32Array.from(grads[i]!.dataSync())]));
    return { logits, scalars: scalars!, gradients };
  });
}

/** AdamW as PyTorch writes it, in double precision: decay first, then the bias-corrected update. */
function adamW(fixture: Fixture, weights: Weights, moments: Map<string, [Float64Array, Float64Array]>) {
  const { beta1, beta2, epsilon, weightDecay, clip } = fixture.optimiser;
  return (gradients: ReadonlyMap<string, Float32Array>, step: number): number => {
    const gradientNorm = norm([...gradients.values()].map(norm));
    const scale = Math.min(1, clip / (gradientNorm + 1e-6));
    const rate = fixture.learningRates[step]!;
    for (const spec of parameterSpecs(fixture.architecture)) {
      const p = weights.get(spec.name)!;
      const g = gradients.get(spec.name)!;
      const [m, v] = moments.get(spec.name) ?? [new Float64Array(p.length), new Float64Array(p.length)];
      moments.set(spec.name, [m, v]);
      for (let i = 0; i < p.length; i++) {
        m[i] = beta1 * m[i]! + (1 - beta1) * g[i]! * scale;
        v[i] = beta2 * v[i]! + (1 - beta2) * (g[i]! * scale) ** 2;
        const first = m[i]! / (1 - beta1 ** (step + 1));
        const second = v[i]! / (1 - beta2 ** (step + 1));
        const kept = spec.decay ? p[i]! * (1 - rate * weightDecay) : p[i]!;
        p[i] = kept - (rate * first) / (Math.sqrt(second) + epsilon);
      }
    }
    return gradientNorm;
  };
}

describe.each(fixtureNames)('%s', (name) => {
  const fixture = readFixture(name);

  test('logits, losses and every gradient', () => {
    const weights = initialWeights(fixture);
    const result = run(fixture, weights, 0);
    expect(relativeDistance(result.logits, fixture.tensors.get('logits')!)).toBeLessThan(1e-4);
    expectScalars(fixture, result.scalars);
    expectGradients(fixture, result.gradients);
    const inference = run(fixture, weights, 0, false);
    expect(relativeDistance(inference.logits, fixture.tensors.get('inferenceLogits')!)).toBeLessThan(1e-4);
  });

  test('ten AdamW steps', () => {
    const weights = initialWeights(fixture);
    const apply = adamW(fixture, weights, new Map());
    fixture.losses.forEach((expected, step) => {
      const result = run(fixture, weights, step);
      expect(result.scalars.loss / expected, `loss of step ${step}`).toBeCloseTo(1, 4);
      expect(apply(result.gradients, step) / fixture.gradientNorms[step]!).toBeCloseTo(1, 3);
    });
    expectAfterTraining(fixture, weights, 1e-2);
  });
});
