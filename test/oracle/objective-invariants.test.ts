/**
 * What must hold of the objective by algebra (TaiLr, label smoothing, z-loss), for random logits. Numbers in names count
 * the invariants of the method.
 */
import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { createOps } from '../../src/main/engine/ops/index.ts';
import {
  maximumLikelihood,
  type Objective,
  type ObjectiveTerms,
  objectiveTerms,
  tailrWeight,
} from '../../src/shared/methods/objective.ts';
import type { Tensor } from '../../src/shared/methods/ops.ts';
import { tidily } from './block.ts';
import { relativeDistance } from './fixture.ts';

const ops = createOps();

beforeAll(async () => {
  await tf.setBackend('cpu');
});

const tailr = (rest: Partial<Objective> = {}): Objective => ({
  ...maximumLikelihood,
  loss: 'tailr',
  minWeight: 0,
  ...rest,
});

interface Case {
  readonly logits: number[][]; // [N][V]
  readonly targets: number[];
}

const cases: fc.Arbitrary<Case> = fc
  .record({ N: fc.integer({ min: 1, max: 5 }), V: fc.integer({ min: 2, max: 6 }) })
  .chain(({ N, V }) =>
    fc.record({
      logits: fc.array(
        fc.array(fc.double({ min: -6, max: 6, noNaN: true }), { minLength: V, maxLength: V }),
        { minLength: N, maxLength: N },
      ),
      targets: fc.array(fc.nat({ max: V - 1 }), { minLength: N, maxLength: N }),
    }),
  );

const gammas = fc.double({ min: 0.01, max: 0.99, noNaN: true });

type Value = keyof ObjectiveTerms;

/** A scalar of the objective and its gradient towards the logits. `counted`: positions that count, by default all. */
function valueAndGradient(
  objective: Objective,
  { logits, targets }: Case,
  which: Value = 'objective',
  counted: readonly number[] = targets.map(() => 1),
): { value: number; gradient: Float32Array } {
  const count = counted.reduce((sum, mask) => sum + mask, 0);
  return differentiate(logits, (x) => {
    const ids = tf.tensor(targets, [targets.length], 'int32');
    const weights = tf.tensor(counted.map((mask) => mask / count));
    return objectiveTerms(ops, objective, x, ids, weights)[which]!;
  });
}

function differentiate(
  logits: number[][],
  compute: (logits: tf.Tensor) => Tensor,
): { value: number; gradient: Float32Array } {
  return tidily(() => {
    const { value, grad } = tf.valueAndGrad((x) => compute(x) as tf.Tensor)(tf.tensor2d(logits));
    return { value: value.dataSync()[0]!, gradient: Float32Array.from(grad.dataSync()) };
  });
}

/** Mean over tokens of f(p), p the probability of the target, differentiated through softmax by the library. */
function meanOfProbability({ logits, targets }: Case, f: (p: tf.Tensor) => tf.Tensor) {
  return differentiate(logits, (x) => {
    const ids = tf.tensor(targets, [targets.length], 'int32');
    const p = tf.sum(tf.mul(tf.softmax(x), tf.oneHot(ids, logits[0]!.length)), 1);
    return tf.mean(f(p));
  });
}

/** Probabilities of a row in double precision. */
function softmax(row: readonly number[]): number[] {
  const largest = Math.max(...row);
  const exponentials = row.map((x) => Math.exp(x - largest));
  const sum = exponentials.reduce((total, x) => total + x, 0);
  return exponentials.map((x) => x / sum);
}

const mean = (xs: readonly number[]) => xs.reduce((sum, x) => sum + x, 0) / xs.length;

