import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { uniforms } from '../random.ts';
import { mean } from './numeric.ts';
import { fitPosition, fitPositions, meanLoss, positionLoss } from './position.ts';
import type { PositionFit, TrajectoryPoint } from './types.ts';

type Law = Pick<PositionFit, 'law' | 'a0' | 'a1' | 'a2'>;
const hyperbola = (a0: number, a1: number, a2: number): Law => ({ law: 'hyperbolic', a0, a1, a2 });
const losses = (law: Law, n: number) => Array.from({ length: n }, (_, j) => positionLoss(law, j + 1));
const anyLaw = fc
  .record({
    a0: fc.double({ min: 0.05, max: 8, noNaN: true }),
    logA1: fc.double({ min: Math.log(2e-3), max: Math.log(5), noNaN: true }),
    a2: fc.double({ min: 0.05, max: 8, noNaN: true }),
  })
  .map(({ a0, logA1, a2 }) => hyperbola(a0, Math.exp(logA1), a2));

describe('the hyperbola', () => {
  test.each([
    [3, 0.05, 2, 1024, 1e-12],
    [2, 3, 0.5, 64, 1e-12],
    [5, 1e-4, 1, 256, 1e-11],
    [4, 9e-7, 1, 128, 1e-12],
  ])('closed form of the mean: a0 %d, a1 %d, a2 %d, n %d', (a0, a1, a2, n, tolerance) => {
    const law = hyperbola(a0, a1, a2);
    expect(Math.abs(meanLoss(law, n) - mean(losses(law, n)))).toBeLessThanOrEqual(tolerance);
  });

  test('limits', () => {
    expect(positionLoss(hyperbola(3, 1e-12, 2), 1000)).toBeCloseTo(5, 8);
    expect(positionLoss(hyperbola(0, 0.3, 2), 7)).toBe(2);
    expect(positionLoss(hyperbola(3, 0.3, 2), 1e12)).toBeCloseTo(2, 9);
    expect(positionLoss(hyperbola(3, 0.3, 2), 0)).toBe(5);
    expect(meanLoss(hyperbola(3, 0.3, 2), 1)).toBeCloseTo(3 / 1.3 + 2, 13);
  });

  test('falls, is convex, and its mean lies between last and first position', () => {
    fc.assert(
      fc.property(anyLaw, fc.integer({ min: 4, max: 300 }), (law, n) => {
        const values = losses(law, n);
        for (let j = 1; j < n; j++) expect(values[j]!).toBeLessThan(values[j - 1]!);
        for (let j = 2; j < n; j++) {
          expect(values[j]! - 2 * values[j - 1]! + values[j - 2]!).toBeGreaterThan(-1e-14);
        }
        expect(meanLoss(law, n)).toBeGreaterThan(values[n - 1]!);
        expect(meanLoss(law, n)).toBeLessThan(values[0]!);
      }),
    );
  });
});

