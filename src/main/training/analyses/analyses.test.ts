import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseArchitecture } from '../../../shared/architecture/parse.ts';
import type { TappedLayer } from '../../engine/types.ts';
import type { Windows } from '../passage.ts';
import { layersToDisable } from './disable.ts';
import { positionLosses } from './losses.ts';
import { routesOf } from './routes.ts';
import { countedRows } from './rows.ts';
import { addSimilarities, mapSimilarity } from './similarity.ts';

const tensor = (rows: number[][]) => ({
  shape: [rows.length, rows[0]!.length],
  values: Float32Array.from(rows.flat()),
});

/** One batch of one window with the given ids; the positions of `padding` do not count. */
function oneWindow(ids: number[], padding: number[] = []): Windows {
  const mask = Float32Array.from(ids, (_, at) => (padding.includes(at) ? 0 : 1));
  const batch = { inputs: Int32Array.from(ids), targets: Int32Array.from(ids, (id) => id + 1), mask };
  return { batch: 1, context: ids.length, batches: [batch], tokens: ids.length - padding.length };
}

const document = (...ffns: object[]) =>
  parseArchitecture({
    format: 'finegrain.architecture',
    version: 2,
    name: 'test',
    vocabulary: 64,
    width: 8,
    context: 8,
    blocks: ffns.map((ffn) => ({
      attention: { kind: 'softmax', heads: 1, kvHeads: 1, headSize: 8, position: { kind: 'rope' } },
      ffn,
    })),
  });
const moe = (nExperts: number, topK: number) => ({
  kind: 'moe',
  nExperts,
  topK,
  expertWidth: 4,
  sharedWidth: 0,
});

test('losses of counted positions, with their ids and places', async () => {
  const windows = oneWindow([5, 6, 7, 8], [3]);
  const asked: unknown[] = [];
  const model = {
    evaluate: async (_batch: unknown, options: unknown) => {
      asked.push(options);
      return { losses: Float32Array.of(1, 2, 3, 99), loss: 0 };
    },
  };
  const found = await positionLosses(model, windows, 7, 'first');
  expect(asked).toEqual([{ disableTop1: 'first' }]);
  expect(found).toEqual({
    step: 7,
    context: 4,
    inputs: Int32Array.of(5, 6, 7),
    targets: Int32Array.of(6, 7, 8),
    positions: Int32Array.of(0, 1, 2),
    losses: Float32Array.of(1, 2, 3),
  });
});

describe('routes', () => {
  const score = [
    [0.1, 0.6, 0.3],
    [0.4, 0.4, 0.2],
    [0, 1, 0],
    [0.9, 0.05, 0.05],
  ];
  const gate = [
    [0, 0.6, 0.3],
    [0.4, 0.4, 0],
    [0, 1, 0],
    [0.9, 0.05, 0],
  ];
  const model = (layers: TappedLayer[]) => ({ probe: async () => layers });
  const architecture = document({ kind: 'dense', width: 8 }, moe(3, 2));
  const layers: TappedLayer[] = [
    { layer: 0, taps: {} },
    { layer: 1, taps: { gate: tensor(gate), score: tensor(score) } },
  ];

  test('by hand: most probable first, ties by index, padding left out', async () => {
    const routes = await routesOf(model(layers), oneWindow([5, 6, 7, 8], [3]), architecture, 9, 2);
    expect([...routes.ids]).toEqual([5, 6, 7]);
    expect(routes.layers).toHaveLength(1);
    const [layer] = routes.layers;
    expect(layer).toMatchObject({ layer: 1, kind: 'moe', experts: 3, groups: 1, router: 'softmax', most: 2 });
    expect(layer!.chosenPerGroup).toBe(2);
    expect([...layer!.chosen]).toEqual([1, 2, 0, 1, 1, -1]);
    expect([...layer!.visible]).toEqual([3, 3, 1]);
    expect([...layer!.probabilities!]).toEqual([...Float32Array.from(score.slice(0, 2).flat())]);
    expect([...layer!.weights]).toEqual([...Float32Array.from(gate.slice(0, 2).flat())]);
  });

  test('tell a softmax from gates and from a fixed choice', async () => {
    const kindOf = async (taps: TappedLayer['taps']) => {
      const routes = await routesOf(model([{ layer: 1, taps }]), oneWindow([5, 6, 7, 8]), architecture, 0, 0);
      return routes.layers[0]!.router;
    };
    const halved = score.map((row) => row.map((value) => value / 2));
    expect(await kindOf({ gate: tensor(gate), score: tensor(score) })).toBe('softmax');
    expect(await kindOf({ gate: tensor(gate), score: tensor(halved) })).toBe('gates');
    expect(await kindOf({ gate: tensor(gate) })).toBe('none');
  });

  test('the top-1 expert can only be disabled where a router has a next one', async () => {
    const of = async (architecture_: typeof architecture, taps: TappedLayer['taps']) =>
      layersToDisable(
        await routesOf(model([{ layer: 1, taps }]), oneWindow([5, 6, 7, 8]), architecture_, 0, 0),
      );
    const taps = { gate: tensor(gate), score: tensor(score) };
    expect(await of(architecture, taps)).toHaveLength(1);
    await expect(of(document({ kind: 'dense', width: 8 }, moe(3, 3)), taps)).rejects.toThrow(
      'layer 2 (moe) has 3 experts and chooses 3',
    );
    await expect(of(architecture, { gate: tensor(gate) })).rejects.toThrow('without a router');
    await expect(of(document({ kind: 'dense', width: 8 }), taps)).rejects.toThrow('no layer of this model');
  });
});

