/** Scaling fits against scaling_laws.py, which minimises the same objectives with SciPy. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { fitChinchilla, fitKaplan, type ScalingRun } from '../../src/shared/laws/scaling/index.ts';

const read = <T>(name: string): T =>
  JSON.parse(readFileSync(join(import.meta.dirname, '../fixtures', name), 'utf8')) as T;

const runs = read<[number, number, number][]>('chinchilla-runs.json').map(
  ([logN, logFlops, loss]): ScalingRun => ({
    parameters: 10 ** logN,
    tokens: 10 ** logFlops / 6 / 10 ** logN,
    loss,
  }),
);
const scipy = read<Record<'chinchilla' | 'kaplan', Record<string, number>>>('scaling-laws.json');

test('245 public runs without the 5 largest losses: E 1.817, alpha 0.347, beta 0.367', () => {
  const { parameters, runs: used } = fitChinchilla(runs, { withoutLargest: 5 });
  expect(used).toBe(240);
  expect(Math.abs(parameters.E - 1.817)).toBeLessThan(0.005);
  expect(Math.abs(parameters.alpha - 0.347)).toBeLessThan(0.005);
  expect(Math.abs(parameters.beta - 0.367)).toBeLessThan(0.005);
});

test("objectives and exponents are SciPy's", () => {
  const ours = {
    chinchilla: fitChinchilla(runs, { withoutLargest: 5 }),
    kaplan: fitKaplan(runs, { withoutLargest: 5 }),
  };
  for (const law of ['chinchilla', 'kaplan'] as const) {
    const { objective, ...expected } = scipy[law];
    expect(Math.abs(ours[law].objective / objective! - 1), law).toBeLessThan(1e-4);
    for (const [name, value] of Object.entries(expected)) {
      const found = (ours[law].parameters as unknown as Record<string, number>)[name]!;
      if (value < 10) expect(Math.abs(found - value), `${law} ${name}`).toBeLessThan(1e-3);
      else expect(Math.abs(Math.log(found / value)), `${law} ${name}`).toBeLessThan(0.05);
    }
  }
});
