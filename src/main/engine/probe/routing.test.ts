import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { coActivation, pairIndex } from '../../../shared/run/probe.ts';
import { mergeRouting, routingStatistics } from './routing.ts';
import { expertStatistics } from './statistics.ts';

const tensor = (rows: number[][]) => ({
  shape: [rows.length, rows[0]?.length ?? 0],
  values: Float32Array.from(rows.flat()),
});
const flat = (count: number, groups = 1) => ({ count, groups, switchesOff: true });

test('four tokens over three experts, by hand', () => {
  const gate = tensor([
    [0.7, 0.3, 0],
    [0.6, 0, 0.4],
    [0.9, 0.1, 0],
    [0, 0, 0],
  ]);
  const half = Math.LN2;
  const score = tensor([
    [0.5, 0.5, 0],
    [1, 0, 0],
    [0, 0.5, 0.5],
    [0.25, 0.25, 0.5],
  ]);
  const found = routingStatistics(gate, score, flat(3));
  expect(found.tokens).toBe(4);
  expect(found.choiceShare).toEqual([3 / 4, 2 / 4, 1 / 4]);
  expect(found.pairs).toEqual([3, 2, 1, 2, 0, 1]);
  expect(found.routerEntropy).toBeCloseTo((half + 0 + half + 1.5 * half) / 4, 10);
  expect(found.maxOverMean).toBe(3 / 2);
  expect(found.distinct).toBe(3);
  expect(coActivation({ count: 3, routing: found })).toEqual([
    [0.75, 0.5, 0.25],
    [0.5, 0.5, 0],
    [0.25, 0, 0.25],
  ]);
});

test('two groups: entropy by group, pairs across them', () => {
  // Sub-layer 1 has experts 0 and 1, sub-layer 2 has 2 and 3; each token runs one of each.
  const gate = tensor([
    [1, 0, 1, 0],
    [1, 0, 0, 1],
    [1, 0, 0, 1],
  ]);
  const score = tensor([
    [0.5, 0.5, 1, 0],
    [0.5, 0.5, 1, 0],
    [0.5, 0.5, 1, 0],
  ]);
  const found = routingStatistics(gate, score, flat(4, 2));
  expect(found.routerEntropy).toBeCloseTo(Math.LN2 / 2, 10);
  const matrix = coActivation({ count: 4, routing: found })!;
  expect([matrix[0]!.slice(2), matrix[1]!.slice(2)]).toEqual([
    [1 / 3, 2 / 3],
    [0, 0],
  ]);
});

describe('what a layer says', () => {
  const gates = fc.integer({ min: 1, max: 6 }).chain((experts) =>
    fc.array(
      fc.array(fc.oneof(fc.constant(0), fc.double({ min: 0.1, max: 1, noNaN: true })), {
        minLength: experts,
        maxLength: experts,
      }),
      { minLength: 1, maxLength: 20 },
    ),
  );

  test('equals the definitions, computed the long way', () => {
    fc.assert(
      fc.property(gates, (rows) => {
        const experts = rows[0]!.length;
        const found = routingStatistics(tensor(rows), null, flat(experts));
        const matrix = coActivation({ count: experts, routing: found })!;
        for (let i = 0; i < experts; i++) {
          for (let j = 0; j < experts; j++) {
            const both = rows.filter((row) => row[i]! > 0 && row[j]! > 0).length;
            expect(matrix[i]![j]).toBe(both / rows.length);
          }
          expect(matrix[i]![i]).toBe(found.choiceShare[i]);
        }
        const chosen = rows.flat().filter((gate) => gate > 0).length;
        const sum = found.choiceShare.reduce((total, share) => total + share, 0);
        expect(sum).toBeCloseTo(chosen / rows.length, 10);
        expect(found.routerEntropy).toBeNull();
        if (chosen > 0) expect(found.maxOverMean).toBeGreaterThanOrEqual(1 - 1e-12);
      }),
    );
  });

  test('of two batches merged is what both at once say', () => {
    fc.assert(
      fc.property(gates, fc.nat(20), (rows, cut) => {
        const layout = flat(rows[0]!.length);
        const [a, b] = [rows.slice(0, Math.min(cut, rows.length)), rows.slice(Math.min(cut, rows.length))];
        fc.pre(a.length > 0 && b.length > 0);
        const merged = mergeRouting(
          [a, b].map((part) => routingStatistics(tensor(part), tensor(part), layout)),
        );
        const whole = routingStatistics(tensor(rows), tensor(rows), layout);
        expect({ ...merged, routerEntropy: 0 }).toEqual({ ...whole, routerEntropy: 0 });
        expect(merged.routerEntropy).toBeCloseTo(whole.routerEntropy!, 10);
      }),
    );
  });
});

test('pairs fill the upper triangle row by row', () => {
  const order: number[] = [];
  for (let i = 0; i < 5; i++) for (let j = i; j < 5; j++) order.push(pairIndex(5, i, j));
  expect(order).toEqual([...order.keys()]);
});

test('is part of a probe only where experts can be switched off, without pairs above the limit', () => {
  const layer = { layer: 0, taps: { gate: tensor([[0.5, 0.5]]) } };
  expect(expertStatistics(layer, { count: 2, groups: 1, switchesOff: false }).routing).toBeUndefined();
  expect(expertStatistics(layer, flat(2)).routing!.pairs).toEqual([1, 1, 1]);
  const limited = expertStatistics(layer, flat(2), 1);
  expect(limited.routing!.pairs).toBeNull();
  expect(coActivation(limited)).toBeNull();
  // Probes stored before there was any of this.
  const { routing, ...old } = limited;
  expect(coActivation(old)).toBeNull();
});