describe('fitPosition', () => {
  test('recovers any law from losses without noise', () => {
    fc.assert(
      fc.property(anyLaw, fc.constantFrom(64, 128, 256), (law, n) => {
        const fit = fitPosition(losses(law, n));
        for (const name of ['a0', 'a1', 'a2'] as const) {
          expect(Math.abs(fit[name] / law[name] - 1), name).toBeLessThan(1e-6);
        }
        expect(fit.r2).toBeGreaterThan(1 - 1e-12);
      }),
      { numRuns: 60 },
    );
  });

  test('a constant moves a2 only; a factor moves a0 and a2', () => {
    const uniform = uniforms(1, 'position');
    const noisy = losses(hyperbola(2.5, 0.2, 1.5), 128).map((value) => value + 0.02 * (uniform() - 0.5));
    const fit = fitPosition(noisy);
    const raised = fitPosition(noisy.map((value) => value + 0.7));
    const scaled = fitPosition(noisy.map((value) => value * 3));
    expect(raised.a0 / fit.a0).toBeCloseTo(1, 6);
    expect(raised.a1 / fit.a1).toBeCloseTo(1, 6);
    expect(raised.a2 - fit.a2).toBeCloseTo(0.7, 6);
    expect(scaled.a0 / fit.a0).toBeCloseTo(3, 6);
    expect(scaled.a1 / fit.a1).toBeCloseTo(1, 6);
    expect(scaled.a2 / fit.a2).toBeCloseTo(3, 6);
  });

  test('losses that rise with the position give a flat law, not a negative a0', () => {
    const fit = fitPosition(Array.from({ length: 32 }, (_, j) => 5 + 0.001 * j));
    expect(fit.a0).toBe(0);
    expect(fit.a2).toBeCloseTo(5.0155, 10);
  });

  test('dropFirstPosition leaves position 1 out', () => {
    const values = losses(hyperbola(2, 0.1, 1), 64);
    values[0] = 40;
    const fit = fitPosition(values, { dropFirstPosition: true });
    expect(fit.a1).toBeCloseTo(0.1, 7);
    expect(fitPosition(values).a1).not.toBeCloseTo(0.1, 2);
  });

  test.each([
    ['power', 0.4],
    ['log', 0.7],
  ] as const)('recovers the %s law', (law, a1) => {
    const truth = { law, a0: 1.2, a1, a2: 6 };
    const fit = fitPosition(losses(truth, 128), { positionLaw: law });
    expect(fit.a0).toBeCloseTo(1.2, 5);
    expect(fit.a1).toBeCloseTo(a1, 5);
    expect(meanLoss(fit, 128)).toBeCloseTo(mean(losses(truth, 128)), 10);
  });

  test('the residuals of a wrong shape go together, those of noise do not', () => {
    const uniform = uniforms(5, 'lag');
    const truth = losses(hyperbola(3, 0.5, 1), 256);
    const noise = fitPosition(truth.map((value) => value + 0.05 * (uniform() - 0.5)));
    expect(Math.abs(noise.residualLag1)).toBeLessThan(0.2);
    expect(fitPosition(truth, { positionLaw: 'log' }).residualLag1).toBeGreaterThan(0.6);
  });

  test('errors name what is wrong', () => {
    expect(() => fitPosition([3, 2, 1])).toThrow(/3 parameters.*have 3/);
    expect(() => fitPosition([3, 2, Number.NaN, 1, 1])).toThrow(/position 3 is NaN/);
  });
});

describe('fitPositions', () => {
  const point = (tokens: number, loss: number[], standardError?: number[]): TrajectoryPoint => ({
    step: tokens / 10,
    tokens,
    learningRate: 1e-3,
    loss,
    ...(standardError === undefined ? {} : { standardError }),
  });
  const schedule = {
    kind: 'constant' as const,
    warmupTokens: 0,
    totalTokens: 100,
    peak: 1e-3,
    minimumRatio: 1,
    decayShare: 0,
  };
  const truth = losses(hyperbola(2, 0.1, 1), 64);

  test('weights by the standard error', () => {
    const values = truth.map((value, j) => (j < 32 ? value : value + 3));
    const errors = truth.map((_, j) => (j < 32 ? 1e-3 : 1e3));
    const points = [point(10, values, errors)];
    const series = fitPositions({ set: 'a', schedule, points }, { positionWeights: 'byStandardError' });
    expect(series.a1[0]).toBeCloseTo(0.1, 4);
    expect(() =>
      fitPositions(
        { set: 'a', schedule, points: [point(10, truth)] },
        { positionWeights: 'byStandardError' },
      ),
    ).toThrow(/step 1 has no standard errors/);
  });

  test('refuses points out of order or of different lengths', () => {
    const twice = [point(10, truth), point(10, truth)];
    expect(() => fitPositions({ set: 'a', schedule, points: twice })).toThrow(/has 10 after 10/);
    const shorter = [point(10, truth), point(20, truth.slice(1))];
    expect(() => fitPositions({ set: 'a', schedule, points: shorter })).toThrow(/63 positions.*64/);
  });
});
