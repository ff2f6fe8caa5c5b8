import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { uniforms } from '../random.ts';
import { predictBaseline } from './baselines.ts';
import { combineSets } from './combine.ts';
import { fitMultiPower, multiPowerLoss } from './multiPower.ts';
import { fitPositions, positionLoss } from './position.ts';
import { predictBaselines, predictLoss } from './predict.ts';
import type { Schedule, Trajectory, TrajectoryPoint } from './types.ts';

const schedule: Schedule = {
  kind: 'cosine',
  warmupTokens: 50_000,
  totalTokens: 1_000_000,
  peak: 1e-3,
  minimumRatio: 0.1,
  decayShare: 0.2,
};

function made(meanAt: (tokens: number) => number, noise = 0, plan = schedule): Trajectory {
  const uniform = uniforms(11, 'predict');
  const points = Array.from({ length: 40 }, (_, k): TrajectoryPoint => {
    const tokens = 25_000 * (k + 1);
    const fit = { law: 'hyperbolic' as const, a0: 0.8, a1: 0.4, a2: meanAt(tokens) };
    const loss = Array.from({ length: 32 }, (_, j) => positionLoss(fit, j + 1) + noise * (uniform() - 0.5));
    return { step: 25 * (k + 1), tokens, learningRate: 1e-3, loss };
  });
  return { set: 'validation', points, schedule: plan };
}

const data = made((tokens) => 30 * tokens ** -0.2, 0.02);
const at = [500_000, 1_000_000];
const intervals = { resamples: 40, seed: 1, levels: [0.5, 0.95] };

test('nothing behind the prefix is read', () => {
  const corrupt = (value: number): Trajectory => ({
    ...data,
    points: data.points.map((point) =>
      point.tokens <= 400_000 ? point : { ...point, learningRate: value, loss: point.loss.map(() => value) },
    ),
  });
  for (const options of [{ untilTokens: 400_000 }, { untilStep: 400 }]) {
    const clean = predictLoss(data, at, { ...options, intervals });
    const curves = predictBaselines(data, at, options);
    for (const value of [0, 99, Number.NaN]) {
      expect(predictLoss(corrupt(value), at, { ...options, intervals })).toStrictEqual(clean);
      expect(predictBaselines(corrupt(value), at, options)).toStrictEqual(curves);
    }
    const shorter = { ...data, points: data.points.slice(0, 16) };
    expect(predictLoss(shorter, at, { intervals })).toStrictEqual(clean);
  }
});

test('prediction at the tokens asked for, with intervals around it', () => {
  const prediction = predictLoss(data, at, { untilTokens: 400_000, intervals });
  expect(prediction.at.map(({ tokens }) => tokens)).toEqual(at);
  for (const { loss, low50, high50, low95, high95 } of prediction.at) {
    expect(low95!).toBeLessThanOrEqual(low50!);
    expect(low50!).toBeLessThanOrEqual(loss);
    expect(high50!).toBeGreaterThanOrEqual(loss);
    expect(high95!).toBeGreaterThan(high50!);
  }
  const truth = data.points.at(-1)!.loss.reduce((sum, value) => sum + value, 0) / 32;
  expect(Math.abs(prediction.at[1]!.loss / truth - 1)).toBeLessThan(0.02);
  expect(prediction.identifiable).toBe(false);
  expect(prediction.trust.level).toBe('doubtful');
  expect(prediction.trust.sentence).toContain('late piece of a2');
});

test('trust: good where nothing speaks against it, none where the reach is absurd', () => {
  const plan = { ...schedule, kind: 'constant' as const };
  const steady = made((tokens) => 30 * tokens ** -0.2, 0.02, plan);
  expect(predictLoss(steady, at, { untilTokens: 500_000 }).trust.level).toBe('good');
  const few = predictLoss(steady, [1_000_000], { untilTokens: 175_000 });
  expect(few.trust).toEqual({
    level: 'doubtful',
    sentence: expect.stringMatching(/only [4-6] checkpoints.*5\.7 times/),
  });
  expect(predictLoss(steady, [5e7], { untilTokens: 500_000 }).trust.level).toBe('none');
});

test('predictions stay physical', () => {
  fc.assert(
    fc.property(
      fc.array(fc.double({ min: 0.5, max: 8, noNaN: true }), { minLength: 40, maxLength: 40 }),
      (means) => {
        const wild = made((tokens) => means[tokens / 25_000 - 1]!);
        const prediction = predictLoss(wild, [1e6, 1e8], { untilTokens: 500_000 });
        for (const { loss } of prediction.at) expect(loss).toBeGreaterThanOrEqual(0);
        if (prediction.at.some(({ loss }) => loss === 0)) expect(prediction.trust.level).toBe('none');
      },
    ),
    { numRuns: 25 },
  );
});

