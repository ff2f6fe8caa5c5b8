/** HARPE's bases and waveforms. Numbers in names count the invariants of the method; those of a model are in test/oracle. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  algorithm1Bases,
  candidateBases,
  coverageBases,
  publishedBases,
  shuffled,
  uniformBases,
} from './bases.ts';
import { type HarpePosition, harpe, harpeBases } from './harpe.ts';
import { rotaryFrequencies } from './position.ts';
import { type ExtremaRule, waveform, waveformExtrema, waveformSeries } from './waveform.ts';

const layoutOf = (kvHeads: number, layer = 0) => ({ heads: 2 * kvHeads, kvHeads, headSize: 16, layer });
const options = (changes: Partial<HarpePosition> = {}): HarpePosition =>
  harpe.schema.parse({ kind: 'harpe', ...changes });

const base = fc.double({ min: 2, max: 1e7, noNaN: true });
const headSize = fc.integer({ min: 1, max: 64 }).map((half) => 2 * half);

test('2: theta_1 = 1 for every base, and theta_i (i > 1) falls strictly as the base grows', () => {
  fc.assert(
    fc.property(base, fc.double({ min: 1.001, max: 10, noNaN: true }), headSize, (low, factor, h) => {
      const [slow, fast] = [rotaryFrequencies(low * factor, h), rotaryFrequencies(low, h)];
      expect([slow[0], fast[0]]).toEqual([1, 1]);
      for (let pair = 1; pair < h / 2; pair++) expect(slow[pair]).toBeLessThan(fast[pair]!);
    }),
  );
});

describe('4: the waveform', () => {
  test('W(0) = sqrt(h), |W| <= sqrt(h), W even', () => {
    expect(waveform(0, 5e6, 128)).toBeCloseTo(11.3137, 4);
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 200_000 }), base, headSize, (distance, b, h) => {
        const limit = Math.sqrt(h);
        expect(waveform(0, b, h)).toBeCloseTo(limit, 10);
        expect(Math.abs(waveform(distance, b, h))).toBeLessThanOrEqual(limit * (1 + 1e-12));
        expect(waveform(-distance, b, h)).toBe(waveform(distance, b, h));
      }),
    );
  });

  test('the series is the function at each distance', () => {
    const series = waveformSeries(1000, 1040, 1.5e6, 64);
    for (const [index, value] of series.entries()) {
      expect(value).toBeCloseTo(waveform(1000 + index, 1.5e6, 64), 12);
    }
  });

  test('it is the score of equal queries and keys of unit pairs, up to 2 / sqrt(h)', () => {
    // q = k = ones: q_m . k_0 = sum over pairs of 2 cos(m theta).
    const theta = rotaryFrequencies(100, 8);
    const score = theta.reduce((sum, value) => {
      const [c, s] = [Math.cos(37 * value), Math.sin(37 * value)];
      return sum + (c - s) + (c + s);
    }, 0);
    expect(waveform(37, 100, 8)).toBeCloseTo(score / Math.sqrt(8), 12);
  });

  const rule: ExtremaRule = {
    from: 1000,
    to: 4090,
    majorOnly: false,
    count: 6,
    window: 500,
    separation: 50,
  };

  test('extrema are above or below both neighbours', () => {
    const { peaks, valleys } = waveformExtrema(10_000, 128, rule);
    const around = (distance: number) =>
      [-1, 0, 1].map((step) => waveform(distance + step, 10_000, 128)) as [number, number, number];
    for (const peak of peaks) {
      const [before, at, after] = around(peak);
      expect(at).toBeGreaterThan(Math.max(before, after));
    }
    for (const valley of valleys) {
      const [before, at, after] = around(valley);
      expect(at).toBeLessThan(Math.min(before, after));
    }
    expect(Math.abs(peaks.length - valleys.length)).toBeLessThanOrEqual(1);
  });

  test('major ones hold the points that the figures of Attention Buckets mark', () => {
    const major = (base: number) => waveformExtrema(base, 128, { ...rule, majorOnly: true });
    expect(major(10_000).peaks).toEqual(expect.arrayContaining([1835, 2118]));
    expect(major(10_000).valleys).toContain(1970);
    expect(major(18_000).peaks).toEqual(expect.arrayContaining([1451, 1690, 1970]));
    expect(major(18_000).valleys).toContain(1805);
    for (const extrema of [major(10_000), major(18_000)]) {
      for (const list of [extrema.peaks, extrema.valleys]) {
        expect(list).toHaveLength(6);
        for (const [index, place] of list.slice(1).entries())
          expect(place - list[index]!).toBeGreaterThan(50);
      }
    }
  });
});

describe('5: base sets', () => {
  test('published: 32 distinct ascending values on the grid of the search', () => {
    expect(publishedBases).toHaveLength(32);
    const steps = publishedBases.map((value) => (value - 1e6) / 30_000);
    for (const step of steps) expect(Number.isInteger(step)).toBe(true);
    expect([steps[0], steps.at(-1)]).toEqual([0, 118]);
    expect([...new Set(steps)].sort((a, b) => a - b)).toEqual(steps);
    expect(
      [...publishedBases].every((value) => value === 1e6 || candidateBases(1e6, 5e6, 30_000).includes(value)),
    ).toBe(true);
  });

  test('uniform: even steps from b_min to b_max, exactly; descending is the reverse', () => {
    const bases = uniformBases(32, 1e6, 5e6);
    expect(bases[1]! - bases[0]!).toBeCloseTo(129_032.26, 2);
    const layout = layoutOf(32);
    expect(harpeBases(options(), layout)).toEqual(bases);
    expect(harpeBases(options({ baseScheme: 'uniformDescending' }), layout)).toEqual(bases.toReversed());
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 128 }), base, base, (count, min, width) => {
        const values = uniformBases(count, min, min + width);
        expect([values[0], values.at(-1)]).toEqual([min, min + width]);
        expect(values).toHaveLength(count);
      }),
    );
    expect(uniformBases(1, 3, 9)).toEqual([3]);
  });
});

describe('6: searches', () => {
  const rule: ExtremaRule = { from: 20, to: 200, majorOnly: true, count: 6, window: 40, separation: 5 };
  const searches = {
    coverage: (request: Parameters<typeof coverageBases>[0]) => coverageBases(request, 3),
    'algorithm1, nearest': (request: Parameters<typeof coverageBases>[0]) =>
      algorithm1Bases(request, 'nearest'),
    'algorithm1, order': (request: Parameters<typeof coverageBases>[0]) => algorithm1Bases(request, 'order'),
  };

  test('133 candidates between 1 M and 5 M in steps of 30 k', () => {
    const candidates = candidateBases(1e6, 5e6, 30_000);
    expect(candidates).toHaveLength(133);
    expect([candidates[0], candidates.at(-1)]).toEqual([1.03e6, 4.99e6]);
    expect(candidateBases(0.1, 0.4, 0.1)).toHaveLength(3);
  });

  test.each(Object.entries(searches))(
    '%s: distinct values, b_min among them, the rest candidates',
    (_, search) => {
      fc.assert(
        fc.property(
          fc.integer({ min: 1, max: 21 }),
          fc.integer({ min: 50, max: 500 }),
          fc.boolean(),
          (count, min, majorOnly) => {
            const request = {
              count,
              min,
              max: 3 * min,
              step: min / 10,
              headSize: 16,
              rule: { ...rule, majorOnly },
            };
            const found = search(request);
            expect(found).toHaveLength(count);
            expect(new Set(found).size).toBe(count);
            expect(found[0]).toBe(min);
            const candidates = candidateBases(min, 3 * min, min / 10);
            expect(candidates).toEqual(expect.arrayContaining(found.slice(1)));
            expect(search(request)).toEqual(found);
          },
        ),
        { numRuns: 20 },
      );
    },
  );

  test('coverage takes the candidate whose valleys lie on the peaks of the first base', () => {
    const request = { count: 2, min: 100, max: 200, step: 5, headSize: 16, rule };
    const [, second] = coverageBases(request, 3);
    const first = waveformExtrema(100, 16, rule);
    const covered = (candidate: number) => {
      const { peaks, valleys } = waveformExtrema(candidate, 16, rule);
      let pairs = 0;
      for (const peak of peaks) for (const valley of first.valleys) if (Math.abs(peak - valley) <= 3) pairs++;
      for (const peak of first.peaks) for (const valley of valleys) if (Math.abs(peak - valley) <= 3) pairs++;
      return pairs;
    };
    const best = Math.max(...candidateBases(100, 200, 5).map(covered));
    expect(covered(second!)).toBe(best);
    expect(best).toBeGreaterThan(0);
  });

  test('algorithm 1 takes the candidate of least distance to the first base', () => {
    const request = { count: 2, min: 100, max: 200, step: 5, headSize: 16, rule };
    const first = waveformExtrema(100, 16, rule);
    const distance = (candidate: number) => {
      const { peaks, valleys } = waveformExtrema(candidate, 16, rule);
      const sum = (list: readonly number[], others: readonly number[]) =>
        list.reduce((total, place) => total + Math.min(...others.map((other) => Math.abs(other - place))), 0);
      return sum(peaks, first.valleys) + sum(valleys, first.peaks);
    };
    const least = Math.min(...candidateBases(100, 200, 5).map(distance));
    expect(distance(algorithm1Bases(request, 'nearest')[1]!)).toBe(least);
  });

  test('more heads than candidates is a problem with a way out', () => {
    const request = options({ baseScheme: 'coverage', baseStep: 1e6 });
    expect(harpe.check(request, layoutOf(5))).toEqual([]);
    const [problem] = harpe.check(request, layoutOf(6));
    expect(problem).toMatchObject({ path: 'baseStep', message: /4 candidates .* at most 800000/ });
    const fixed = options({ baseScheme: 'coverage', baseStep: 800_000 });
    expect(harpe.check(fixed, layoutOf(6))).toEqual([]);
    expect(harpeBases(fixed, layoutOf(6))).toHaveLength(6);
  });
});

describe('options', () => {
  test('defaults by head count: the published set for 32, uniform for others', () => {
    expect(harpe.defaults(layoutOf(32)).baseScheme).toBe('published32');
    expect(harpe.defaults(layoutOf(4)).baseScheme).toBe('uniformAscending');
    expect(harpeBases(harpe.defaults(layoutOf(32)), layoutOf(32))).toEqual(publishedBases);
  });

  test('head order: sets as asked, uniform and custom lists as they are unless shuffled', () => {
    const layout = layoutOf(32);
    const bases = (changes: Partial<HarpePosition>) => harpeBases(options(changes), layout);
    const published = { baseScheme: 'published32' as const };
    expect(bases({ ...published, headOrder: 'descending' })).toEqual(publishedBases.toReversed());
    expect(bases({ headOrder: 'descending' })).toEqual(bases({}));
    const one = bases({ ...published, headOrder: 'shuffled', shuffleSeed: 1 });
    expect(one).not.toEqual(publishedBases);
    expect(one.toSorted((a, b) => a - b)).toEqual(publishedBases);
    expect(bases({ ...published, headOrder: 'shuffled', shuffleSeed: 1 })).toEqual(one);
    expect(bases({ ...published, headOrder: 'shuffled', shuffleSeed: 2 })).not.toEqual(one);
    const custom = { baseScheme: 'custom' as const, bases: [5, 3, 4] };
    expect(harpeBases(options(custom), layoutOf(3))).toEqual([5, 3, 4]);
  });

  test('shuffles are permutations that depend on nothing but list and seed', () => {
    fc.assert(
      fc.property(fc.array(fc.integer()), fc.nat(), (values, seed) => {
        const result = shuffled(values, seed);
        expect(result.toSorted((a, b) => a - b)).toEqual(values.toSorted((a, b) => a - b));
        expect(shuffled(values, seed)).toEqual(result);
      }),
    );
  });

  test('single is one base for all heads; layers differ only where they may', () => {
    expect(harpe.rotation(options({ baseScheme: 'single' }), layoutOf(8)).frequencies).toEqual([
      rotaryFrequencies(5e6, 16),
    ]);
    const shifted = options({ sameBasesInAllLayers: false, baseMin: 10, baseMax: 40 });
    const at = (layer: number) => harpeBases(shifted, layoutOf(4, layer));
    expect([at(0), at(1), at(5)]).toEqual([
      [10, 20, 30, 40],
      [20, 30, 40, 10],
      [20, 30, 40, 10],
    ]);
    expect(harpeBases(options(), layoutOf(4, 3))).toEqual(harpeBases(options(), layoutOf(4, 0)));
  });

  const broken: Array<[string, Partial<HarpePosition>, string, RegExp]> = [
    [
      'published bases for 4 heads',
      { baseScheme: 'published32' },
      'baseScheme',
      /4 key\/value heads.*uniformAscending/,
    ],
    ['a list that is too short', { baseScheme: 'custom', bases: [1, 2] }, 'bases', /2 bases for 4.*give 4/],
    ['bounds in the wrong order', { baseMin: 9, baseMax: 8 }, 'baseMax', /above 9/],
    ['no distances', { baseScheme: 'algorithm1', extremaTo: 10 }, 'extremaTo', /above 1000/],
    ['a search for days', { baseScheme: 'coverage', baseStep: 1e-3 }, 'baseStep', /cosines/],
  ];
  test.each(broken)('%s is a problem', (_, changes, path, message) => {
    expect(harpe.check(options(changes), layoutOf(4))[0]).toMatchObject({ path, message });
  });

  test('what is ours', () => {
    const ours = (changes: Partial<HarpePosition>, layout = { ...layoutOf(4), heads: 4 }) =>
      harpe.reconstructed(options(changes), layout);
    expect(ours({})).toEqual(['sameBasesInAllLayers']);
    expect(ours({}, layoutOf(4))).toContain('gqaBases');
    expect(ours({ baseScheme: 'algorithm1' })).toContain('baseScheme');
    expect(ours({ baseScheme: 'coverage' })).not.toContain('baseScheme');
    expect(ours({ baseScheme: 'custom', bases: [1, 2, 3, 4] })).toContain('bases');
    expect(ours({ baseScheme: 'single' })).toEqual([]);
  });
});
