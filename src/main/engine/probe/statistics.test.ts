import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { findPreset } from '../../../shared/architecture/presets.ts';
import type { TappedLayer } from '../types.ts';
import { expertStatistics, histogram, mergeProbes, nonSparseRates, probeStatistics } from './statistics.ts';

const numbers = fc.array(fc.float({ min: -2, max: 5, noNaN: true }), { minLength: 1, maxLength: 60 });
const thresholds = [0.01, 0.05, 0.1, 0.2, 0.5];

describe('NSAR', () => {
  test('equals the count by definition, lies in [0, 1], falls with the threshold, ignores the order of units', () => {
    fc.assert(
      fc.property(numbers, (list) => {
        const values = Float32Array.from(list);
        const rates = nonSparseRates(values, thresholds);
        for (const tau of thresholds) {
          const count = values.filter((value) => Math.abs(value) > tau).length;
          expect(rates[String(tau)]).toBe(count / values.length);
        }
        const sequence = thresholds.map((tau) => rates[String(tau)]!);
        expect(sequence).toEqual([...sequence].sort((a, b) => b - a));
        expect(nonSparseRates(Float32Array.from(list.toReversed()), thresholds)).toEqual(rates);
      }),
    );
  });

  test('SiLU stays above -0.27847, so from 0.279 on only positive activations count', () => {
    const silu = Float32Array.from({ length: 4001 }, (_, i) => {
      const x = (i - 2000) / 100;
      return x / (1 + Math.exp(-x));
    });
    expect(Math.min(...silu)).toBeGreaterThan(-0.27847);
    const positive = silu.filter((value) => value > 0.279).length / silu.length;
    expect(nonSparseRates(silu, [0.279])['0.279']).toBe(positive);
  });

  test('a value at the threshold does not count', () => {
    expect(nonSparseRates(Float32Array.of(0.5, -0.5, 0.75), [0.5])).toEqual({ '0.5': 1 / 3 });
  });
});

test('the histogram keeps every value, those outside in the end bins', () => {
  fc.assert(
    fc.property(numbers, (list) => {
      const { edges, counts } = histogram(Float32Array.from(list));
      expect(counts.reduce((sum, count) => sum + count, 0)).toBe(list.length);
      expect(edges.length).toBe(counts.length + 1);
    }),
  );
  const { edges, counts } = histogram(Float32Array.of(-5, 0.01, 0.02, 9));
  expect([counts[0], counts.at(-1)]).toEqual([1, 1]);
  expect(counts[edges.indexOf(0)]).toBe(2);
});

test('a diverged run leaves NaN out and infinities in the end bins', () => {
  const values = Float32Array.of(Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0.5);
  const { counts } = histogram(values);
  expect(counts.every(Number.isInteger)).toBe(true);
  expect([counts[0], counts.at(-1), counts.reduce((sum, count) => sum + count, 0)]).toEqual([1, 1, 3]);
  const layer = { layer: 0, taps: { gate: { shape: [1, 2], values: Float32Array.of(Number.NaN, 1) } } };
  const { gateHistogram } = expertStatistics(layer, { count: 2, groups: 1, switchesOff: false });
  expect([...gateHistogram.keys()].filter((bin) => gateHistogram[bin] !== 0)).toEqual([19]);
});

