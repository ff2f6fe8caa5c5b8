/** What must hold of single routed FFN kinds by algebra: LLaMA-MoE, top-p, Hash Layer, random routing. */
import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { initialParameters } from '../../src/main/engine/initialise.ts';
import { architectureSchema } from '../../src/shared/architecture/document.ts';
import { findPreset } from '../../src/shared/architecture/presets.ts';
import type { Ffn } from '../../src/shared/methods/ffn/index.ts';
import { largestDifference, numbers, runBlock } from './block.ts';
import { relativeDistance } from './fixture.ts';
import { caseOf, descending, layers, rowsOf, width } from './moe.ts';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

describe('LLaMA-MoE', () => {
  test('with every expert at an equal weight and factor n the block is the dense block of the same seed', () => {
    const sizes = fc.record({
      n: fc.integer({ min: 1, max: 5 }),
      units: fc.integer({ min: 1, max: 3 }),
      seed: fc.nat(),
    });
    fc.assert(
      fc.property(
        sizes,
        fc.boolean(),
        fc.constantFrom('dense' as const, 'capacity' as const),
        (size, renormalise, dispatch) => {
          const { n, units, seed } = size;
          const sliced: Ffn = {
            kind: 'llamamoe',
            width: n * units,
            nExperts: n,
            topK: n,
            rescale: 'n',
            renormalise,
            jitter: 0,
            balanceAlpha: 0,
            routerZ: 0,
            dispatch,
            capacityFactor: 1,
          };
          const block = (ffn: Ffn) => ({ ffn, parameters: started(ffn, seed) });
          const whole = block({ kind: 'dense', width: n * units });
          const parts = block(sliced);
          parts.parameters.set('router.weight', new Float32Array(width * n)); // equal weights
          const stream = numbers(`stream ${seed}`, 6 * width);
          const change = (part: typeof whole) => {
            const { output } = runBlock({ ...part, width, stream });
            return output.map((value, i) => value - stream[i]!);
          };
          expect(relativeDistance(change(parts), change(whole))).toBeLessThan(1e-4);
        },
      ),
      { numRuns: 25 },
    );
  });

  test('n / K is the factor between rescaled and plain', () => {
    fc.assert(
      fc.property(layers, (layer) => {
        const change = (rescale: 'none' | 'nOverK') => {
          const one = caseOf('llamamoe', { ...layer, rescale });
          return one.run().output.map((value, i) => value - one.stream[i]!);
        };
        const expected = change('none').map((value) => (value * layer.nExperts) / layer.topK);
        expect(largestDifference(change('nOverK'), expected)).toBeLessThan(1e-5);
      }),
      { numRuns: 20 },
    );
  });
});

/** Initial values of an FFN in a model of one layer, by relative name; matrices 30 times larger, so that the output is not lost in the stream. */
function started(ffn: Ffn, seed: number): Map<string, Float32Array> {
  const base = findPreset('dense-1m')!.architecture;
  const architecture = architectureSchema.parse({
    ...base,
    width,
    blocks: [{ ...base.blocks[0], repeat: 1, ffn }],
  });
  const prefix = 'blocks.0.ffn.';
  return new Map(
    [...initialParameters(architecture, seed)]
      .filter(([name]) => name.startsWith(prefix))
      .map(([name, values]) => [
        name.slice(prefix.length),
        name.endsWith('gain') ? values : values.map((value) => 30 * value),
      ]),
  );
}