describe('TaiLr', () => {
  test.each([1e-7, 0.1, 0.5, 0.8])(
    '1: unclamped, the gradient is that of -log(gamma + (1 - gamma) p) / (1 - gamma), gamma %d',
    (gamma) => {
      fc.assert(
        fc.property(cases, (sample) => {
          const ours = valueAndGradient(tailr({ gamma }), sample).gradient;
          const theirs = meanOfProbability(sample, (p) =>
            tf.div(tf.log(tf.add(tf.mul(p, 1 - gamma), gamma)), gamma - 1),
          ).gradient;
          expect(relativeDistance(ours, theirs)).toBeLessThan(1e-5);
        }),
      );
    },
  );

  test.each([
    [1e-7, -33.3333],
    [0.1, -7.87402],
    [0.8, -1.24069],
  ])('1: the derivative by p at p = 0.03, gamma %d, is %d', (gamma, expected) => {
    const p = 0.03;
    const sample = { logits: [[Math.log(p), Math.log(1 - p)]], targets: [0] };
    // dp/dlogit of the target is p (1 - p).
    const slope = valueAndGradient(tailr({ gamma }), sample).gradient[0]! / (p * (1 - p));
    expect(Math.abs(slope / expected - 1)).toBeLessThan(1e-4);
  });

  test('2: gamma = 0 and minWeight = 1 are cross-entropy bit for bit', () => {
    fc.assert(
      fc.property(cases, (sample) => {
        const expected = valueAndGradient(maximumLikelihood, sample, 'nextToken');
        for (const options of [tailr({ gamma: 0 }), tailr({ gamma: 0.4, minWeight: 1 }), maximumLikelihood]) {
          expect(valueAndGradient(options, sample)).toEqual(expected);
        }
      }),
    );
  });

  test('2: gamma = 1 without a smallest weight has the gradient of -p', () => {
    fc.assert(
      fc.property(cases, (sample) => {
        const ours = valueAndGradient(tailr({ gamma: 1 }), sample).gradient;
        const theirs = meanOfProbability(sample, (p) => tf.neg(p)).gradient;
        ours.forEach((value, i) => {
          expect(Math.abs(value - theirs[i]!)).toBeLessThan(1e-6);
        });
      }),
    );
  });

  const weightsOf = (objective: Objective, negativeLogs: readonly number[]) =>
    tidily(() => [...(tailrWeight(ops, objective, tf.tensor1d([...negativeLogs])) as tf.Tensor).dataSync()]);

  test('3: the weight lies in [minWeight, 1], rises with p, falls with gamma, and is 1 at p = 1', () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: 0, max: 69, noNaN: true }), { minLength: 2, maxLength: 8 }),
        gammas,
        gammas,
        fc.double({ min: 0, max: 0.99, noNaN: true }),
        (negativeLogs, gamma, otherGamma, minWeight) => {
          const sorted = negativeLogs.toSorted((a, b) => a - b).map(Math.fround); // p falls
          const [small, large] = [Math.min(gamma, otherGamma), Math.max(gamma, otherGamma)];
          const weights = weightsOf(tailr({ gamma: small, minWeight }), sorted);
          const others = weightsOf(tailr({ gamma: large, minWeight }), sorted);
          weights.forEach((weight, i) => {
            const p = Math.exp(-sorted[i]!);
            const exact = Math.min(1, Math.max(minWeight, p / (small + (1 - small) * p)));
            expect(Math.abs(weight - exact)).toBeLessThan(1e-5 * exact + 1e-30);
            expect(weight).toBeGreaterThanOrEqual(Math.fround(minWeight));
            expect(weight).toBeLessThanOrEqual(i === 0 ? 1 : weights[i - 1]!);
            expect(others[i]!).toBeLessThanOrEqual(weight * (1 + 1e-6));
          });
          expect(weightsOf(tailr({ gamma, minWeight }), [0])).toEqual([1]);
        },
      ),
    );
  });

  test('3: no NaN for p down to 1e-30 and beyond, in weight and gradient', () => {
    const negativeLogs = [0, 1, 69.1, 88, 89, 200, 1e4];
    for (const gamma of [1e-7, 0.1, 1]) {
      const weights = weightsOf(tailr({ gamma }), negativeLogs);
      expect(weights.every((weight) => weight >= 0 && weight <= 1)).toBe(true);
      expect(weightsOf(tailr({ gamma, minWeight: 0.3 }), negativeLogs).at(-1)).toBeCloseTo(0.3, 6);
      const extreme = { logits: [[0, 300, -50]], targets: [2] };
      const { value, gradient } = valueAndGradient(tailr({ gamma, minWeight: 0.2 }), extreme);
      expect(value).toBeCloseTo(0.2 * 350, 3);
      expect([...gradient].every(Number.isFinite)).toBe(true);
    }
  });

  test('4: the weight carries no gradient: it only scales the gradient of cross-entropy', () => {
    fc.assert(
      fc.property(cases, gammas, (sample, gamma) => {
        const ours = valueAndGradient(tailr({ gamma, minWeight: 0.3 }), sample).gradient;
        const expected = sample.logits.flatMap((row, n) => {
          const p = softmax(row);
          const target = sample.targets[n]!;
          const weight = Math.min(1, Math.max(0.3, p[target]! / (gamma + (1 - gamma) * p[target]!)));
          return p.map((share, v) => (weight * (share - (v === target ? 1 : 0))) / sample.logits.length);
        });
        expect(relativeDistance(ours, Float32Array.from(expected))).toBeLessThan(1e-5);
      }),
    );
  });
});

