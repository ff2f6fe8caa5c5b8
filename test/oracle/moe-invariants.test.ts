/** What must hold of every routed FFN kind by algebra, for random small layers. Both dispatches. */
import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { capacityOf } from '../../src/shared/methods/ffn/moe/experts.ts';
import { largestDifference, numbers } from './block.ts';
import { norm } from './fixture.ts';
import {
  ambiguous,
  caseOf,
  descending,
  factorOf,
  type Layer,
  layers,
  logSumExp,
  loopOverExperts,
  ofExpert,
  probabilities,
  type RoutedKind,
  routedKinds,
  routerLogits,
  rowsOf,
  width,
} from './moe.ts';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

const routers = ['moe', 'topp', 'llamamoe'] as const;
const runs = { numRuns: 25 };

/** Weights that the definition asks for, from probabilities in double precision; null where rounding could decide. */
function expectedWeights(
  kind: (typeof routers)[number],
  layer: Layer,
  p: number[][],
  first = 0,
): number[][] | null {
  if (ambiguous(p)) return null;
  const rows = p.map((row) => {
    const order = descending(row).slice(first);
    let chosen = order.slice(0, layer.topK);
    if (kind === 'topp') {
      chosen = [];
      let reached = 0;
      for (const expert of order) {
        if (Math.abs(reached - layer.topP) < 1e-5) return null;
        if (reached >= layer.topP) break;
        chosen.push(expert);
        reached += row[expert]!;
      }
    }
    const sum = layer.renormalise ? chosen.reduce((total, expert) => total + row[expert]!, 0) : 1;
    return row.map((value, expert) => (chosen.includes(expert) ? value / sum : 0));
  });
  return rows.every((row) => row !== null) ? (rows as number[][]) : null;
}