describe('top-p', () => {
  const topP = (layer: Parameters<typeof caseOf>[1], P: number, maxExperts = 0) => {
    const one = caseOf('topp', { ...layer, topP: P });
    return { ...one, ...one.run({ ffn: { ...one.ffn, maxExperts } as Ffn }) };
  };

  test('the experts before the last one stay below P, with it they reach P: it crosses', () => {
    fc.assert(
      fc.property(layers, (layer) => {
        const { taps } = topP(layer, layer.topP);
        const scores = rowsOf(taps.score!);
        rowsOf(taps.gate!).forEach((row, n) => {
          const order = descending(scores[n]!);
          const count = row.filter((weight) => weight > 0).length;
          expect(count).toBeGreaterThan(0);
          expect(order.slice(0, count).every((expert) => row[expert]! > 0)).toBe(true);
          const reached = (chosen: number) =>
            order.slice(0, chosen).reduce((total, expert) => total + scores[n]![expert]!, 0);
          expect(reached(count - 1)).toBeLessThan(layer.topP + 1e-6);
          if (count < layer.nExperts) expect(reached(count)).toBeGreaterThan(layer.topP - 1e-6);
        });
      }),
      { numRuns: 60 },
    );
  });

  test('P -> 0 runs one expert, P -> 1 all; more of P never fewer; maxExperts takes the best of them', () => {
    fc.assert(
      fc.property(layers, (layer) => {
        const counts = [1e-9, 0.2, 0.4, 0.6, 0.8, 1].map((P) =>
          rowsOf(topP(layer, P).taps.gate!).map((row) => row.filter((weight) => weight > 0).length),
        );
        expect(counts[0]!.every((count) => count === 1)).toBe(true);
        expect(counts.at(-1)!.every((count) => count === layer.nExperts)).toBe(true);
        for (let n = 0; n < layer.tokens; n++) {
          const ofToken = counts.map((row) => row[n]!);
          expect(ofToken).toEqual([...ofToken].sort((a, b) => a - b));
        }
        const { taps } = topP(layer, 1, layer.topK);
        const scores = rowsOf(taps.score!);
        rowsOf(taps.gate!).forEach((row, n) => {
          const best = descending(scores[n]!).slice(0, layer.topK);
          expect(row.flatMap((weight, e) => (weight > 0 ? [e] : []))).toEqual(best.sort((a, b) => a - b));
        });
      }),
      { numRuns: 30 },
    );
  });
});

describe('the Hash Layer', () => {
  test('which experts run depends on the layer and the token id alone', () => {
    fc.assert(
      fc.property(layers, fc.nat({ max: 3 }), (layer, index) => {
        const one = caseOf('hash', { ...layer, tokens: 8 });
        const inputs = Int32Array.from([3, 1, 3, 3, 7, 1, 3, 7]);
        const run = (stream: Float32Array, depth = index) =>
          rowsOf(one.run({ inputs, stream, layer: depth }).taps.gate!);
        const gates = run(one.stream);
        for (const [n, m] of [
          [0, 2],
          [0, 3],
          [0, 6],
          [1, 5],
          [4, 7],
        ] as const)
          expect(gates[n]).toEqual(gates[m]);
        expect(run(numbers('another stream', one.stream.length))).toEqual(gates);
        const shared = rowsOf(
          one.run({ ffn: { ...one.ffn, hashPerLayer: false } as Ffn, inputs, layer: index }).taps.gate!,
        );
        const above = rowsOf(
          one.run({ ffn: { ...one.ffn, hashPerLayer: false } as Ffn, inputs, layer: index + 1 }).taps.gate!,
        );
        expect(above).toEqual(shared);
      }),
      { numRuns: 20 },
    );
  });

  test('layers and seeds draw other tables', () => {
    const layer = {
      ...fc.sample(layers, { seed: 1, numRuns: 1 })[0]!,
      tokens: 12,
      nExperts: 5,
      topK: 1,
      seed: 1,
    };
    const one = caseOf('hash', layer);
    const inputs = Int32Array.from({ length: 12 }, (_, id) => id);
    const gates = (depth: number, hashSeed: number) =>
      rowsOf(one.run({ ffn: { ...one.ffn, hashSeed } as Ffn, inputs, layer: depth }).taps.gate!);
    expect(gates(1, 1)).not.toEqual(gates(0, 1));
    expect(gates(0, 2)).not.toEqual(gates(0, 1));
    expect(gates(0, 1)).toEqual(gates(0, 1));
  });
});

describe('random routing', () => {
  test('repeats under the same noise and differs under another', () => {
    const layer = { ...fc.sample(layers, { seed: 1, numRuns: 1 })[0]!, tokens: 9, nExperts: 5, topK: 2 };
    const one = caseOf('random', layer);
    const [a, again, b] = ['a', 'a', 'b'].map((noise) => one.run({ noise }).taps.gate!.values);
    expect(again).toEqual(a);
    expect(b).not.toEqual(a);
  });

  test('runs every expert for K / E of the tokens', () => {
    const layer = {
      ...fc.sample(layers, { seed: 1, numRuns: 1 })[0]!,
      tokens: 4000,
      nExperts: 5,
      topK: 2,
      expertWidth: 1,
      sharedWidth: 0,
    };
    const gates = rowsOf(caseOf('random', layer).run({ training: false }).taps.gate!);
    for (let e = 0; e < 5; e++) {
      const share = gates.filter((row) => row[e]! > 0).length / gates.length;
      expect(Math.abs(share - 0.4)).toBeLessThan(4 * Math.sqrt((0.4 * 0.6) / 4000));
    }
  });
});
