import { describe, expect, test } from 'vitest';
import { uniforms } from '../random.ts';
import { a0Registry, a1Registry, a2Registry } from './forms.ts';
import { fitPositions, meanLoss, positionLoss, prefixOf } from './position.ts';
import { annealedShare } from './schedule.ts';
import { evaluateTemporal, fitTemporal } from './temporal.ts';
import { type A2Form, a2Forms, type LawOptions, type Schedule, type Trajectory } from './types.ts';

const cosine: Schedule = {
  kind: 'cosine',
  warmupTokens: 50_000,
  totalTokens: 1_000_000,
  peak: 1e-3,
  minimumRatio: 0.1,
  decayShare: 0.2,
};
const n = 64;
const grid = Array.from({ length: 50 }, (_, k) => 20_000 * (k + 1));

type Curve = (tokens: number) => number;
const a0Curves = {
  log: (tokens: number) => 0.4 * Math.log(tokens) - 3.5,
  logShifted: (tokens: number) => 0.7 * Math.log1p(3e-5 * tokens) + 0.1,
};
const a1Curves = {
  hyperbolic: (tokens: number) => 0.5 / (1 + 8e-6 * tokens) + 0.1,
  constant: () => 0.3,
};
const separation = 412_345;
const cos: Curve = (tokens) => Math.cos((Math.PI * (tokens - 50_000)) / 950_000);
const late =
  (early: Curve, term: Curve, by: number): Curve =>
  (tokens) =>
    early(Math.min(tokens, separation)) + (tokens > separation ? by * (term(tokens) - term(separation)) : 0);
const share: Curve = (tokens) => annealedShare(cosine, tokens);
const a2Curves: Record<A2Form, Curve> = {
  powerThenCos: late((tokens) => 40 * tokens ** -0.2, cos, 0.4),
  logThenCos: late((tokens) => 7 - 0.35 * Math.log(tokens), cos, 0.5),
  hyperbolicThenCos: late((tokens) => 3 / (1 + 9e-6 * tokens) + 1.5, cos, 0.8),
  logThenSchedule: late((tokens) => 7 - 0.35 * Math.log(tokens), share, 0.9),
  logPlusSchedule: (tokens) => 6 - 0.3 * Math.log(tokens) + 0.6 * share(tokens),
};

function trajectory(a0: Curve, a1: Curve, a2: Curve, schedule = cosine, noise: Curve = () => 0): Trajectory {
  const points = grid.map((tokens, k) => {
    const fit = {
      law: 'hyperbolic' as const,
      a0: a0(tokens),
      a1: a1(tokens),
      a2: a2(tokens) + noise(tokens),
    };
    const loss = Array.from({ length: n }, (_, j) => positionLoss(fit, j + 1));
    return { step: k + 1, tokens, learningRate: 1e-3, loss };
  });
  return { set: 'validation', points, schedule };
}

const end = { tokens: 1_000_000 };
function predictedEnd(data: Trajectory, until: number, options: LawOptions) {
  const fit = fitTemporal(prefixOf(fitPositions(data), until), data.schedule, options);
  return { fit, ...evaluateTemporal(fit, end.tokens, { schedule: data.schedule, options }) };
}

describe('series without noise, all pieces in the prefix', () => {
  const cases = a2Forms.flatMap((a2Form) =>
    (['log', 'logShifted'] as const).flatMap((a0Form) =>
      (['hyperbolic', 'constant'] as const).map((a1Form) => ({ a0Form, a1Form, a2Form })),
    ),
  );
  test.each(cases)('$a0Form, $a1Form, $a2Form', (options) => {
    const [a0, a1, a2] = [a0Curves[options.a0Form], a1Curves[options.a1Form], a2Curves[options.a2Form]];
    const data = trajectory(a0, a1, a2);
    const found = predictedEnd(data, 700_000, options);
    const truth = { law: 'hyperbolic' as const, a0: a0(1e6), a1: a1(1e6), a2: a2(1e6) };
    expect(Math.abs(found.loss - meanLoss(truth, n))).toBeLessThan(1e-8);
    if (options.a2Form !== 'logPlusSchedule') {
      expect('tokens' in found.fit.separation && found.fit.separation.tokens / separation).toBeCloseTo(1, 6);
    }
  });

  test('the choice of forms finds the ones that made the data', () => {
    const data = trajectory(
      a0Curves.logShifted,
      a1Curves.hyperbolic,
      (tokens) => 7 - 0.35 * Math.log(tokens),
      {
        ...cosine,
        kind: 'constant',
      },
    );
    const { fit } = predictedEnd(data, 700_000, {});
    expect([fit.a0.chosen.form, fit.a1.chosen.form]).toEqual(['logShifted', 'hyperbolic']);
    expect(fit.a2.chosen.form).toMatch(/^logThen/);
    expect(fit.a2.candidates.map(({ form }) => form)).toEqual(a2Forms);
  });
});

