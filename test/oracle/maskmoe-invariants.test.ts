/** What must hold of MaskMoE, for random small layers and masks. Numbers in names count the method's invariants. */
import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { architectureSchema } from '../../src/shared/architecture/document.ts';
import { type HashFfn, hash } from '../../src/shared/methods/ffn/hash.ts';
import { frequentTokens, type MaskMoeFfn, maskmoe } from '../../src/shared/methods/ffn/maskmoe.ts';
import { hidden } from '../../src/shared/methods/ffn/moe/router.ts';
import { type MoeFfn, moe } from '../../src/shared/methods/ffn/moe.ts';
import { bufferSpecs, bufferValues, parameterSpecs } from '../../src/shared/methods/languageModel.ts';
import {
  type Arrays,
  type BlockRequest,
  blockParameters,
  largestDifference,
  numbers,
  runBlock,
} from './block.ts';
import { norm } from './fixture.ts';
import { ambiguous, descending, ofExpert, rowsOf } from './moe.ts';
import { tokens as drawTokens } from './recipe.ts';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

const width = 5;
const vocabulary = 12;
const runs = { numRuns: 25 };

const layers = fc
  .record({
    tokens: fc.integer({ min: 1, max: 9 }),
    nExperts: fc.integer({ min: 1, max: 6 }),
    places: fc.tuple(fc.nat(), fc.nat(), fc.nat()),
    expertWidth: fc.integer({ min: 1, max: 3 }),
    sharedExpert: fc.boolean(),
    renormalise: fc.boolean(),
    freqCoverage: fc.double({ min: 0, max: 1, noNaN: true }),
    maskDraw: fc.constantFrom('uniform' as const, 'balanced' as const),
    maskPerLayer: fc.boolean(),
    maskSeed: fc.nat({ max: 1000 }),
    dispatch: fc.constantFrom('dense' as const, 'capacity' as const),
    layer: fc.nat({ max: 3 }),
    seed: fc.nat({ max: 1000 }),
  })
  .map(({ places: [k, frequent, rare], ...rest }) => ({
    ...rest,
    topK: 1 + (k % rest.nExperts),
    vFrequent: 1 + (frequent % rest.nExperts),
    vRare: 1 + (rare % rest.nExperts),
  }));
type Layer = typeof layers extends fc.Arbitrary<infer Value> ? Value : never;

/** Occurrences of every id; some never occur. */
const countsOf = (seed: number) =>
  drawTokens(`counts ${seed}`, vocabulary, 9).map((count) => Math.max(0, count - 2));

/** Capacity dispatch has room for every choice. */
function caseOf(drawn: Layer, rest: Partial<MaskMoeFfn> = {}) {
  const { tokens, seed, layer, ...options } = drawn;
  const ffn: MaskMoeFfn = { ...maskmoe.defaults(3), balanceAlpha: 0, ...options, ...rest };
  const roomy = { ...ffn, capacityFactor: ffn.nExperts / ffn.topK };
  const parameters = blockParameters(roomy, width, `mask ${seed}`);
  const stream = numbers(`stream ${seed}`, tokens * width);
  const inputs = drawTokens(`ids ${seed}`, tokens, vocabulary);
  const counts = countsOf(seed);
  const visible = masksOf(roomy, counts, layer);
  const base = { width, stream, inputs, vocabulary, counts, layer };
  const run = (request: Partial<BlockRequest> = {}) =>
    runBlock({ ffn: roomy, parameters, ...base, ...request });
  /** What each token sees, [N][E]. */
  const seen = Array.from(inputs, (id) => visible[id]!);
  return { ffn: roomy, parameters, stream, inputs, counts, visible, seen, base, run };
}

/** `visible` as rows of token ids. */
function masksOf(ffn: MaskMoeFfn, counts: ArrayLike<number>, layer = 0, V = counts.length): number[][] {
  const shape = { width, layers: 4, context: 4, vocabulary: V };
  const values = maskmoe.buffers(ffn, shape)[0]!.values({ counts, layer });
  return Array.from({ length: V }, (_, id) => [
    ...values.subarray(id * ffn.nExperts, (id + 1) * ffn.nExperts),
  ]);
}

const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);

