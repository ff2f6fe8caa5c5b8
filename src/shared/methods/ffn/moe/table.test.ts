import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { uniforms } from '../../../random.ts';
import { drawExpertTable, type TableDraw } from './table.ts';

const draws = fc
  .record({
    vocabulary: fc.integer({ min: 1, max: 40 }),
    nExperts: fc.integer({ min: 1, max: 8 }),
    spread: fc.nat({ max: 7 }),
    draw: fc.constantFrom('random' as const, 'balanced' as const),
    seed: fc.nat(),
  })
  .map(({ spread, ...rest }) => ({
    ...rest,
    expertsOf: (id: number) => 1 + ((id + spread) % rest.nExperts),
    counts: Array.from({ length: rest.vocabulary }, (_, id) => (id * 7919) % 23),
  }));

const drawn = ({ seed, ...request }: Omit<TableDraw, 'random'> & { seed: number }) =>
  drawExpertTable({ ...request, random: uniforms(seed, 'table') });

describe('a table of experts', () => {
  test('has as many ones in a row as asked for, and is the same for the same seed', () => {
    fc.assert(
      fc.property(draws, (request) => {
        const table = drawn(request);
        const { nExperts, vocabulary } = request;
        expect(table).toHaveLength(vocabulary * nExperts);
        for (let id = 0; id < vocabulary; id++) {
          const row = [...table.subarray(id * nExperts, (id + 1) * nExperts)];
          expect(row.filter((value) => value === 1)).toHaveLength(request.expertsOf(id));
          expect(row.every((value) => value === 0 || value === 1)).toBe(true);
        }
        expect(drawn(request)).toEqual(table);
      }),
      { numRuns: 60 },
    );
  });

  test('drawn at random gives every expert to its share of the ids', () => {
    const [vocabulary, nExperts, K] = [20_000, 8, 3];
    const table = drawn({ vocabulary, nExperts, expertsOf: () => K, draw: 'random', counts: [], seed: 3 });
    for (let expert = 0; expert < nExperts; expert++) {
      let ids = 0;
      for (let id = 0; id < vocabulary; id++) ids += table[id * nExperts + expert]!;
      const share = K / nExperts;
      const error = Math.sqrt((share * (1 - share)) / vocabulary);
      expect(Math.abs(ids / vocabulary - share)).toBeLessThan(4 * error);
    }
  });

  test('balanced: experts differ by one id where counts are equal, and by less than a frequent id where they are not', () => {
    const [vocabulary, nExperts] = [43, 5];
    const loads = (counts: number[]) => {
      const table = drawn({ vocabulary, nExperts, expertsOf: () => 1, draw: 'balanced', counts, seed: 1 });
      return Array.from({ length: nExperts }, (_, expert) => {
        const ids = counts.map((_, id) => id).filter((id) => table[id * nExperts + expert] === 1);
        return { ids: ids.length, tokens: ids.reduce((sum, id) => sum + counts[id]!, 0) };
      });
    };
    const spread = (values: number[]) => Math.max(...values) - Math.min(...values);
    // Ids that never occur are dealt out evenly too.
    for (const count of [0, 10]) {
      expect(spread(loads(new Array(vocabulary).fill(count)).map(({ ids }) => ids))).toBe(1);
    }
    const zipf = Array.from({ length: vocabulary }, (_, id) => Math.round(1000 / (id + 5)));
    expect(spread(loads(zipf).map(({ tokens }) => tokens))).toBeLessThan(zipf.at(-1)! + 1);
  });
});
