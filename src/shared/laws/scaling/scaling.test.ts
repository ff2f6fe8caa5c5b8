import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { uniforms } from '../../random.ts';
import { chinchillaLoss, computeOptimum, fitChinchilla, resampleChinchilla } from './chinchilla.ts';
import { fitKaplan, kaplanLoss } from './kaplan.ts';
import { minimise } from './minimise.ts';
import type { ScalingRun } from './runs.ts';
import { fitPower, fitStepLaw, powerAt, type SweepRun, sweepOptima } from './stepLaw.ts';

const sizes = [3e5, 1e6, 3e6, 1e7, 1e8];
const amounts = [1e6, 1e7, 1e8, 1e9];
const grid = (loss: (parameters: number, tokens: number) => number): ScalingRun[] =>
  sizes.flatMap((parameters) =>
    amounts.map((tokens) => ({ parameters, tokens, loss: loss(parameters, tokens) })),
  );

const law = { E: 1.7, A: 400, B: 900, alpha: 0.33, beta: 0.29 };

describe('minimise', () => {
  test("finds the minimum of Rosenbrock's valley", () => {
    const found = minimise(
      ([x, y], gradient) => {
        const [a, b] = [1 - x!, y! - x! * x!];
        gradient[0] = -2 * a - 400 * x! * b;
        gradient[1] = 200 * b;
        return a * a + 100 * b * b;
      },
      [-1.2, 1],
      { tolerance: 1e-20 },
    );
    expect(found.x[0]).toBeCloseTo(1, 6);
    expect(found.x[1]).toBeCloseTo(1, 6);
  });
});

describe('chinchilla', () => {
  test('recovers a known law from losses without noise', () => {
    const { parameters, r2 } = fitChinchilla(grid((n, d) => chinchillaLoss(law, n, d)));
    expect(r2).toBeCloseTo(1, 6);
    expect(parameters.E).toBeCloseTo(law.E, 3);
    expect(parameters.alpha).toBeCloseTo(law.alpha, 3);
    expect(parameters.beta).toBeCloseTo(law.beta, 3);
  });

  test('one wild run moves the fit little: beyond delta the loss is linear', () => {
    const runs = grid((n, d) => chinchillaLoss(law, n, d));
    const { parameters } = fitChinchilla(
      runs.map((run, i) => (i === 7 ? { ...run, loss: run.loss * 1.5 } : run)),
    );
    expect(Math.abs(parameters.E - law.E)).toBeLessThan(0.01);
    expect(Math.abs(parameters.alpha - law.alpha)).toBeLessThan(0.01);
  });

  test('withoutLargest leaves the largest losses out', () => {
    const runs = grid((n, d) => chinchillaLoss(law, n, d));
    const wild = [
      { parameters: 2e6, tokens: 2e7, loss: 1e3 },
      { parameters: 2e6, tokens: 2e7, loss: 2e3 },
    ];
    const { parameters, runs: used } = fitChinchilla([...wild, ...runs], { withoutLargest: 2 });
    expect(used).toBe(runs.length);
    expect(parameters.E).toBeCloseTo(law.E, 3);
  });

  test('resampling shows the spread that noise gives', () => {
    const uniform = uniforms(3, 'noise');
    const runs = grid((n, d) => chinchillaLoss(law, n, d) * (1 + 0.004 * (uniform() - 0.5)));
    const draws = resampleChinchilla(fitChinchilla(runs), { resamples: 40 });
    const alphas = draws.map(({ alpha }) => alpha).sort((a, b) => a - b);
    expect(alphas[39]! - alphas[0]!).toBeGreaterThan(1e-4);
    expect(alphas[0]! - 0.02).toBeLessThan(law.alpha);
    expect(alphas[39]! + 0.02).toBeGreaterThan(law.alpha);
    expect(resampleChinchilla(fitChinchilla(runs), { resamples: 2 })).toEqual(draws.slice(0, 2));
  });

  test('the compute optimum spends the budget, and no other size does better', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 14, max: 25, noNaN: true }),
        fc.double({ min: -2, max: 2, noNaN: true }),
        (logFlops, shift) => {
          const flops = 10 ** logFlops;
          const { parameters, tokens, loss } = computeOptimum(law, flops);
          expect((6 * parameters * tokens) / flops).toBeCloseTo(1, 9);
          const factor = Math.exp(shift);
          expect(chinchillaLoss(law, parameters * factor, tokens / factor)).toBeGreaterThanOrEqual(
            loss - 1e-9,
          );
        },
      ),
    );
  });

  test('too few runs, too few sizes and impossible losses are named', () => {
    const runs = grid((n, d) => chinchillaLoss(law, n, d));
    expect(() => fitChinchilla(runs.slice(0, 5))).toThrow('more than 5 runs; there are 5');
    expect(() => fitChinchilla(runs.filter(({ parameters }) => parameters < 2e6))).toThrow('2 model sizes');
    expect(() => fitChinchilla([{ ...runs[0]!, name: 'mad', loss: Number.NaN }, ...runs])).toThrow(
      'loss of mad is NaN',
    );
  });
});