const objectives = fc.record({
  loss: fc.constantFrom('mle' as const, 'tailr' as const),
  gamma: fc.double({ min: 0, max: 1, noNaN: true }),
  minWeight: fc.double({ min: 0, max: 1, noNaN: true }),
  labelSmoothing: fc.double({ min: 0, max: 1, noNaN: true }),
  zLoss: fc.double({ min: 1e-4, max: 1, noNaN: true }),
});

describe('label smoothing, z-loss and padding', () => {
  test('the objective is (1 - eps) weight (-log p) + eps / V sum_v(-log p_v); the loss stays plain', () => {
    fc.assert(
      fc.property(cases, objectives, (sample, objective) => {
        const { loss, gamma, minWeight, labelSmoothing: eps, zLoss } = objective;
        const rows = sample.logits.map((row, n) => {
          const logs = softmax(row).map((share) => -Math.log(share));
          const own = logs[sample.targets[n]!]!;
          const p = Math.exp(-own);
          const weight = loss === 'mle' ? 1 : Math.min(1, Math.max(minWeight, p / (gamma + (1 - gamma) * p)));
          const logZ = own + row[sample.targets[n]!]!;
          return { own, smoothed: (1 - eps) * weight * own + eps * mean(logs), square: logZ ** 2 };
        });
        const close = (which: Value, expected: number) => {
          const { value } = valueAndGradient(objective, sample, which);
          expect(Math.abs(value - expected)).toBeLessThan(1e-5 * (1 + Math.abs(expected)));
        };
        close('nextToken', mean(rows.map(({ own }) => own)));
        close('objective', mean(rows.map(({ smoothed }) => smoothed)));
        close('outputZ', zLoss * mean(rows.map(({ square }) => square)));
      }),
    );
  });

  test('4: padding contributes 0 and is not counted', () => {
    fc.assert(
      fc.property(cases, objectives, fc.nat({ max: 5 }), (sample, objective, place) => {
        const at = place % (sample.targets.length + 1);
        const padded: Case = {
          logits: sample.logits.toSpliced(
            at,
            0,
            sample.logits[0]!.map((_, v) => 3 * v - 4),
          ),
          targets: sample.targets.toSpliced(at, 0, 0),
        };
        const counted = sample.targets.map(() => 1).toSpliced(at, 0, 0);
        const V = sample.logits[0]!.length;
        for (const which of ['nextToken', 'objective', 'outputZ'] as const) {
          const short = valueAndGradient(objective, sample, which);
          const long = valueAndGradient(objective, padded, which, counted);
          expect(long.value).toBeCloseTo(short.value, 5);
          expect([...long.gradient.subarray(at * V, (at + 1) * V)].every((slope) => slope === 0)).toBe(true);
          const kept = [...long.gradient].toSpliced(at * V, V);
          expect(relativeDistance(Float32Array.from(kept), short.gradient)).toBeLessThan(1e-5);
        }
      }),
    );
  });

  test('4: eps = 1 leaves the uniform term only: targets do not matter', () => {
    fc.assert(
      fc.property(cases, gammas, (sample, gamma) => {
        const objective = tailr({ gamma, labelSmoothing: 1 });
        const { value, gradient } = valueAndGradient(objective, sample);
        expect(value).toBeCloseTo(
          mean(sample.logits.map((row) => mean(softmax(row).map((p) => -Math.log(p))))),
          4,
        );
        const others = { ...sample, targets: sample.targets.map(() => 0) };
        expect(valueAndGradient(objective, others).gradient).toEqual(gradient);
      }),
    );
  });

  test('without options nothing is added: objective and loss are one tensor, and there is no z term', () => {
    tidily(() => {
      const [logits, targets, weights] = [tf.zeros([2, 3]), tf.tensor([0, 1], [2], 'int32'), tf.ones([2])];
      const terms = objectiveTerms(ops, maximumLikelihood, logits, targets, weights);
      expect(terms.objective).toBe(terms.nextToken);
      expect(terms.outputZ).toBeNull();
    });
  });
});
