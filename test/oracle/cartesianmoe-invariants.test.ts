/** What must hold of CartesianMoE by algebra, for random small layers. Numbers in names count the method's invariants. */
import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { type CartesianMoeFfn, cartesianmoe } from '../../src/shared/methods/ffn/cartesianmoe.ts';
import { dense } from '../../src/shared/methods/ffn/dense.ts';
import { type MoeFfn, moe } from '../../src/shared/methods/ffn/moe.ts';
import type { ParameterSpec } from '../../src/shared/methods/method.ts';
import {
  type Arrays,
  type BlockRequest,
  blockParameters,
  expertOutput,
  largestDifference,
  normalised,
  numbers,
  runBlock,
  times,
} from './block.ts';
import { norm } from './fixture.ts';
import { ambiguous, descending, ofExpert, rowsOf } from './moe.ts';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

const width = 5;
const runs = { numRuns: 25 };

const layers = fc
  .record({
    tokens: fc.integer({ min: 1, max: 8 }),
    nSubExperts: fc.integer({ min: 1, max: 5 }),
    chosen: fc.integer({ min: 0, max: 4 }),
    subExpertWidth: fc.integer({ min: 1, max: 3 }),
    sharedExpert: fc.constantFrom('perSublayer' as const, 'none' as const),
    residual: fc.constantFrom('perSublayer' as const, 'outerOnly' as const),
    renormalise: fc.boolean(),
    seed: fc.nat({ max: 1000 }),
  })
  .map(({ chosen, ...rest }) => ({ ...rest, topKPerSublayer: 1 + (chosen % rest.nSubExperts) }));
type Layer = typeof layers extends fc.Arbitrary<infer Value> ? Value : never;

/** Capacity dispatch, where asked for, has room for every choice unless told otherwise. */
function caseOf(layer: Layer, rest: Partial<CartesianMoeFfn> = {}) {
  const { tokens, seed, ...options } = layer;
  const ffn: CartesianMoeFfn = {
    ...cartesianmoe.defaults(6),
    balanceAlpha: 0,
    capacityFactor: options.nSubExperts / options.topKPerSublayer,
    ...options,
    ...rest,
  };
  const parameters = blockParameters(ffn, width, `cartesian ${seed}`);
  const stream = numbers(`stream ${seed}`, tokens * width);
  const run = (request: Partial<BlockRequest> = {}) =>
    runBlock({ ffn, width, parameters, stream, ...request });
  return { ffn, parameters, stream, run };
}
type Case = ReturnType<typeof caseOf>;

/** Parameters of one sub-layer by the names of a `moe` block. */
function subLayer(parameters: Arrays, index: 0 | 1): Arrays {
  const prefix = `layers.${index}.`;
  return new Map(
    [...parameters].flatMap(([name, values]) =>
      name.startsWith(prefix) ? [[name.slice(prefix.length), values] as const] : [],
    ),
  );
}

/** A sub-layer as a `moe` block. */
function asMoe(ffn: CartesianMoeFfn): MoeFfn {
  const { nSubExperts, topKPerSublayer, subExpertWidth, sharedExpert } = ffn;
  const { renormalise, jitter, balanceAlpha, routerZ, dispatch, capacityFactor } = ffn;
  return {
    kind: 'moe',
    nExperts: nSubExperts,
    topK: topKPerSublayer,
    expertWidth: subExpertWidth,
    sharedWidth: sharedExpert === 'none' ? 0 : subExpertWidth,
    ...{ renormalise, jitter, balanceAlpha, routerZ, dispatch, capacityFactor },
  };
}

/** Softmax of v R in double precision. */
function probabilities(v: readonly number[], router: Float32Array): number[] {
  const logits = times(v, router);
  const top = Math.max(...logits);
  const odds = logits.map((logit) => Math.exp(logit - top));
  const total = odds.reduce((sum, value) => sum + value, 0);
  return odds.map((value) => value / total);
}