describe('the separation', () => {
  const options: LawOptions = { a0Form: 'log', a1Form: 'constant', a2Form: 'logThenCos' };
  const data = trajectory(a0Curves.log, a1Curves.constant, a2Curves.logThenCos);

  test('behind the prefix: not identifiable, and no cosine piece', () => {
    const { fit } = predictedEnd(data, 400_000, options);
    expect(fit.separation).toEqual({ notIdentifiable: expect.stringContaining('400000 tokens') });
    expect(fit.a2.chosen.parameters).not.toHaveProperty('separation');
    expect(fit.a2.chosen.coefficients[2]).toBe(0);
  });

  test('a2 is continuous there', () => {
    const { fit } = predictedEnd(data, 800_000, options);
    const at = 'tokens' in fit.separation ? fit.separation.tokens : Number.NaN;
    const [before, after] = [at * (1 - 1e-13), at * (1 + 1e-13)].map(
      (tokens) => evaluateTemporal(fit, tokens, { schedule: cosine, options }).a2,
    );
    expect(Math.abs(before! - after!)).toBeLessThan(1e-9);
    const { gamma0, gamma1, gamma2, gamma3 } = fit.a2.chosen.parameters as Record<string, number>;
    const [left, right] = [gamma0! * Math.log(at) + gamma1!, gamma2! * cos(at) + gamma3!];
    expect(Math.abs(left - right)).toBeLessThan(1e-9);
  });

  test('the cosine term is +1 at the end of warm-up, -1 at the horizon, 0 midway', () => {
    const context = { schedule: cosine, options };
    const term = (tokens: number) => {
      const [, , difference] = a2Registry.logThenCos.columns(tokens, [50_000], context);
      return difference! + 1; // the column is its distance to +1, the value at the separation
    };
    expect(term(50_000)).toBe(1);
    expect(term(1_000_000)).toBeCloseTo(-1, 14);
    expect(term(525_000)).toBeCloseTo(0, 14);
  });

  test('a free phase is found', () => {
    const shifted: Curve = (tokens) => Math.cos((Math.PI * (tokens - 50_000)) / 950_000 + 0.4);
    const a2 = late((tokens) => 7 - 0.35 * Math.log(tokens), shifted, 0.5);
    const free = { ...options, cosPhase: 'free' as const };
    const { fit, loss } = predictedEnd(trajectory(a0Curves.log, a1Curves.constant, a2), 800_000, free);
    expect(fit.a2.chosen.parameters.phase).toBeCloseTo(0.4, 5);
    const truth = { law: 'hyperbolic' as const, a0: a0Curves.log(1e6), a1: 0.3, a2: a2(1e6) };
    expect(loss).toBeCloseTo(meanLoss(truth, n), 7);
  });

  test('set by hand, or switched off', () => {
    const set = predictedEnd(data, 800_000, { ...options, separation: separation });
    expect(set.fit.separation).toEqual({ tokens: separation });
    const beyond = predictedEnd(data, 800_000, { ...options, separation: 900_000 });
    expect(beyond.fit.separation).toEqual({ notIdentifiable: expect.stringContaining('900000 tokens') });
    const off = predictedEnd(data, 800_000, { ...options, separation: 'none' });
    expect(off.fit.separation).toEqual({ notIdentifiable: expect.stringContaining('switched off') });
  });

  test('schedules that have not begun to fall, or never do', () => {
    const wsd = trajectory(a0Curves.log, a1Curves.constant, a2Curves.logThenCos, { ...cosine, kind: 'wsd' });
    expect(predictedEnd(wsd, 700_000, options).fit.separation).toEqual({
      notIdentifiable: expect.stringContaining('begins to fall at 800000 tokens'),
    });
    const flat = { ...cosine, kind: 'constant' as const };
    const constant = trajectory(a0Curves.log, a1Curves.constant, a2Curves.logThenCos, flat);
    expect(predictedEnd(constant, 700_000, options).fit.separation).toEqual({
      notIdentifiable: expect.stringContaining('never falls'),
    });
  });

  test('wsd: the late piece follows the rate', () => {
    const schedule: Schedule = { ...cosine, kind: 'wsd', decayShare: 0.5 };
    const rate: Curve = (tokens) => annealedShare(schedule, tokens);
    const early: Curve = (tokens) => 7 - 0.35 * Math.log(tokens);
    const a2: Curve = (tokens) =>
      early(Math.min(tokens, 600_000)) + (tokens > 6e5 ? rate(tokens) - rate(6e5) : 0);
    const { loss } = predictedEnd(
      trajectory(a0Curves.log, a1Curves.constant, a2, schedule),
      800_000,
      options,
    );
    const truth = { law: 'hyperbolic' as const, a0: a0Curves.log(1e6), a1: 0.3, a2: a2(1e6) };
    expect(Math.abs(loss - meanLoss(truth, n))).toBeLessThan(1e-8);
  });
});