describe.each(routedKinds)('%s', (kind) => {
  test('the block is a plain loop over the chosen experts, in training and at inference', () => {
    fc.assert(
      fc.property(layers, fc.boolean(), (layer, training) => {
        const one = caseOf(kind, layer);
        const { output, taps } = one.run({ training });
        const gates = rowsOf(taps.gate!);
        expect(largestDifference(output, loopOverExperts(one, gates, factorOf(one.ffn)))).toBeLessThan(2e-5);
      }),
      runs,
    );
  });

  test('dense and capacity dispatch agree where nothing overflows: output, losses and every gradient', () => {
    fc.assert(
      fc.property(layers, (layer) => {
        const losses = { balanceAlpha: 0.3, routerZ: 0.1 };
        const dense = caseOf(kind, layer, losses).run({ auxiliaryWeight: 1 });
        const capacity = caseOf(kind, layer, { ...losses, dispatch: 'capacity' }).run({ auxiliaryWeight: 1 });
        expect(capacity.reports).toEqual({ overflow: 0 });
        expect(dense.reports).toEqual({});
        expect(largestDifference(capacity.output, dense.output)).toBeLessThan(1e-5);
        expect(capacity.auxiliary).toEqual(dense.auxiliary);
        for (const [name, gradient] of dense.gradients) {
          expect(largestDifference(capacity.gradients.get(name)!, gradient), name).toBeLessThan(
            1e-5 * (1 + norm(gradient)),
          );
        }
        for (const [name, tap] of Object.entries(dense.taps)) {
          expect(largestDifference(capacity.taps[name]!.values, tap.values), name).toBeLessThan(1e-6);
        }
      }),
      runs,
    );
  });

  test('overflow is counted exactly; the first tokens of an expert keep it; what is dropped adds nothing', () => {
    let dropped = 0;
    let without = 0;
    fc.assert(
      fc.property(layers, fc.double({ min: 0.2, max: 1, noNaN: true }), (layer, capacityFactor) => {
        const whole = rowsOf(caseOf(kind, layer).run().taps.gate!);
        const one = caseOf(kind, layer, { dispatch: 'capacity', capacityFactor });
        const { output, reports, taps } = one.run();
        const most = kind === 'topp' ? layer.nExperts : layer.topK;
        const C = capacityOf({ nExperts: layer.nExperts, capacityFactor }, layer.tokens, most);
        expect(C).toBe(
          Math.min(
            layer.tokens,
            Math.max(1, Math.ceil((capacityFactor * layer.tokens * most) / layer.nExperts)),
          ),
        );
        const used = new Array<number>(layer.nExperts).fill(0);
        const kept = whole.map((row) => row.map((weight, e) => (weight > 0 && used[e]!++ < C ? weight : 0)));
        expect(rowsOf(taps.gate!)).toEqual(kept);
        const choices = used.reduce((sum, count) => sum + count, 0);
        const lost = used.reduce((sum, count) => sum + Math.max(0, count - C), 0);
        expect(reports.overflow).toBe(Math.fround(lost / choices));
        expect(largestDifference(output, loopOverExperts(one, kept, factorOf(one.ffn)))).toBeLessThan(2e-5);

        const silent = new Map(one.parameters).set(
          'experts.down',
          new Float32Array(one.parameters.get('experts.down')!.length),
        );
        const residual = one.run({ parameters: silent }).output;
        kept.forEach((row, n) => {
          if (row.some((weight) => weight > 0)) return;
          without++;
          expect(output.subarray(n * width, (n + 1) * width)).toEqual(
            residual.subarray(n * width, (n + 1) * width),
          );
        });
        // Inference drops nothing.
        expect(one.run({ training: false }).output).toEqual(
          caseOf(kind, layer).run({ training: false }).output,
        );
        dropped += lost;
      }),
      { numRuns: 40 },
    );
    expect(dropped, 'dropped choices among the cases').toBeGreaterThan(0);
    expect(without, 'tokens that lost every expert among the cases').toBeGreaterThan(0);
  });

  test.each(['dense', 'capacity'] as const)(
    'experts that no token runs get a gradient of exactly 0, dispatch %s',
    (dispatch) => {
      let checked = 0;
      fc.assert(
        fc.property(layers, (layer) => {
          const { gradients, taps } = caseOf(kind, layer, { dispatch }).run();
          const gates = rowsOf(taps.gate!);
          for (let e = 0; e < layer.nExperts; e++) {
            const idle = gates.every((row) => row[e] === 0);
            if (idle) checked++;
            for (const name of ['experts.gate', 'experts.up', 'experts.down']) {
              const size = norm(ofExpert(gradients.get(name)!, e, layer.nExperts));
              if (idle) expect(size, `${name} of expert ${e}`).toBe(0);
              else expect(size, `${name} of expert ${e}`).toBeGreaterThan(0);
            }
          }
        }),
        runs,
      );
      expect(checked, 'idle experts among the cases').toBeGreaterThan(0);
    },
  );

  test('loads sum to the experts of a token; units of experts that did not run are 0', () => {
    fc.assert(
      fc.property(layers, (layer) => {
        const { taps } = caseOf(kind, layer).run();
        const gates = rowsOf(taps.gate!);
        if (kind !== 'topp') {
          for (const row of gates) expect(row.filter((weight) => weight > 0)).toHaveLength(layer.topK);
        }
        const load = gates.flat().filter((weight) => weight > 0).length / layer.tokens;
        if (kind !== 'topp') expect(load).toBe(layer.topK);
        const units = layer.nExperts * layer.expertWidth + (kind === 'llamamoe' ? 0 : layer.sharedWidth);
        for (const name of ['activation', 'activationTimesUp']) {
          expect(taps[name]!.shape).toEqual([layer.tokens, units]);
          rowsOf(taps[name]!).forEach((row, n) => {
            for (let unit = 0; unit < layer.nExperts * layer.expertWidth; unit++) {
              const runs = gates[n]![Math.floor(unit / layer.expertWidth)]! > 0;
              expect(row[unit] !== 0).toBe(runs);
            }
            for (const value of row.slice(layer.nExperts * layer.expertWidth)) expect(value).not.toBe(0);
          });
        }
      }),
      runs,
    );
  });

  test.each(['dense', 'capacity'] as const)(
    'changing a token leaves earlier tokens as they were, bit for bit, dispatch %s',
    (dispatch) => {
      fc.assert(
        fc.property(layers, fc.nat({ max: 8 }), (layer, place) => {
          const changed = place % layer.tokens;
          const one = caseOf(kind, layer, { dispatch, capacityFactor: 0.6 });
          const before = one.run().output;
          const stream = one.stream.map((value, i) =>
            Math.floor(i / width) === changed ? -value + 0.3 : value,
          );
          const after = one.run({ stream }).output;
          expect(after.subarray(0, changed * width)).toEqual(before.subarray(0, changed * width));
          expect(after).not.toEqual(before);
        }),
        runs,
      );
    },
  );
});