/** y_m(v) of one sub-layer for every row, a plain loop in double precision; null where rounding could decide a choice. */
function update(ffn: CartesianMoeFfn, own: Arrays, v: readonly number[][]): number[][] | null {
  const p = v.map((row) => probabilities(row, own.get('router.weight')!));
  if (ambiguous(p)) return null;
  const [gate, up, down] = ['gate', 'up', 'down'].map((name) => own.get(`experts.${name}`)!);
  const e = ffn.nSubExperts;
  return v.map((row, n) => {
    const y = new Array<number>(width).fill(0);
    const add = (weight: number, matrices: readonly Float32Array[]) =>
      expertOutput(row, matrices[0]!, matrices[1]!, matrices[2]!, 0, 1).forEach((value, j) => {
        y[j]! += weight * value;
      });
    if (ffn.sharedExpert === 'perSublayer') {
      add(
        1,
        ['gate', 'up', 'down'].map((name) => own.get(`shared.${name}`)!),
      );
    }
    const chosen = descending(p[n]!).slice(0, ffn.topKPerSublayer);
    const sum = ffn.renormalise ? chosen.reduce((total, i) => total + p[n]![i]!, 0) : 1;
    for (const i of chosen)
      add(
        p[n]![i]! / sum,
        [gate!, up!, down!].map((stack) => ofExpert(stack, i, e)),
      );
    return y;
  });
}

/** The whole block by its definition, in double precision; null where rounding could decide a choice. */
function byDefinition({ ffn, parameters, stream }: Case): number[] | null {
  const [first, second] = [subLayer(parameters, 0), subLayer(parameters, 1)];
  const rows = (values: ArrayLike<number>) =>
    Array.from({ length: values.length / width }, (_, n) =>
      Array.from({ length: width }, (__, j) => values[n * width + j]!),
    );
  const plus = (a: number[][], b: number[][]) => a.map((row, n) => row.map((value, j) => value + b[n]![j]!));
  const normed = (x: number[][], of: Arrays) => normalised(Float32Array.from(x.flat()), of.get('norm.gain')!);
  const x = rows(stream);
  const preNorm = ffn.residual === 'perSublayer';
  const y1 = update(ffn, first, preNorm ? normed(x, first) : x);
  if (y1 === null) return null;
  const x1 = plus(x, y1);
  const y2 = update(ffn, second, normed(x1, preNorm ? second : first));
  if (y2 === null) return null;
  return (preNorm ? plus(x1, y2) : normed(plus(x, y2), second)).flat();
}

const sizes = (specs: readonly ParameterSpec[], part: RegExp) =>
  specs
    .filter(({ name }) => part.test(name))
    .reduce((sum, { shape }) => sum + shape.reduce((a, b) => a * b, 1), 0);

/** Fine-grained MoE of equal size: 2 e experts in one layer, 2 K of them, and a shared one of twice the width. */
function fineGrained(ffn: CartesianMoeFfn): MoeFfn {
  const one = asMoe(ffn);
  return { ...one, nExperts: 2 * one.nExperts, topK: 2 * one.topK, sharedWidth: 2 * one.sharedWidth };
}

const shape = { width, layers: 1, context: 4, vocabulary: 16 };