function asMoe(ffn: MaskMoeFfn): MoeFfn {
  const {
    nExperts,
    topK,
    expertWidth,
    renormalise,
    jitter,
    balanceAlpha,
    routerZ,
    dispatch,
    capacityFactor,
  } = ffn;
  const sharedWidth = ffn.sharedExpert ? expertWidth : 0;
  return {
    kind: 'moe',
    ...{
      nExperts,
      topK,
      expertWidth,
      sharedWidth,
      renormalise,
      jitter,
      balanceAlpha,
      routerZ,
      dispatch,
      capacityFactor,
    },
  };
}

describe('MaskMoE', () => {
  test('1: where every type sees every expert it is the plain MoE, bit for bit, gradients and losses too', () => {
    fc.assert(
      fc.property(layers, fc.double({ min: 0, max: 0.2, noNaN: true }), (layer, jitter) => {
        const all = { vFrequent: layer.nExperts, vRare: layer.nExperts };
        const one = caseOf(layer, { ...all, jitter, balanceAlpha: 0.3, routerZ: 0.1 });
        const masked = one.run({ auxiliaryWeight: 1 });
        const plain = runBlock({
          ...one.base,
          ffn: asMoe(one.ffn),
          parameters: one.parameters,
          auxiliaryWeight: 1,
        });
        expect(masked).toEqual(plain);
      }),
      runs,
    );
  });

  test('2: where every type sees one expert, p is 1, the router learns nothing, and it is the Hash Layer bit for bit', () => {
    fc.assert(
      fc.property(layers, (layer) => {
        const one = caseOf(layer, { topK: 1, vFrequent: 1, vRare: 1, balanceAlpha: 0.5 });
        const { output, taps, gradients } = one.run({ auxiliaryWeight: 1 });
        expect(rowsOf(taps.gate!)).toEqual(one.seen);
        expect(rowsOf(taps.score!)).toEqual(one.seen);
        expect(norm(gradients.get('router.weight')!)).toBe(0);

        const { nExperts, expertWidth, sharedExpert, dispatch, capacityFactor } = one.ffn;
        const ffn: HashFfn = {
          ...hash.defaults(3),
          ...{ nExperts, topK: 1, expertWidth, dispatch, capacityFactor },
          sharedWidth: sharedExpert ? expertWidth : 0,
        };
        const parameters = new Map(one.parameters);
        parameters.delete('router.weight');
        const assigned = Float32Array.from(one.visible.flat());
        const hashed = runBlock({ ...one.base, ffn, parameters, buffers: new Map([['assigned', assigned]]) });
        expect(output).toEqual(hashed.output);
        for (const [name, gradient] of hashed.gradients) expect(gradients.get(name), name).toEqual(gradient);
      }),
      runs,
    );
  });

  test('3: hidden experts have probability 0, visible ones sum to 1, and nothing is NaN, also for huge logits', () => {
    fc.assert(
      fc.property(layers, fc.constantFrom(1, 100, 3000), (layer, factor) => {
        const one = caseOf(layer, { balanceAlpha: 0.1, routerZ: 0.1 });
        const router = one.parameters.get('router.weight')!.map((value) => value * factor);
        const parameters = new Map(one.parameters).set('router.weight', router);
        const { output, taps, gradients } = one.run({ parameters, auxiliaryWeight: 1 });
        rowsOf(taps.score!).forEach((p, n) => {
          p.forEach((value, expert) => {
            if (one.seen[n]![expert] === 0) expect(value).toBe(0);
          });
          expect(Math.abs(sum(p) - 1)).toBeLessThan(1e-6);
        });
        for (const values of [output, ...gradients.values()])
          expect(values.every(Number.isFinite)).toBe(true);
      }),
      runs,
    );
  });

  test('3: the same in half precision, every operation rounded', () => {
    const logits = fc.array(fc.double({ min: -1000, max: 1000, noNaN: true }), {
      minLength: 2,
      maxLength: 8,
    });
    fc.assert(
      fc.property(logits, fc.nat(), (drawn, bits) => {
        const visible = drawn.map((_, i) => (i === bits % drawn.length ? 1 : (bits >> i) & 1));
        const masked = drawn.map((logit, i) =>
          half(half(logit) + half(half(visible[i]! - 1) * half(hidden))),
        );
        const top = Math.max(...masked);
        const odds = masked.map((value) => half(Math.exp(half(value - top))));
        const total = half(sum(odds));
        const p = odds.map((value) => half(value / total));
        p.forEach((value, i) => {
          expect(Number.isNaN(value)).toBe(false);
          if (visible[i] === 0) expect(value).toBe(0);
        });
        expect(sum(p)).toBeCloseTo(1, 2);
      }),
      { numRuns: 200 },
    );
    expect(Number.isFinite(half(hidden))).toBe(true);
  });

  test('4: equal seeds give equal masks; an id sees the same experts at every position', () => {
    let different = 0;
    fc.assert(
      fc.property(layers, (layer) => {
        const one = caseOf(layer);
        expect(masksOf(one.ffn, one.counts, layer.layer)).toEqual(one.visible);
        const other = masksOf({ ...one.ffn, maskSeed: one.ffn.maskSeed + 1 }, one.counts, layer.layer);
        if (JSON.stringify(other) !== JSON.stringify(one.visible)) different++;
        const seenBy = new Map<number, string>();
        rowsOf(one.run({ training: false }).taps.score!).forEach((p, n) => {
          const set = JSON.stringify(p.map((value) => value > 0));
          expect(seenBy.get(one.inputs[n]!) ?? set).toBe(set);
          seenBy.set(one.inputs[n]!, set);
        });
      }),
      runs,
    );
    expect(different, 'cases in which another seed gives other masks').toBeGreaterThan(10);
  });

  test('4: masks are buffers of the model: no parameter, so no state of the optimiser, one for every layer', () => {
    const architecture = model(maskmoe.defaults(24), 3);
    expect(bufferSpecs(architecture).map(({ name, shape }) => [name, shape])).toEqual(
      [0, 1, 2].map((layer) => [`blocks.${layer}.ffn.visible`, [64, 8]]),
    );
    expect(parameterSpecs(architecture).filter(({ name }) => name.includes('visible'))).toEqual([]);
    const counts = Float64Array.from({ length: 64 }, (_, id) => 64 - id);
    expect(bufferValues(architecture, counts)).toEqual(bufferValues(architecture, counts));
  });

  test('5: every id sees exactly as many experts as its frequency says', () => {
    fc.assert(
      fc.property(layers, (layer) => {
        const one = caseOf(layer);
        const frequent = frequentTokens(one.ffn, one.counts);
        one.visible.forEach((row, id) => {
          for (const value of row) expect([0, 1]).toContain(value);
          expect(sum(row)).toBe(frequent.has(id) ? layer.vFrequent : layer.vRare);
        });
      }),
      { numRuns: 100 },
    );
  });

  test('5: each expert is visible V/N of the time; two layers overlap in V^2/N experts (within 4 standard errors)', () => {
    const [N, V, ids] = [8, 3, 4000];
    const ffn = { ...maskmoe.defaults(24), vFrequent: V, vRare: V, maskSeed: 5 };
    const counts = new Float64Array(ids).fill(1);
    const [first, second] = [0, 1].map((layer) => masksOf(ffn, counts, layer));
    const error = 4 * Math.sqrt((V / N) * (1 - V / N) * ids);
    for (let expert = 0; expert < N; expert++) {
      expect(Math.abs(sum(first!.map((row) => row[expert]!)) - (ids * V) / N)).toBeLessThan(error);
    }
    const overlaps = first!.map((row, id) => sum(row.map((value, expert) => value * second![id]![expert]!)));
    // Hypergeometric: variance V (V/N) (1 - V/N) (N - V)/(N - 1).
    const variance = V * (V / N) * (1 - V / N) * ((N - V) / (N - 1));
    expect(Math.abs(sum(overlaps) - (ids * V * V) / N)).toBeLessThan(4 * Math.sqrt(variance * ids));
    const shared = { ...ffn, maskPerLayer: false };
    expect(masksOf(shared, counts, 0)).toEqual(masksOf(shared, counts, 1));
  });

  test('5: the balanced draw spreads tokens over experts far more evenly than the uniform one', () => {
    // Zipf: the count of the id of rank r is 10,000 / r.
    const counts = Float64Array.from({ length: 500 }, (_, rank) => Math.floor(10_000 / (rank + 1)));
    const spread = (maskDraw: 'uniform' | 'balanced') => {
      const masks = masksOf({ ...maskmoe.defaults(24), maskDraw, vFrequent: 4, vRare: 1 }, counts);
      const loads = masks[0]!.map((_, expert) =>
        sum(masks.map((row, id) => (row[expert]! * counts[id]!) / sum(row))),
      );
      return Math.max(...loads) / (sum(loads) / loads.length);
    };
    expect(spread('balanced')).toBeLessThan(1.05);
    expect(spread('uniform')).toBeGreaterThan(1.1);
  });

  test('6: coverage 0 makes no id frequent, 1 every id that occurs; more coverage never fewer; unseen ids are rare', () => {
    fc.assert(
      fc.property(
        fc.array(fc.nat({ max: 50 }), { minLength: 1, maxLength: 40 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.double({ min: 0.1, max: 10, noNaN: true }),
        (counts, a, b, weight) => {
          const of = (freqCoverage: number, scaled = counts) =>
            frequentTokens({ ...maskmoe.defaults(24), freqCoverage }, scaled);
          const occur = counts.flatMap((count, id) => (count > 0 ? [id] : []));
          expect(of(0).size).toBe(0);
          expect([...of(1)].sort((x, y) => x - y)).toEqual(occur);
          // Counts of a mixture are weighted, no integers.
          expect(
            of(
              1,
              counts.map((count) => (count * weight) / 3),
            ).size,
          ).toBe(occur.length);
          const [less, more] = [of(Math.min(a, b)), of(Math.max(a, b))];
          expect(less.size).toBeLessThanOrEqual(more.size);
          for (const id of less) expect(more.has(id)).toBe(true);
        },
      ),
    );
  });

  test('6: ranks by count, ties by id; topN takes so many of the ids that occur', () => {
    const counts = [3, 7, 3, 0, 7, 1];
    const of = (options: Partial<MaskMoeFfn>) => [
      ...frequentTokens({ ...maskmoe.defaults(24), ...options }, counts),
    ];
    expect(of({ freqCoverage: 0.33 })).toEqual([1]); // 7 of 21
    expect(of({ freqCoverage: 0.34 })).toEqual([1, 4]);
    expect(of({ freqCoverage: 0.8 })).toEqual([1, 4, 0]); // 17 of 21 is 0.81
    expect(of({ frequentRule: 'topN', freqTopN: 3 })).toEqual([1, 4, 0]);
    expect(of({ frequentRule: 'topN', freqTopN: 0 })).toEqual([]);
    expect(of({ frequentRule: 'topN', freqTopN: 6 })).toEqual([1, 4, 0, 2, 5]);
  });

  test('7: the share of learned routing is at least the coverage, by less than the share of the last id', () => {
    fc.assert(
      fc.property(
        fc.array(fc.nat({ max: 50 }), { minLength: 1, maxLength: 40 }).filter((counts) => sum(counts) > 0),
        fc.double({ min: 0.01, max: 1, noNaN: true }),
        (counts, freqCoverage) => {
          const frequent = [...frequentTokens({ ...maskmoe.defaults(24), freqCoverage }, counts)];
          const share = sum(frequent.map((id) => counts[id]!)) / sum(counts);
          const last = counts[frequent.at(-1)!]! / sum(counts);
          expect(share).toBeGreaterThanOrEqual(freqCoverage - 1e-12);
          expect(share).toBeLessThan(freqCoverage + last);
        },
      ),
    );
  });

  test('8: min(K, V) experts run, all visible; experts that no token of the batch sees get a gradient of exactly 0', () => {
    let unseen = 0;
    fc.assert(
      fc.property(layers, (layer) => {
        const one = caseOf(layer, { balanceAlpha: 0.3 });
        const { taps, gradients, auxiliary } = one.run();
        const gates = rowsOf(taps.gate!);
        const units = rowsOf(taps.activation!);
        gates.forEach((row, n) => {
          expect(row.filter((weight) => weight > 0)).toHaveLength(Math.min(layer.topK, sum(one.seen[n]!)));
          row.forEach((weight, expert) => {
            if (one.seen[n]![expert] === 0) expect(weight).toBe(0);
            const own = units[n]!.slice(expert * layer.expertWidth, (expert + 1) * layer.expertWidth);
            for (const unit of own) expect(unit !== 0).toBe(weight > 0);
          });
        });
        // f of the balancing loss: shares of the choices that were made, not of N * K.
        const scores = rowsOf(taps.score!);
        const choices = gates.flat().filter((weight) => weight > 0).length;
        const expected = gates[0]!.map((_, expert) => {
          const f = gates.filter((row) => row[expert]! > 0).length / choices;
          return (f * sum(scores.map((p) => p[expert]!))) / layer.tokens;
        });
        expect(auxiliary.balance).toBeCloseTo(0.3 * layer.nExperts * sum(expected), 5);
        for (let expert = 0; expert < layer.nExperts; expert++) {
          if (one.seen.some((row) => row[expert] === 1)) continue;
          unseen++;
          for (const name of ['gate', 'up', 'down']) {
            expect(norm(ofExpert(gradients.get(`experts.${name}`)!, expert, layer.nExperts))).toBe(0);
          }
        }
      }),
      { numRuns: 50 },
    );
    expect(unseen, 'experts that no token saw').toBeGreaterThan(10);
  });

  test('9: as many parameters as the plain MoE; the mask is none; FLOPs are equal at K = 1, lower for tokens with V < K', () => {
    fc.assert(
      fc.property(layers, (layer) => {
        const { ffn } = caseOf(layer);
        const shape = { width, layers: 1, context: 4, vocabulary };
        expect(maskmoe.parameters(ffn, shape)).toEqual(moe.parameters(asMoe(ffn), shape));
        const [own, plain] = [maskmoe.counts(ffn, shape), moe.counts(asMoe(ffn), shape)];
        expect(own.parameters).toBe(plain.parameters);
        expect(own.forwardFlops).toBe(plain.forwardFlops);
        const { topK: K, freqCoverage, vFrequent, vRare } = ffn;
        const missing =
          freqCoverage * Math.max(0, K - vFrequent) + (1 - freqCoverage) * Math.max(0, K - vRare);
        const perExpert = 6 * width * ffn.expertWidth + 2 * width;
        expect(
          Math.abs(plain.activeForwardFlops - own.activeForwardFlops - missing * perExpert),
        ).toBeLessThanOrEqual(1.5);
        if (K === 1) expect(own).toEqual(plain);
        expect(maskmoe.buffers(ffn, shape)[0]!.shape).toEqual([vocabulary, ffn.nExperts]);
        expect(maskmoe.counts(ffn, shape, { activeExperts: K }).activeParameters).toBe(
          plain.activeParameters,
        );
      }),
      { numRuns: 100 },
    );
  });

  test('10: changing a token leaves the outputs before it as they were, bit for bit', () => {
    fc.assert(
      fc.property(layers, fc.nat(), (layer, at) => {
        const one = caseOf(layer);
        const changed = at % layer.tokens;
        const stream = one.stream.map((value, i) => (Math.floor(i / width) >= changed ? value + 0.5 : value));
        const inputs = one.inputs.map((id, n) => (n >= changed ? (id + 1) % vocabulary : id));
        const before = one.run().output.subarray(0, changed * width);
        expect(one.run({ stream, inputs }).output.subarray(0, changed * width)).toEqual(before);
      }),
      runs,
    );
  });

  test('10: permuting experts together with router and mask columns leaves the output unchanged', () => {
    fc.assert(
      fc.property(layers, fc.nat(), (layer, order) => {
        const one = caseOf(layer);
        const E = layer.nExperts;
        const place = (i: number) => ((order % 2 === 0 ? i : E - 1 - i) + order) % E;
        const columns = (values: Float32Array) => {
          const result = new Float32Array(values.length);
          values.forEach((value, at) => {
            result[at - (at % E) + place(at % E)] = value;
          });
          return result;
        };
        const parameters: Arrays = new Map(
          [...one.parameters].map(([name, values]) => {
            if (name === 'router.weight') return [name, columns(values)];
            if (!name.startsWith('experts.')) return [name, values];
            const result = new Float32Array(values.length);
            for (let i = 0; i < E; i++) result.set(ofExpert(values, i, E), (place(i) * values.length) / E);
            return [name, result];
          }),
        );
        const buffers = new Map([['visible', columns(Float32Array.from(one.visible.flat()))]]);
        const { output } = one.run({ parameters, buffers });
        expect(largestDifference(output, one.run().output)).toBeLessThan(1e-5);
      }),
      runs,
    );
  });

  test('disabling the first choice concerns tokens that see more than K experts; their share is reported', () => {
    let checked = 0;
    fc.assert(
      fc.property(layers, (layer) => {
        const one = caseOf(layer);
        const K = layer.topK;
        if (Math.max(layer.vFrequent, layer.vRare) <= K) {
          expect(() => one.run({ training: false, disableTop1: 'both' })).toThrow(
            `no token type sees more than topK = ${K}`,
          );
          return;
        }
        const { taps, reports } = one.run({ training: false, disableTop1: 'both' });
        const concerned = one.seen.map((row) => sum(row) > K);
        expect(reports.top1Disabled).toBeCloseTo(concerned.filter(Boolean).length / layer.tokens, 6);
        const scores = rowsOf(taps.score!);
        rowsOf(taps.gate!).forEach((row, n) => {
          const visibleOnly = scores[n]!.filter((_, expert) => one.seen[n]![expert] === 1);
          if (ambiguous([visibleOnly])) return;
          const order = descending(scores[n]!).filter((expert) => one.seen[n]![expert] === 1);
          const first = concerned[n] ? 1 : 0;
          const ran = row.flatMap((weight, expert) => (weight > 0 ? [expert] : []));
          expect(ran).toEqual(order.slice(first, first + K).sort((a, b) => a - b));
          if (concerned[n]) checked++;
        });
      }),
      { numRuns: 60 },
    );
    expect(checked).toBeGreaterThan(20);
  });
});

test('options: what exceeds the experts or the vocabulary is refused with a way out, and all but the principle is ours', () => {
  const ffn = maskmoe.defaults(768);
  expect(ffn).toMatchObject({
    nExperts: 8,
    topK: 2,
    expertWidth: 256,
    vFrequent: 4,
    vRare: 1,
    sharedExpert: true,
  });
  const shape = { width, layers: 1, context: 4, vocabulary };
  const broken = { ...ffn, topK: 9, vFrequent: 10, frequentRule: 'topN' as const, freqTopN: 13 };
  expect(maskmoe.check(broken, shape).map(({ path }) => path)).toEqual(['topK', 'vFrequent', 'freqTopN']);
  expect(maskmoe.check(broken, shape)[1]!.message).toBe(
    'vFrequent = 10 exceeds nExperts = 8: set vFrequent to 8 or less, or nExperts to 10 or more',
  );
  const layout = maskmoe.withLayout(ffn, 1, 17); // 17 + 1 experts of half the width
  expect(layout).toMatchObject({ nExperts: 17, expertWidth: 128, topK: 4, vFrequent: 9, vRare: 1 });
  expect(maskmoe.units(layout)).toBe(maskmoe.units(ffn));
  expect(maskmoe.reconstructed(ffn)).toContain('freqCoverage');
  expect(maskmoe.reconstructed(ffn)).not.toContain('vRare');
  expect(maskmoe.reconstructed({ ...ffn, frequentRule: 'topN' })).not.toContain('freqCoverage');
});

/** x as an IEEE half: 11 significant bits, exponents from -14, infinity from 65,520 on. */
function half(x: number): number {
  if (x === 0 || !Number.isFinite(x)) return x;
  if (Math.abs(x) >= 65_520) return Math.sign(x) * Number.POSITIVE_INFINITY;
  const step = 2 ** (Math.max(-14, Math.floor(Math.log2(Math.abs(x)))) - 10);
  const below = Math.floor(x / step);
  const rest = x / step - below;
  const up = rest > 0.5 || (rest === 0.5 && below % 2 !== 0);
  return (below + (up ? 1 : 0)) * step;
}

function model(ffn: MaskMoeFfn, layers: number) {
  return architectureSchema.parse({
    format: 'finegrain.architecture',
    version: 2,
    name: 'masks',
    vocabulary: 64,
    width: 8,
    context: 8,
    blocks: [
      {
        repeat: layers,
        attention: { kind: 'softmax', heads: 2, kvHeads: 2, headSize: 4, position: { kind: 'rope' } },
        ffn,
      },
    ],
  });
}