test('kaplan: recovers a known law', () => {
  const truth = { Nc: 8.8e9, Dc: 5.4e10, alphaN: 0.12, alphaD: 0.15 };
  const { parameters, r2 } = fitKaplan(grid((n, d) => kaplanLoss(truth, n, d)));
  expect(r2).toBeCloseTo(1, 6);
  expect(parameters.alphaN).toBeCloseTo(truth.alphaN, 4);
  expect(parameters.alphaD).toBeCloseTo(truth.alphaD, 4);
  expect(Math.log(parameters.Nc / truth.Nc)).toBeCloseTo(0, 2);
  expect(Math.log(parameters.Dc / truth.Dc)).toBeCloseTo(0, 2);
});

describe('step law', () => {
  const best = (n: number, d: number) => ({ rate: 2 * n ** -0.6 * d ** 0.25, batch: 0.7 * d ** 0.55 });
  /** A sweep whose loss is a parabola in ln rate and ln batch, on grids that straddle the optimum off-centre. */
  const sweep: SweepRun[] = [3e5, 1e6, 4e6].flatMap((parameters) =>
    [1e7, 5e7].flatMap((tokens) => {
      const { rate, batch } = best(parameters, tokens);
      return [-1.3, -0.5, 0.4, 1.2].flatMap((x) =>
        [-0.9, 0.2, 1].map((y) => ({
          parameters,
          tokens,
          learningRate: rate * Math.exp(x),
          batchTokens: batch * Math.exp(y),
          loss: 3 + 0.1 * x * x + 0.05 * y * y,
        })),
      );
    }),
  );

  test('recovers exponents and constants from a sweep', () => {
    const fit = fitStepLaw(sweep);
    if ('notIdentifiable' in fit.learningRate || 'notIdentifiable' in fit.batchTokens)
      throw new Error('no fit');
    expect(fit.optima).toHaveLength(6);
    expect(fit.learningRate.exponents[0]).toBeCloseTo(-0.6, 6);
    expect(fit.learningRate.exponents[1]).toBeCloseTo(0.25, 6);
    expect(fit.batchTokens.exponents[0]).toBeCloseTo(0.55, 6);
    expect(powerAt(fit.learningRate, [2e6, 3e7])).toBeCloseTo(best(2e6, 3e7).rate, 8);
    expect(powerAt(fit.batchTokens, [3e7]) / best(2e6, 3e7).batch).toBeCloseTo(1, 6);
  });

  test('an optimum at the rim of the sweep is marked and not fitted to', () => {
    const oneSided = sweep.filter((run) => run.learningRate > best(run.parameters, run.tokens).rate);
    expect(sweepOptima(oneSided).every(({ atEdge }) => atEdge.learningRate)).toBe(true);
    expect(fitStepLaw(oneSided).learningRate).toHaveProperty('notIdentifiable');
  });

  test('standard errors of the exponents come with more points than parameters', () => {
    const x = [1, 2, 4, 8].map((v) => [v]);
    expect(fitPower(x, [1, 2.1, 3.9, 8])!.standardErrors![0]).toBeGreaterThan(0);
    expect(fitPower(x.slice(0, 2), [1, 2])!.standardErrors).toBeNull();
    expect(fitPower([[1], [1], [1]], [1, 2, 3])).toBeNull();
  });
});