describe('CartesianMoE', () => {
  test('the block is its definition, a plain loop over sub-experts, for both residuals and in both modes', () => {
    let checked = 0;
    fc.assert(
      fc.property(layers, fc.boolean(), (layer, training) => {
        const one = caseOf(layer);
        const expected = byDefinition(one);
        if (expected === null) return;
        checked++;
        expect(largestDifference(one.run({ training }).output, expected)).toBeLessThan(3e-5);
      }),
      { numRuns: 60 },
    );
    expect(checked).toBeGreaterThan(40);
  });

  test('with a residual per sub-layer it is two MoE blocks in sequence: output and losses bit for bit', () => {
    fc.assert(
      fc.property(layers, fc.constantFrom('dense' as const, 'capacity' as const), (layer, dispatch) => {
        const one = caseOf(
          { ...layer, residual: 'perSublayer' },
          { dispatch, balanceAlpha: 0.3, routerZ: 0.1 },
        );
        const { output, auxiliary } = one.run();
        const ffn = asMoe(one.ffn);
        const first = runBlock({ ffn, width, parameters: subLayer(one.parameters, 0), stream: one.stream });
        const second = runBlock({
          ffn,
          width,
          parameters: subLayer(one.parameters, 1),
          stream: first.output,
        });
        expect(output).toEqual(second.output);
        for (const name of ['balance', 'routerZ']) {
          expect(auxiliary[name]).toBe(first.auxiliary[name]! + second.auxiliary[name]!);
        }
      }),
      runs,
    );
  });

  test('1: one sub-expert without a shared one equals two stacked dense sub-layers', () => {
    fc.assert(
      fc.property(layers, fc.constantFrom('dense' as const, 'capacity' as const), (layer, dispatch) => {
        const one = caseOf(
          { ...layer, nSubExperts: 1, topKPerSublayer: 1, sharedExpert: 'none', residual: 'perSublayer' },
          { dispatch },
        );
        const ffn = dense.defaults(one.ffn.subExpertWidth);
        const stacked = ([0, 1] as const).reduce((stream, index) => {
          const own = subLayer(one.parameters, index);
          const parameters: Arrays = new Map([
            ['norm.gain', own.get('norm.gain')!],
            ...(['gate', 'up', 'down'] as const).map(
              (name) => [`${name}.weight`, own.get(`experts.${name}`)!] as const,
            ),
          ]);
          return runBlock({ ffn, width, parameters, stream }).output;
        }, one.stream);
        const { output, taps } = one.run();
        expect(largestDifference(output, stacked)).toBeLessThan(1e-6);
        expect(new Set(taps.gate!.values)).toEqual(new Set([1]));
      }),
      runs,
    );
  });

  test('3: routers are as large as the fine-grained router; one norm gain is all that is added', () => {
    fc.assert(
      fc.property(layers, (layer) => {
        const { ffn } = caseOf(layer);
        const own = cartesianmoe.parameters(ffn, shape);
        const fine = moe.parameters(fineGrained(ffn), shape);
        expect(sizes(own, /router/)).toBe(2 * width * ffn.nSubExperts);
        expect(sizes(own, /router/)).toBe(sizes(fine, /router/));
        expect(sizes(own, /./)).toBe(sizes(fine, /./) + width);
        expect(cartesianmoe.counts(ffn, shape).parameters).toBe(sizes(own, /./));
      }),
      runs,
    );
  });

  test('4: active units are those of the fine-grained layer', () => {
    fc.assert(
      fc.property(layers, (layer) => {
        const { ffn } = caseOf(layer);
        const active = 2 * (ffn.topKPerSublayer + (ffn.sharedExpert === 'none' ? 0 : 1)) * ffn.subExpertWidth;
        const own = cartesianmoe.counts(ffn, shape);
        const fine = moe.counts(fineGrained(ffn), shape);
        const outside = sizes(cartesianmoe.parameters(ffn, shape), /router|norm/);
        expect(own.activeParameters - outside).toBe(3 * width * active);
        expect(own.activeParameters).toBe(fine.activeParameters + width);
        expect(own.activeForwardFlops).toBe(fine.activeForwardFlops);
        expect(own.matrixFlops).toBe(fine.matrixFlops);
      }),
      runs,
    );
  });

  test('5: without down-projections in sub-layer 2 the output is x1, without any it is x, exactly', () => {
    fc.assert(
      fc.property(layers, (layer) => {
        const one = caseOf({ ...layer, residual: 'perSublayer' });
        const silenced = (prefixes: readonly string[]): Arrays =>
          new Map(
            [...one.parameters].map(([name, values]) =>
              name.endsWith('.down') && prefixes.some((prefix) => name.startsWith(prefix))
                ? [name, new Float32Array(values.length)]
                : [name, values],
            ),
          );
        const x1 = runBlock({
          ffn: asMoe(one.ffn),
          width,
          parameters: subLayer(one.parameters, 0),
          stream: one.stream,
        }).output;
        expect(one.run({ parameters: silenced(['layers.1.']) }).output).toEqual(x1);
        expect(one.run({ parameters: silenced(['layers.0.', 'layers.1.']) }).output).toEqual(one.stream);
      }),
      runs,
    );
  });

  test('6: exactly K sub-experts per token and sub-layer; those that no token chose get a gradient of exactly 0', () => {
    let idle = 0;
    fc.assert(
      fc.property(layers, fc.constantFrom('dense' as const, 'capacity' as const), (layer, dispatch) => {
        const one = caseOf(layer, { dispatch });
        const { taps, gradients } = one.run();
        const e = layer.nSubExperts;
        const gates = rowsOf(taps.gate!);
        const scores = rowsOf(taps.score!);
        for (const m of [0, 1] as const) {
          gates.forEach((row, n) => {
            const own = row.slice(m * e, (m + 1) * e);
            const p = scores[n]!.slice(m * e, (m + 1) * e);
            expect(own.filter((weight) => weight > 0)).toHaveLength(layer.topKPerSublayer);
            expect(p.reduce((sum, value) => sum + value, 0)).toBeCloseTo(1, 5);
            if (!layer.renormalise) expect(own).toEqual(p.map((value, i) => (own[i]! > 0 ? value : 0)));
          });
          for (let i = 0; i < e; i++) {
            const used = gates.some((row) => row[m * e + i]! > 0);
            if (!used) idle++;
            for (const name of ['gate', 'up', 'down']) {
              const size = norm(ofExpert(gradients.get(`layers.${m}.experts.${name}`)!, i, e));
              if (used) expect(size, `${name} ${m} ${i}`).toBeGreaterThan(0);
              else expect(size, `${name} ${m} ${i}`).toBe(0);
            }
          }
        }
      }),
      runs,
    );
    expect(idle, 'idle sub-experts among the cases').toBeGreaterThan(0);
  });

  test('6: disabling the first choice takes ranks 1 to K of the sub-layers asked for, and needs e > K', () => {
    let checked = 0;
    fc.assert(
      fc.property(
        layers,
        fc.constantFrom('first' as const, 'second' as const, 'both' as const),
        (layer, which) => {
          const one = caseOf(layer);
          const e = layer.nSubExperts;
          const K = layer.topKPerSublayer;
          if (e <= K) {
            expect(() => one.run({ training: false, disableTop1: which })).toThrow(
              `leaves ${e - 1} for topK = ${K}`,
            );
            return;
          }
          const { taps } = one.run({ training: false, disableTop1: which });
          const gates = rowsOf(taps.gate!);
          rowsOf(taps.score!).forEach((p, n) => {
            for (const m of [0, 1] as const) {
              const own = p.slice(m * e, (m + 1) * e);
              if (ambiguous([own])) continue;
              const off = which === 'both' || which === (m === 0 ? 'first' : 'second');
              const expected = descending(own).slice(off ? 1 : 0, K + (off ? 1 : 0));
              const ran = gates[n]!.slice(m * e, (m + 1) * e).flatMap((weight, i) => (weight > 0 ? [i] : []));
              expect(ran).toEqual(expected.sort((a, b) => a - b));
              if (off) expect(ran).not.toContain(descending(own)[0]);
              checked++;
            }
          });
        },
      ),
      { numRuns: 40 },
    );
    expect(checked).toBeGreaterThan(40);
  });

  test('7: uniform routing makes a balancing loss of alpha in each sub-layer', () => {
    fc.assert(
      fc.property(layers, fc.double({ min: 0.001, max: 2, noNaN: true }), (layer, balanceAlpha) => {
        const one = caseOf(layer, { balanceAlpha });
        const uniform: Arrays = new Map(
          [...one.parameters].map(([name, values]) =>
            name.includes('router') ? [name, new Float32Array(values.length)] : [name, values],
          ),
        );
        const { auxiliary } = one.run({ parameters: uniform });
        expect(Math.abs(auxiliary.balance! / 2 - balanceAlpha)).toBeLessThan(
          1e-6 * Math.max(1, balanceAlpha),
        );
      }),
      runs,
    );
  });

  test('7: permuting sub-experts together with their router columns leaves the output unchanged', () => {
    fc.assert(
      fc.property(layers, fc.nat(), (layer, order) => {
        const one = caseOf(layer);
        const e = layer.nSubExperts;
        // A rotation and, for odd orders, a reversal: not all permutations, but every place is moved.
        const place = (i: number) => ((order % 2 === 0 ? i : e - 1 - i) + order) % e;
        const permuted: Arrays = new Map(
          [...one.parameters].map(([name, values]) => {
            const result = new Float32Array(values.length);
            if (name.endsWith('router.weight')) {
              values.forEach((value, at) => {
                result[at - (at % e) + place(at % e)] = value;
              });
            } else if (name.includes('.experts.')) {
              const size = values.length / e;
              for (let i = 0; i < e; i++) result.set(ofExpert(values, i, e), place(i) * size);
            } else result.set(values);
            return [name, result];
          }),
        );
        expect(largestDifference(one.run({ parameters: permuted }).output, one.run().output)).toBeLessThan(
          1e-5,
        );
      }),
      runs,
    );
  });

  test('8: the route of sub-layer 1 does not depend on sub-layer 2, that of sub-layer 2 does on the experts of 1', () => {
    let moved = 0;
    fc.assert(
      fc.property(layers, (layer) => {
        const one = caseOf(layer);
        const e = layer.nSubExperts;
        const other = blockParameters(one.ffn, width, `other ${layer.seed}`);
        const exchanged = (part: RegExp): Arrays =>
          new Map(
            [...one.parameters].map(([name, values]) => [name, part.test(name) ? other.get(name)! : values]),
          );
        const half = (parameters: Arrays, m: 0 | 1) =>
          rowsOf(one.run({ parameters }).taps.gate!).map((row) => row.slice(m * e, (m + 1) * e));
        expect(half(exchanged(/^layers\.1\./), 0)).toEqual(half(one.parameters, 0));
        const before = half(one.parameters, 1).map((row) => row.map((weight) => weight > 0));
        const after = half(exchanged(/^layers\.0\.experts/), 1).map((row) => row.map((weight) => weight > 0));
        if (JSON.stringify(before) !== JSON.stringify(after)) moved++;
      }),
      { numRuns: 40 },
    );
    expect(moved, 'cases in which the route of sub-layer 2 changed').toBeGreaterThan(5);
  });

  test('both dispatches agree where nothing overflows; overflow is reported for each sub-layer', () => {
    fc.assert(
      fc.property(layers, (layer) => {
        const dense = caseOf(layer, { balanceAlpha: 0.2 }).run({ auxiliaryWeight: 1 });
        const capacity = caseOf(layer, { balanceAlpha: 0.2, dispatch: 'capacity' }).run({
          auxiliaryWeight: 1,
        });
        expect(capacity.reports).toEqual({ overflow: 0 });
        expect(largestDifference(capacity.output, dense.output)).toBeLessThan(2e-5);
        for (const [name, gradient] of dense.gradients) {
          expect(largestDifference(capacity.gradients.get(name)!, gradient), name).toBeLessThan(
            2e-5 * (1 + norm(gradient)),
          );
        }
        const tight = caseOf(layer, { dispatch: 'capacity', capacityFactor: 0.1 }).run();
        expect(tight.reports.overflow).toBeGreaterThanOrEqual(0);
        expect(
          caseOf(layer, { dispatch: 'capacity', capacityFactor: 0.1 }).run({ training: false }).output,
        ).toEqual(caseOf(layer).run({ training: false }).output);
      }),
      runs,
    );
  });
});

