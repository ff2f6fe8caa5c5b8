import fc from 'fast-check';
import { expect, test } from 'vitest';
import { expertFlow, noneOf, pathOf, placeFlow } from './expertFlow.ts';
import type { ReadRoutes } from './reading.ts';

function layer(index: number, experts: number, groups: number, chosen: number[][]): ReadRoutes {
  return {
    layer: index,
    kind: 'moe',
    experts,
    groups,
    router: 'softmax',
    probabilities: null,
    chosen,
    weights: chosen.map((list) => list.map(() => 1)),
  };
}

test('by hand: tokens with two experts are shared out, those without one have a node of their own', () => {
  const routes = [
    layer(0, 2, 1, [[0], [0, 1], []]),
    layer(2, 4, 2, [
      [0, 2],
      [1, 2],
      [0, 3],
    ]),
  ];
  const flow = expertFlow(routes, 3);
  expect(flow.columns.map(({ layer: at, group, sizes }) => [at, group, sizes])).toEqual([
    [0, 0, [1.5, 0.5, 1]],
    [2, 0, [2, 1, 0]],
    [2, 1, [2, 1, 0]],
  ]);
  expect(flow.links).toEqual([
    { column: 0, from: 0, to: 0, tokens: 1 },
    { column: 0, from: 0, to: 1, tokens: 0.5 },
    { column: 0, from: 1, to: 1, tokens: 0.5 },
    { column: 0, from: 2, to: 0, tokens: 1 },
    { column: 1, from: 0, to: 0, tokens: 1 },
    { column: 1, from: 0, to: 1, tokens: 1 },
    { column: 1, from: 1, to: 0, tokens: 1 },
  ]);
  expect(pathOf(routes, 1)).toEqual([[0, 1], [1], [0]]);
  expect(pathOf(routes, 2)[0]).toEqual([noneOf(flow.columns[0]!)]);
});

const choice = fc.array(fc.uniqueArray(fc.nat(5), { maxLength: 3 }), { minLength: 8, maxLength: 8 });

test('what arrives leaves: links of a column sum to its tokens, bands fill their nodes and stay in the box', () => {
  fc.assert(
    fc.property(fc.array(choice, { minLength: 1, maxLength: 5 }), (layers) => {
      const routes = layers.map((chosen, index) => layer(index, 6, 1, chosen));
      const flow = expertFlow(routes, 8);
      for (let column = 0; column + 1 < flow.columns.length; column++) {
        const links = flow.links.filter((link) => link.column === column);
        flow.columns[column]!.sizes.forEach((size, node) => {
          const leaving = links.filter(({ from }) => from === node).reduce((sum, l) => sum + l.tokens, 0);
          expect(leaving).toBeCloseTo(size, 9);
        });
      }
      const placed = placeFlow(flow, { width: 400, height: 200, node: 10, gap: 8 });
      expect(placed.hidden).toBeCloseTo(0, 9);
      for (const { x, y, height } of placed.nodes) {
        expect(x).toBeGreaterThanOrEqual(0);
        expect(x + 10).toBeLessThanOrEqual(400 + 1e-9);
        expect(y + height).toBeLessThanOrEqual(200 + 1e-6);
      }
    }),
  );
});
