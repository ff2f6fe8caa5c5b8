import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { predictionQuality } from './quality.ts';
import { computeShare, probabilityOfBest, ranks, regret, spearman } from './selection.ts';

const losses = fc.array(fc.double({ min: 0.1, max: 20, noNaN: true }), { minLength: 2, maxLength: 30 });
const observe = (values: readonly number[]) => values.map((loss, k) => ({ tokens: k + 1, loss }));

describe('prediction quality', () => {
  test('known numbers', () => {
    const quality = predictionQuality(
      [
        { tokens: 1, loss: 4.2, low50: 4.1, high50: 4.3, low95: 3.9, high95: 4.5 },
        { tokens: 2, loss: 2.1, low50: 1.9, high50: 2.2, low95: 1, high95: 3 },
      ],
      observe([4, 2]),
    );
    expect(quality.points).toBe(2);
    expect(quality.mse).toBeCloseTo((0.04 + 0.01) / 2, 12);
    expect(quality.r2).toBeCloseTo(1 - 0.05 / 2, 12);
    expect(quality.mape).toBeCloseTo(0.05, 12);
    expect(quality.finalError).toBeCloseTo(0.1, 12);
    expect(quality.finalRelativeError).toBeCloseTo(0.05, 12);
    expect(quality.coverage50).toBe(0.5);
    expect(quality.coverage95).toBe(1);
    expect(quality.finalInside50).toBe(true);
  });

  test('a perfect prediction has R2 1, the mean has 0, worse is negative', () => {
    fc.assert(
      fc.property(losses, (values) => {
        const observed = observe(values);
        const perfect = predictionQuality(observed, observed);
        expect(perfect.mse).toBe(0);
        expect(perfect.mape).toBe(0);
        if (perfect.r2 === null) return;
        expect(perfect.r2).toBe(1);
        const mean = values.reduce((a, b) => a + b, 0) / values.length;
        const spread = Math.max(...values) - Math.min(...values);
        if (spread < 1e-3) return;
        const flat = (loss: number) => observed.map(({ tokens }) => ({ tokens, loss }));
        expect(predictionQuality(flat(mean), observed).r2).toBeCloseTo(0, 9);
        expect(predictionQuality(flat(mean + spread), observed).r2).toBeLessThan(0);
      }),
    );
  });

  test('one point has no R2; no intervals, no coverage; other tokens are refused', () => {
    const quality = predictionQuality([{ tokens: 1, loss: 3 }], observe([2]));
    expect(quality.r2).toBeNull();
    expect(quality.coverage95).toBeNull();
    expect(quality.finalInside95).toBeNull();
    expect(() => predictionQuality([{ tokens: 5, loss: 3 }], observe([2]))).toThrow('5 tokens');
    expect(() => predictionQuality([], [])).toThrow(RangeError);
  });
});

describe('selection', () => {
  test('ranks share ties', () => expect(ranks([3, 1, 3, 2])).toEqual([3.5, 1, 3.5, 2]));

  test('spearman: 1 for any increasing map, -1 for a decreasing one, a known value in between', () => {
    expect(spearman([1, 2, 3, 4], [1, 10, 100, 1000])).toBe(1);
    expect(spearman([1, 2, 3, 4], [4, 3, 2, 1])).toBe(-1);
    expect(spearman([1, 2, 3, 4, 5], [2, 1, 4, 3, 5])).toBeCloseTo(1 - (6 * 4) / (5 * 24), 12);
    expect(spearman([1, 2], [1, 1])).toBeNull();
    expect(spearman([1], [1])).toBeNull();
  });

  test('regret is never negative, and 0 for the best', () => {
    fc.assert(
      fc.property(losses, fc.nat(), (values, n) => {
        expect(regret(values, n % values.length)).toBeGreaterThanOrEqual(0);
        expect(regret(values, values.indexOf(Math.min(...values)))).toBe(0);
      }),
    );
    expect(regret([3, 2.5], 0)).toBe(0.5);
    expect(() => regret([3], 1)).toThrow(RangeError);
  });

  test('share of compute', () => expect(computeShare([1, 1, 4], [4, 4, 4])).toBe(0.5));

  test('probability of being best adds up to 1, is 1 for a certain winner, and shares ties', () => {
    fc.assert(
      fc.property(
        fc.array(fc.array(fc.double({ noNaN: true }), { minLength: 5, maxLength: 5 }), { minLength: 1 }),
        (draws) => {
          expect(probabilityOfBest(draws).reduce((a, b) => a + b, 0)).toBeCloseTo(1, 9);
        },
      ),
    );
    expect(
      probabilityOfBest([
        [1, 1],
        [2, 3],
      ]),
    ).toEqual([1, 0]);
    expect(
      probabilityOfBest([
        [1, 3],
        [2, 2],
        [2, 2],
      ]),
    ).toEqual([0.5, 0.25, 0.25]);
  });
});
