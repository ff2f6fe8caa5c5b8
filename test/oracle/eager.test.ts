/** The model code, run eagerly on TensorFlow.js's plain cpu backend, equals PyTorch. */
import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, test } from 'vitest';
import { createOps } from '../../src/main/engine/ops/index.ts';
import { forward, parameterSpecs } from '../../src/shared/methods/languageModel.ts';
import { tidily } from './block.ts';
import {
  batchOf,
  expectAfterTraining,
  expectGradients,
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

/** Logits, loss, total loss and gradients of one batch. */
function run(fixture: Fixture, weights: Weights, step: number, training = true) {
  return tidily(() => {
    const specs = parameterSpecs(fixture.architecture);
    const { inputs, targets } = batchOf(fixture, step);
    const values = specs.map((spec) => tf.tensor(weights.get(spec.name)!, [...spec.shape]));
    const ids = tf.tensor1d(inputs, 'int32');
    const targetIds = tf.tensor1d(targets, 'int32');
    let logits = new Float32Array();
    let loss = 0;
    const auxiliary: Record<string, number> = {};
    const totalLoss = (...parameters: tf.Tensor[]): tf.Tensor => {
      const result = forward(
        ops,
        fixture.architecture,
        Object.fromEntries(specs.map((spec, index) => [spec.name, parameters[index]!])),
        ids,
        { batch: fixture.batch, context: fixture.architecture.context, training },
      );
      let total = ops.mean(ops.crossEntropy(result.logits, targetIds)) as tf.Tensor;
      logits = (result.logits as tf.Tensor).dataSync<'float32'>() as Float32Array<ArrayBuffer>;
      loss = total.dataSync()[0]!;
      for (const [name, value] of result.auxiliary) {
        auxiliary[name] = (value as tf.Tensor).dataSync()[0]!;
        total = ops.add(total, value) as tf.Tensor;
      }
      return total;
    };
    const { value, grads } = tf.valueAndGrads(totalLoss)(values);
    const gradients = new Map(specs.map((spec, i) => [spec.name, Float32Array.from(grads[i]!.dataSync())]));
    return { logits, loss, total: value.dataSync()[0]!, auxiliary, gradients };
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
    expect(result.loss / fixture.losses[0]!).toBeCloseTo(1, 5);
    expect(result.total / fixture.totalLosses[0]!).toBeCloseTo(1, 5);
    expect(Object.keys(result.auxiliary)).toEqual(Object.keys(fixture.auxiliary));
    for (const [key, value] of Object.entries(fixture.auxiliary)) {
      expect(result.auxiliary[key]! / value).toBeCloseTo(1, 5);
    }
    expectGradients(fixture, result.gradients);
    const inference = run(fixture, weights, 0, false);
    expect(relativeDistance(inference.logits, fixture.tensors.get('inferenceLogits')!)).toBeLessThan(1e-4);
  });

  test('ten AdamW steps', () => {
    const weights = initialWeights(fixture);
    const apply = adamW(fixture, weights, new Map());
    fixture.losses.forEach((expected, step) => {
      const result = run(fixture, weights, step);
      expect(result.loss / expected, `loss of step ${step}`).toBeCloseTo(1, 4);
      expect(apply(result.gradients, step) / fixture.gradientNorms[step]!).toBeCloseTo(1, 3);
    });
    expectAfterTraining(fixture, weights, 1e-2);
  });
});