test('options: top-k beyond the sub-experts is refused with a way out, layouts keep all units, and what is ours is named', () => {
  const ffn = cartesianmoe.defaults(768);
  expect(ffn).toMatchObject({ nSubExperts: 8, topKPerSublayer: 2, subExpertWidth: 128 });
  expect(cartesianmoe.check({ ...ffn, topKPerSublayer: 9 }, shape)).toMatchObject([
    {
      path: 'topKPerSublayer',
      message:
        'topKPerSublayer = 9 exceeds nSubExperts = 8: set topKPerSublayer to 8 or less, or nSubExperts to 9 or more',
    },
  ]);
  const layout = cartesianmoe.withLayout(ffn, 2, 17); // 2 x (17 + 1) halves
  expect(layout).toMatchObject({ nSubExperts: 17, subExpertWidth: 64, topKPerSublayer: 4 });
  expect(cartesianmoe.units(layout)).toBe(cartesianmoe.units(ffn));
  expect(cartesianmoe.experts(layout)).toMatchObject({ count: 34, groups: 2, chosenPerGroup: 4 });
  expect(cartesianmoe.reconstructed(ffn)).toEqual(['residual', 'renormalise', 'balanceAlpha']);
  expect(cartesianmoe.reconstructed({ ...ffn, jitter: 0.1 })).toContain('jitter');
});