describe('baselines', () => {
  const spread =
    0.8 * (Array.from({ length: 32 }, (_, j) => 1 / (1 + 0.4 * (j + 1))).reduce((a, b) => a + b, 0) / 32);
  test.each([
    ['power', (tokens: number) => 60 * tokens ** -0.3 + 0.9],
    ['reciprocal', (tokens: number) => 4 / (1 + 1e-5 * tokens) + 1.1],
    ['log', (tokens: number) => 7 - 0.4 * Math.log(tokens)],
    ['linearLog', (tokens: number) => 7 - 0.4 * Math.log(tokens)],
  ] as const)('%s meets its own curve', (method, curve) => {
    const own = made((tokens) => curve(tokens) - spread);
    const found = predictBaselines(own, at, { untilTokens: 500_000 }).find((one) => one.method === method)!;
    for (const { tokens, loss } of found.at) expect(loss).toBeCloseTo(curve(tokens), 7);
  });

  test('the last value is the last value', () => {
    const own = made((tokens) => 30 * tokens ** -0.2);
    const found = predictBaselines(own, at, { untilTokens: 500_000 }).find(
      (one) => one.method === 'lastValue',
    )!;
    expect(found.at[1]!.loss).toBeCloseTo(30 * 500_000 ** -0.2 + spread, 10);
  });

  test('multi-power: a run that follows the law is predicted through its decay', () => {
    const truth = {
      l0: 1.2,
      a: 0.9,
      alpha: 0.5,
      b: 0.6,
      c: 8,
      beta: 0.6,
      gamma: 0.5,
      objective: 0,
      decaySeen: true,
    };
    const tokens = Array.from({ length: 36 }, (_, k) => 25_000 * (k + 4));
    const losses = multiPowerLoss(truth, tokens, schedule);
    const fit = fitMultiPower(tokens.slice(0, 26), losses.slice(0, 26), schedule);
    expect(fit.decaySeen).toBe(true);
    const predicted = multiPowerLoss(fit, [1_000_000], schedule)[0]!;
    expect(Math.abs(predicted / multiPowerLoss(truth, [1_000_000], schedule)[0]! - 1)).toBeLessThan(0.01);
    // The decay must matter here, or the test says nothing.
    const without = multiPowerLoss({ ...truth, b: 0 }, [1_000_000], schedule)[0]!;
    expect(without / predicted).toBeGreaterThan(1.08);
  });

  test('multi-power before the decay of wsd: says that it cannot tell', () => {
    const series = fitPositions(made((tokens) => 30 * tokens ** -0.2));
    const first = fitPositions({
      ...made((tokens) => 30 * tokens ** -0.2),
      points: made(() => 2).points.slice(0, 16),
    });
    expect(series.tokens.length).toBe(40);
    const prediction = predictBaseline('multiPower', first, { ...schedule, kind: 'wsd' }, at);
    expect(prediction.identifiable).toBe(false);
    expect(prediction.trust.sentence).toContain('has not fallen');
  });
});

describe('combineSets', () => {
  const one = { set: 'one', points: data.points.slice(0, 3) };
  const two = {
    set: 'two',
    points: data.points
      .slice(1, 4)
      .map((point) => ({ ...point, loss: point.loss.map((value) => value + 1) })),
  };

  test('averages by weight at common steps', () => {
    const combined = combineSets([one, two], { one: 3, two: 1 });
    expect(combined.map(({ step }) => step)).toEqual([50, 75]);
    for (const [i, value] of combined[0]!.loss.entries()) {
      expect(value).toBeCloseTo(data.points[1]!.loss[i]! + 0.25, 12);
    }
  });

  test('standard errors add in squares', () => {
    const points = [{ ...data.points[0]!, standardError: data.points[0]!.loss.map(() => 0.2) }];
    const combined = combineSets(
      [
        { set: 'one', points },
        { set: 'two', points },
      ],
      { one: 1, two: 1 },
    );
    expect(combined[0]!.standardError![0]).toBeCloseTo(0.2 / Math.SQRT2, 12);
  });

  test('errors name the set and the weight', () => {
    expect(() => combineSets([one], { three: 1 })).toThrow(/weights\.three.*there are one/);
    expect(() => combineSets([one], { one: 0 })).toThrow(/sum to 0/);
    expect(() => combineSets([one], { one: -1 })).toThrow(/weights\.one is -1/);
  });
});