describe.each(routers)('the router of %s', (kind) => {
  test('weights follow the definition; renormalised weights sum to 1; probabilities do', () => {
    let checked = 0;
    fc.assert(
      fc.property(layers, (layer) => {
        const one = caseOf(kind, layer);
        const p = probabilities(one);
        const { taps } = one.run();
        expect(largestDifference(taps.score!.values, p.flat())).toBeLessThan(1e-6);
        const expected = expectedWeights(kind, layer, p);
        if (expected === null) return;
        checked++;
        expect(largestDifference(taps.gate!.values, expected.flat())).toBeLessThan(1e-5);
        for (const row of rowsOf(taps.score!)) expect(sum(row)).toBeCloseTo(1, 6);
        if (layer.renormalise) for (const row of rowsOf(taps.gate!)) expect(sum(row)).toBeCloseTo(1, 6);
      }),
      { numRuns: 60 },
    );
    expect(checked).toBeGreaterThan(30);
  });

  test('a tie goes to the lower index; uniform routing gives a balance loss of alpha', () => {
    fc.assert(
      fc.property(layers, (layer) => {
        const one = caseOf(kind, layer, { balanceAlpha: 0.01 });
        const uniform = new Map(one.parameters).set(
          'router.weight',
          new Float32Array(width * layer.nExperts),
        );
        const { auxiliary, taps } = one.run({ parameters: uniform });
        expect(auxiliary.balance).toBeCloseTo(0.01, 7);
        for (const row of rowsOf(taps.gate!)) {
          const count = row.filter((weight) => weight > 0).length;
          expect(row.map((weight) => weight > 0)).toEqual(row.map((_, e) => e < count));
        }
      }),
      runs,
    );
  });

  test('the losses: alpha E sum f P with f the share of routed slots, and the mean squared log-sum-exp', () => {
    fc.assert(
      fc.property(layers, (layer) => {
        const one = caseOf(kind, layer, { balanceAlpha: 0.7, routerZ: 0.3 });
        const projection = new Float32Array(one.stream.length);
        const { auxiliary, gradients, taps } = one.run({ projection, auxiliaryWeight: 1 });
        const gates = rowsOf(taps.gate!);
        const choices = gates.flat().filter((weight) => weight > 0).length;
        const p = probabilities(one);
        let balance = 0;
        for (let e = 0; e < layer.nExperts; e++) {
          const f = gates.filter((row) => row[e]! > 0).length / choices;
          balance += f * (p.reduce((total, row) => total + row[e]!, 0) / layer.tokens);
        }
        expect(auxiliary.balance).toBeCloseTo(0.7 * layer.nExperts * balance, 5);
        // The losses reach the router and, through the norm, nothing of the experts.
        for (const name of ['experts.gate', 'experts.up', 'experts.down'])
          expect(norm(gradients.get(name)!)).toBe(0);
        expect(norm(gradients.get('router.weight')!)).toBeGreaterThan(0);

        const squares = routerLogits(one).map((row) => logSumExp(row) ** 2);
        expect(auxiliary.routerZ).toBeCloseTo((0.3 * sum(squares)) / layer.tokens, 5);
        expect(caseOf(kind, layer).run().auxiliary).toEqual({});
      }),
      runs,
    );
  });

  test('permuting experts together with router columns leaves the output as it was', () => {
    fc.assert(
      fc.property(layers, fc.nat({ max: 4 }), (layer, shift) => {
        const one = caseOf(kind, layer);
        if (ambiguous(probabilities(one))) return;
        const E = layer.nExperts;
        const from = (e: number) => (E - 1 - e + shift) % E;
        const parameters = new Map(one.parameters);
        for (const name of ['experts.gate', 'experts.up', 'experts.down']) {
          const stack = one.parameters.get(name)!;
          parameters.set(
            name,
            Float32Array.from(Array.from({ length: E }, (_, e) => [...ofExpert(stack, from(e), E)]).flat()),
          );
        }
        const router = one.parameters.get('router.weight')!;
        parameters.set(
          'router.weight',
          router.map((_, i) => router[Math.floor(i / E) * E + from(i % E)]!),
        );
        const [before, after] = [one.run(), one.run({ parameters })];
        expect(largestDifference(after.output, before.output)).toBeLessThan(1e-5);
        const permuted = rowsOf(before.taps.gate!).map((row) => row.map((_, e) => row[from(e)]!));
        expect(largestDifference(after.taps.gate!.values, permuted.flat())).toBeLessThan(1e-6);
      }),
      runs,
    );
  });

  test('with the first choice disabled no token runs it and the next ones run; too few experts are an error', () => {
    fc.assert(
      fc.property(layers, (layer) => {
        const one = caseOf(kind, layer);
        const disabled = (way: 'first' | 'second' | 'both') => one.run({ training: false, disableTop1: way });
        const needed = kind === 'topp' ? 2 : layer.topK + 1;
        if (layer.nExperts < needed) {
          expect(() => disabled('both')).toThrow(
            /cannot be disabled: nExperts = \d+ leaves \d+ for topK = \d+/,
          );
          return;
        }
        const p = probabilities(one);
        const { taps, output } = disabled('both');
        if (ambiguous(p)) return;
        rowsOf(taps.gate!).forEach((row, n) => {
          expect(row[descending(p[n]!)[0]!]).toBe(0);
          if (kind !== 'topp') expect(row.filter((weight) => weight > 0)).toHaveLength(layer.topK);
        });
        const expected = expectedWeights(kind, layer, p, 1);
        if (expected !== null)
          expect(largestDifference(taps.gate!.values, expected.flat())).toBeLessThan(1e-5);
        for (const way of ['first', 'second'] as const) expect(disabled(way).output).toEqual(output);
      }),
      { numRuns: 50 },
    );
  });

  test('jitter 0 draws nothing; jitter changes the router in training only, and never the experts', () => {
    fc.assert(
      fc.property(layers, (layer) => {
        const plain = caseOf(kind, layer);
        const noisy = caseOf(kind, layer, { jitter: 0.3 });
        expect(plain.run({ noise: 'a' }).output).toEqual(plain.run({ noise: 'b' }).output);
        expect(noisy.run({ training: false }).output).toEqual(plain.run({ training: false }).output);
        const [a, again, b] = ['a', 'a', 'b'].map((noise) => noisy.run({ noise }));
        expect(a!.output).toEqual(again!.output);
        if (layer.nExperts > 1) expect(a!.taps.score).not.toEqual(b!.taps.score);
        // U(1 - 0.3, 1 + 0.3) of the numbers that `noise` names.
        const factors = numbers('a/0', layer.tokens * width).map((x) => 0.7 + (0.6 * (x + 1)) / 2.01);
        expect(largestDifference(a!.taps.score!.values, probabilities(noisy, factors).flat())).toBeLessThan(
          1e-6,
        );
        expect(
          largestDifference(a!.output, loopOverExperts(noisy, rowsOf(a!.taps.gate!), factorOf(noisy.ffn))),
        ).toBeLessThan(2e-5);
      }),
      runs,
    );
  });
});

test.each(['hash', 'random'] as RoutedKind[])(
  '%s has no router: no losses, no score, nothing to disable',
  (kind) => {
    fc.assert(
      fc.property(layers, (layer) => {
        const one = caseOf(kind, layer);
        const { auxiliary, taps, output } = one.run();
        expect(auxiliary).toEqual({});
        expect(taps.score).toBe(undefined);
        expect([...one.parameters.keys()].some((name) => name.startsWith('router'))).toBe(false);
        expect(one.run({ disableTop1: 'both' }).output).toEqual(output);
        const weights = new Set(taps.gate!.values.filter((weight) => weight > 0));
        expect(weights).toEqual(new Set([Math.fround(1 / layer.topK)]));
      }),
      runs,
    );
  },
);

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
