import { describe, expect, it } from 'vitest';
import { runConfigurationSchema } from './configuration.ts';
import { mixtureSchema, mixturesOf, mixtureValues, withMixture } from './mixture.ts';

const data = ['a', 'b', 'c'];
const total = (shares: readonly number[]) => shares.reduce((sum, share) => sum + share, 0);

describe('a lattice', () => {
  it('holds every proportion of its divisions once: (n + k - 1) choose (k - 1) of them', () => {
    const rows = mixturesOf(mixtureSchema.parse({ kind: 'lattice', data, divisions: 4 }));
    expect(rows).toHaveLength(15);
    expect(new Set(rows.map((row) => JSON.stringify(row))).size).toBe(15);
    for (const row of rows) expect(total(Object.values(row))).toBeCloseTo(1, 12);
    expect(rows[0]).toEqual({ a: 1, b: 0, c: 0 });
  });

  it('leaves its border out where asked, and refuses what makes none', () => {
    const interior = mixturesOf(mixtureSchema.parse({ kind: 'lattice', data, divisions: 4, interior: true }));
    expect(interior).toEqual([
      { a: 0.5, b: 0.25, c: 0.25 },
      { a: 0.25, b: 0.5, c: 0.25 },
      { a: 0.25, b: 0.25, c: 0.5 },
    ]);
    expect(() =>
      mixturesOf(mixtureSchema.parse({ kind: 'lattice', data, divisions: 2, interior: true })),
    ).toThrow('mixtures.divisions: 2 divisions make no mixture of 3 data sets.');
    expect(() => mixturesOf(mixtureSchema.parse({ kind: 'lattice', data, divisions: 50 }))).toThrow(
      'more than 500',
    );
  });
});

describe('draws from a Dirichlet distribution', () => {
  const draw = (concentration: number, drawSeed = 1) =>
    mixturesOf(mixtureSchema.parse({ kind: 'dirichlet', data, draws: 400, drawSeed, concentration }));

  it('are the same under the same seed and others under another', () => {
    expect(draw(1)).toEqual(draw(1));
    expect(draw(1)).not.toEqual(draw(1, 2));
  });

  it.each([0.3, 1, 5])('have the mean and variance of concentration %d', (concentration) => {
    const rows = draw(concentration).map((row) => Object.values(row));
    for (const row of rows) {
      expect(total(row)).toBeCloseTo(1, 10);
      for (const share of row) expect(share).toBeGreaterThanOrEqual(0);
    }
    for (const at of [0, 1, 2]) {
      const shares = rows.map((row) => row[at]!);
      const mean = total(shares) / shares.length;
      const variance = total(shares.map((share) => (share - mean) ** 2)) / shares.length;
      // Of a symmetric Dirichlet with k = 3: mean 1/k, variance (k - 1) / (k^2 (k concentration + 1)).
      const expected = 2 / (9 * (3 * concentration + 1));
      expect(Math.abs(mean - 1 / 3)).toBeLessThan(4 * Math.sqrt(expected / 400));
      expect(variance / expected).toBeGreaterThan(0.75);
      expect(variance / expected).toBeLessThan(1.3);
    }
  });
});

describe('a mixture', () => {
  it('written out is brought to sum 1; a row that is none is named', () => {
    const plan = (weights: number[][]) => mixturesOf(mixtureSchema.parse({ kind: 'list', data, weights }));
    expect(plan([[2, 1, 1]])).toEqual([{ a: 0.5, b: 0.25, c: 0.25 }]);
    expect(() =>
      plan([
        [1, 1, 1],
        [1, 1],
      ]),
    ).toThrow('mixtures.weights: row 2 (1, 1) is no mixture of 3 data sets.');
    expect(() => plan([[0, 0, 0]])).toThrow('row 1');
    expect(() => mixturesOf({ kind: 'list', data: ['a', 'a'], weights: [[1, 1]] })).toThrow(
      'a is named twice',
    );
  });

  it('takes the place of the data, without sets of share 0', () => {
    const base = runConfigurationSchema.parse({ data: [{ name: 'x' }], steps: 10 });
    expect(withMixture(base, { a: 0.75, b: 0, c: 0.25 }).data).toEqual([
      { name: 'a', weight: 0.75 },
      { name: 'c', weight: 0.25 },
    ]);
    expect(mixtureValues({ a: 1 / 3, b: 2 / 3 })).toEqual({ 'data.a': 0.3333, 'data.b': 0.6667 });
  });
});