test('rows that only fill up are left out of every tap', () => {
  const layer = {
    layer: 0,
    taps: {
      gate: tensor([[1], [2], [3]]),
      other: { shape: [3, 1, 2], values: Float32Array.of(1, 2, 3, 4, 5, 6) },
    },
  };
  expect(countedRows([layer], Float32Array.of(1, 0, 1))).toEqual([
    {
      layer: 0,
      taps: {
        gate: tensor([[1], [3]]),
        other: { shape: [2, 1, 2], values: Float32Array.of(1, 2, 5, 6) },
      },
    },
  ]);
  expect(countedRows([layer], Float32Array.of(1, 1, 1))[0]).toEqual(layer);
});

describe('similarity of attention maps', () => {
  /** A causal map of random rows that sum to 1: [B, H, T, T]. */
  const maps = (batch: number, heads: number, context: number) =>
    fc
      .array(fc.double({ min: 0.01, max: 1, noNaN: true }), {
        minLength: batch * heads * context * context,
        maxLength: batch * heads * context * context,
      })
      .map((values) => ({
        shape: [batch, heads, context, context],
        values: Float32Array.from(values, (value, at) => {
          const [row, key] = [Math.floor(at / context) % context, at % context];
          return key > row ? 0 : value;
        }),
      }));
  const layersOf = (taps: { shape: number[]; values: Float32Array }[]): TappedLayer[] =>
    taps.map((map, layer) => ({ layer, taps: { 'attention.map': map } }));

  test('equals the cosine of rows, computed the long way', () => {
    fc.assert(
      fc.property(maps(2, 3, 4), maps(2, 3, 4), (a, b) => {
        const sums: (number | null)[][] = [];
        addSimilarities(sums, layersOf([a, b]), [0, 1, 2, 3, 4, 5, 6, 7]);
        const row = ({ values }: typeof a, window: number, query: number) =>
          [0, 1, 2].flatMap((head) =>
            [0, 1, 2, 3].map((key) => values[((window * 3 + head) * 4 + query) * 4 + key]!),
          );
        const dot = (x: number[], y: number[]) => x.reduce((sum, value, at) => sum + value * y[at]!, 0);
        let expected = 0;
        for (const window of [0, 1]) {
          for (const query of [0, 1, 2, 3]) {
            const [x, y] = [row(a, window, query), row(b, window, query)];
            expected += dot(x, y) / Math.sqrt(dot(x, x) * dot(y, y));
          }
        }
        expect(sums[0]![1]).toBeCloseTo(expected, 8);
        expect(sums[1]![0]).toBe(sums[0]![1]);
        expect([sums[0]![0], sums[1]![1]]).toEqual([8, 8]);
      }),
    );
  });

  test('is a mean over counted positions: 1 for equal maps, null for other numbers of heads', async () => {
    const [two, three] = [
      fc.sample(maps(1, 2, 4), { numRuns: 1, seed: 1 })[0]!,
      fc.sample(maps(1, 3, 4), { numRuns: 1, seed: 2 })[0]!,
    ];
    const model = { probe: async () => layersOf([two, { ...two }, three]) };
    const found = await mapSimilarity(model, oneWindow([1, 2, 3, 4], [3]), 5);
    expect(found.values[0]![1]).toBeCloseTo(1, 12);
    expect([found.values[0]![2], found.values[2]![0]]).toEqual([null, null]);
    expect([0, 1, 2].map((layer) => found.values[layer]![layer])).toEqual([1, 1, 1]);
  });
});