test('known parameters are recovered from noisy losses', () => {
  const uniform = uniforms(3, 'temporal');
  const clean = trajectory(a0Curves.log, a1Curves.hyperbolic, a2Curves.logThenCos);
  const points = clean.points.map((point) => ({
    ...point,
    loss: point.loss.map((value) => value + 0.02 * (uniform() + uniform() - 1)),
  }));
  const options: LawOptions = { a0Form: 'log', a1Form: 'hyperbolic', a2Form: 'logThenCos' };
  const { fit, loss } = predictedEnd({ ...clean, points }, 800_000, options);
  const { alpha0 } = fit.a0.chosen.parameters as Record<string, number>;
  const { gamma0, gamma2 } = fit.a2.chosen.parameters as Record<string, number>;
  expect(alpha0!).toBeCloseTo(0.4, 1);
  expect(gamma0!).toBeCloseTo(-0.35, 1);
  expect(gamma2!).toBeCloseTo(0.5, 1);
  expect('tokens' in fit.separation && fit.separation.tokens / separation).toBeCloseTo(1, 1);
  const truth = {
    law: 'hyperbolic' as const,
    a0: a0Curves.log(1e6),
    a1: a1Curves.hyperbolic(1e6),
    a2: a2Curves.logThenCos(1e6),
  };
  expect(Math.abs(loss / meanLoss(truth, n) - 1)).toBeLessThan(0.02);
});

test('Huber: one wild checkpoint moves the fit little', () => {
  const early: Curve = (tokens) => 7 - 0.35 * Math.log(tokens);
  const uniform = uniforms(2, 'huber');
  const jitter = grid.map(() => 0.004 * (uniform() - 0.5));
  const noise: Curve = (tokens) => (tokens === 600_000 ? 1.5 : jitter[tokens / 20_000 - 1]!);
  const data = trajectory(a0Curves.log, a1Curves.constant, early, cosine, noise);
  const options: LawOptions = { a0Form: 'log', a1Form: 'constant', a2Form: 'logThenCos', separation: 'none' };
  const truth = meanLoss({ law: 'hyperbolic', a0: a0Curves.log(1e6), a1: 0.3, a2: early(1e6) }, n);
  const squares = Math.abs(predictedEnd(data, 700_000, options).loss - truth);
  const huber = Math.abs(predictedEnd(data, 700_000, { ...options, robust: 'huber' }).loss - truth);
  expect(squares).toBeGreaterThan(0.05);
  expect(huber).toBeLessThan(0.01);
});

test('one loss vector at all checkpoints: the law is constant', () => {
  const data = trajectory(
    () => 1.2,
    () => 0.3,
    () => 2,
  );
  const { fit, loss } = predictedEnd(data, 500_000, {});
  expect(Math.abs(loss - meanLoss({ law: 'hyperbolic', a0: 1.2, a1: 0.3, a2: 2 }, n))).toBeLessThan(1e-6);
  const early = evaluateTemporal(fit, 100_000, { schedule: cosine, options: {} });
  expect(Math.abs(early.loss - loss)).toBeLessThan(1e-6);
});

test('too few checkpoints: both counts are named', () => {
  const data = trajectory(a0Curves.log, a1Curves.constant, a2Curves.logThenCos);
  expect(() => predictedEnd(data, 100_000, { a2Form: 'hyperbolicThenCos' })).toThrow(
    /3 checkpoints after warm-up \(5 in all\); the form hyperbolicThenCos of a2 has 5 free parameters/,
  );
});

test('every form names its parameters', () => {
  const context = { schedule: cosine, options: {} };
  for (const registry of [a0Registry, a1Registry, a2Registry]) {
    for (const form of Object.values(registry)) {
      const theta = form.grid(grid, context)[0]!;
      const coefficients = form.columns(1e5, theta, context).map(() => 1);
      expect(Object.keys(form.parameters(theta, coefficients, context)).sort()).toEqual(
        [...form.parameterNames].sort(),
      );
      for (const name of form.parameterNames.slice(0, 1)) expect(form.equation).toContain(name);
    }
  }
});