describe('experts', () => {
  const gates = fc.array(
    fc.array(fc.oneof(fc.constant(0), fc.float({ min: Math.fround(0.1), max: 1, noNaN: true })), {
      minLength: 3,
      maxLength: 3,
    }),
    { minLength: 1, maxLength: 12 },
  );

  function layerOf(rows: number[][]): TappedLayer {
    return { layer: 0, taps: { gate: { shape: [rows.length, 3], values: Float32Array.from(rows.flat()) } } };
  }

  test('equal the definitions, computed the long way', () => {
    fc.assert(
      fc.property(gates, fc.boolean(), (rows, switchesOff) => {
        const found = expertStatistics(layerOf(rows), { count: 3, groups: 1, switchesOff });
        const exact = rows.map((row) => row.map(Math.fround));
        const total = exact.flat().reduce((sum, value) => sum + value, 0);
        for (let e = 0; e < 3; e++) {
          const column = exact.map((row) => row[e]!);
          const sum = column.reduce((a, b) => a + b, 0);
          const mean = sum / rows.length;
          const variance = column.reduce((a, b) => a + (b - mean) ** 2, 0) / rows.length;
          expect(found.meanGate[e]).toBeCloseTo(mean, 6);
          expect(found.gateDeviation[e]).toBeCloseTo(Math.sqrt(variance), 5);
          expect(found.load[e]).toBeCloseTo(total === 0 ? 0 : sum / total, 6);
          expect(found.dead.includes(e)).toBe(switchesOff && column.every((value) => value === 0));
        }
        const open = exact.flat().filter((value) => !switchesOff || value > 0).length;
        expect(found.activeMean).toBeCloseTo(open / rows.length, 10);
        const entropies = exact.map((row) => {
          const sum = row.reduce((a, b) => a + b, 0);
          return row.filter((value) => value > 0).reduce((a, b) => a - (b / sum) * Math.log(b / sum), 0);
        });
        expect(found.entropy).toBeCloseTo(entropies.reduce((a, b) => a + b, 0) / rows.length, 5);
        expect(found.gateHistogram.reduce((a, b) => a + b, 0)).toBe(rows.length * 3);
      }),
    );
  });

  test('the histogram reads the score where the gate is thresholded', () => {
    const layer = layerOf([[0, 0.9, 0]]);
    const taps = { ...layer.taps, score: { shape: [1, 3], values: Float32Array.of(0.42, 0.93, 1) } };
    const { gateHistogram } = expertStatistics(
      { layer: 0, taps },
      { count: 3, groups: 1, switchesOff: true },
    );
    expect([gateHistogram[8], gateHistogram[18], gateHistogram[19]]).toEqual([1, 1, 1]);
  });
});

describe('probes', () => {
  /** Taps of a one-layer document with random values. */
  function taps(tokens: number, units: number, experts: number, seed: number): TappedLayer[] {
    let state = seed;
    const values = (count: number) =>
      Float32Array.from({ length: count }, () => {
        state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
        return state / 2 ** 32;
      });
    const tensor = (columns: number) => ({ shape: [tokens, columns], values: values(tokens * columns) });
    const names = { activation: units, activationTimesUp: units, gate: experts, updateShare: 2 };
    return [
      {
        layer: 0,
        taps: Object.fromEntries(Object.entries(names).map(([name, columns]) => [name, tensor(columns)])),
      },
    ];
  }

  const { architecture } = findPreset('finedeep-0.3m')!;

  test('carry thresholds of the sweep and of the document, layout and kind', () => {
    const block = architecture.blocks[0]!;
    const ffn = { ...block.ffn, nsarThreshold: 0.3 } as typeof block.ffn;
    const document = { ...architecture, blocks: [{ ...block, ffn }] };
    const probe = probeStatistics(document, taps(5, 256, 8, 1), 40);
    expect(Object.keys(probe.layers[0]!.nsar)).toEqual(
      expect.arrayContaining(['0.01', '0.05', '0.1', '0.2', '0.3', '0.5']),
    );
    expect(probe.tokens).toBe(5);
    expect(probe.step).toBe(40);
    expect(probe.layers[0]!.experts).toMatchObject({ count: 8, groups: 2, activeMean: 8, dead: [] });
    expect(probe.layers[0]!.experts!.updateShare).toHaveLength(2);
  });

  test('of two batches merged equal the probe of both at once', () => {
    const [a, b] = [taps(4, 256, 8, 1), taps(9, 256, 8, 2)];
    const both: TappedLayer[] = [
      {
        layer: 0,
        taps: Object.fromEntries(
          Object.entries(a[0]!.taps).map(([name, first]) => {
            const second = b[0]!.taps[name]!;
            const values = Float32Array.of(...first.values, ...second.values);
            return [name, { shape: [13, first.shape[1]!], values }];
          }),
        ),
      },
    ];
    const merged = mergeProbes([probeStatistics(architecture, a, 3), probeStatistics(architecture, b, 3)]);
    const whole = probeStatistics(architecture, both, 3);
    expect(merged.tokens).toBe(whole.tokens);
    expect(merged.layers[0]!.activationHistogram).toEqual(whole.layers[0]!.activationHistogram);
    const numbersOf = (value: unknown): number[] => {
      if (typeof value === 'number') return [value];
      return typeof value === 'object' && value !== null ? Object.values(value).flatMap(numbersOf) : [];
    };
    const [found, expected] = [numbersOf(merged), numbersOf(whole)];
    expect(found.length).toBe(expected.length);
    found.forEach((value, i) => {
      expect(value).toBeCloseTo(expected[i]!, 6);
    });
  });
});
