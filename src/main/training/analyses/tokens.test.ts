import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseArchitecture } from '../../../shared/architecture/parse.ts';
import type { Windows } from '../passage.ts';
import { headMaps } from './attentionMap.ts';
import { nextToken, readTokens } from './tokens.ts';

const row = fc.array(fc.float({ min: -20, max: 20, noNaN: true }), { minLength: 1, maxLength: 40 });

test('the next token: probabilities, entropy and the most probable of those with a text', () => {
  fc.assert(
    fc.property(row, fc.nat(), (values, some) => {
      const logits = Float32Array.from(values);
      const named = 1 + (some % values.length);
      const total = logits.reduce((sum, value) => sum + Math.exp(value), 0);
      const shares = Array.from(logits, (value) => Math.exp(value) / total);
      const { logSum, entropy, top } = nextToken(logits, named);
      expect(logSum).toBeCloseTo(Math.log(total), 6);
      expect(entropy).toBeCloseTo(
        shares.reduce((sum, share) => sum - share * Math.log(share), 0),
        6,
      );
      const sorted = shares.slice(0, named).sort((a, b) => b - a);
      expect(top).toHaveLength(Math.min(10, named));
      top.forEach(({ id, probability }, at) => {
        expect(id).toBeLessThan(named);
        expect(probability).toBeCloseTo(sorted[at]!, 6);
      });
    }),
  );
});

test('a text over two windows: losses follow over the border, padding counts nowhere', async () => {
  const architecture = parseArchitecture({
    format: 'finegrain.architecture',
    version: 2,
    name: 'test',
    vocabulary: 4,
    width: 8,
    context: 2,
    blocks: [
      {
        attention: { kind: 'softmax', heads: 1, kvHeads: 1, headSize: 8, position: { kind: 'rope' } },
        ffn: { kind: 'moe', nExperts: 2, topK: 1, expertWidth: 4, sharedWidth: 0 },
      },
    ],
  });
  const window = (inputs: number[], targets: number[], mask: number[]) => ({
    inputs: Int32Array.from(inputs),
    targets: Int32Array.from(targets),
    mask: Float32Array.from(mask),
  });
  const windows: Windows = {
    batch: 1,
    context: 2,
    batches: [window([0, 1], [1, 2], [1, 1]), window([2, 0], [3, 0], [1, 0])],
    tokens: 3,
  };
  const tensor = (values: number[], width: number) => ({
    shape: [2, width],
    values: Float32Array.from(values),
  });
  let probed = 0;
  const model = {
    logits: async () => Float32Array.from([0, 0, 0, 0, 0, 0, Math.log(3), 0]),
    probe: async () => {
      probed++;
      return [
        {
          layer: 0,
          taps: {
            activation: tensor([1, 0, 0, 0, 1, 1, 0, 0], 4),
            activationTimesUp: tensor([1, 0, 0, 0, 1, 1, 0, 0], 4),
            gate: tensor([0.9, 0, 0, 0.6], 2),
            score: tensor([0.9, 0.1, 0.4, 0.6], 2),
          },
        },
      ];
    },
  };
  const found = await readTokens(model, windows, architecture, 5, {
    size: 3,
    text: (id) => 'abcd'[id]!,
    bytes: () => 1,
  });
  expect(probed).toBe(2);
  expect(found.tokens.map(({ token }) => token)).toEqual(['a', 'b', 'c', 'd']);
  const losses = found.tokens.map(({ loss }) => loss);
  expect(losses[0]).toBeNull();
  expect(losses[1]).toBeCloseTo(Math.log(4), 6);
  expect(losses[2]).toBeCloseTo(Math.log(2), 6);
  expect(losses[3]).toBeCloseTo(Math.log(4), 6);
  expect(found.loss).toBeCloseTo((2 * Math.log(4) + Math.log(2)) / 3, 6);
  expect(found.bitsPerByte).toBeCloseTo(5 / 3, 6);
  expect(found.read).toBe(3);
  expect(found.tokens[1]!.predictions[0]).toMatchObject({ token: 'c', probability: expect.closeTo(0.5, 6) });
  expect(found.tokens[3]!.predictions).toEqual([]);
  expect(found.layers[0]!.nsar['0.1']).toEqual([0.25, 0.5, 0.25]);
  expect(found.routes[0]).toMatchObject({ router: 'softmax', chosen: [[0], [1], [0]] });
  expect(found.routes[0]!.weights[1]).toEqual([0.6]);
  expect(found.statistics[0]!.experts?.routing?.choiceShare).toEqual([2 / 3, 1 / 3]);
});

test('a head: its map, how far back it looks, how sharply', () => {
  // Two heads of 2 positions: the first looks at itself, the second at the first position.
  const values = Float32Array.of(1, 0, 0, 1, 1, 0, 0.5, 0.5);
  const layers = [{ layer: 0, taps: { 'attention.map': { shape: [1, 2, 2, 2], values } } }];
  const found = headMaps(layers, 0, 1, 2);
  expect(found.map).toEqual([[1], [0.5, 0.5]]);
  expect(found.distance).toEqual([[0, 0.25]]);
  expect(found.entropy[0]![0]).toBe(0);
  expect(found.entropy[0]![1]).toBeCloseTo(Math.log(2) / 2, 4);
});
