/** What must hold of rotary positions by algebra, for random small models. Numbers in names count HARPE's invariants. */
import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { countArchitecture } from '../../src/shared/architecture/counts.ts';
import type { Attention } from '../../src/shared/architecture/document.ts';
import { parameterSpecs } from '../../src/shared/methods/languageModel.ts';
import { harpe } from '../../src/shared/methods/position/harpe.ts';
import { positionKinds, positionMethod } from '../../src/shared/methods/position/index.ts';
import { rotaryTables } from '../../src/shared/methods/position/position.ts';
import { headLayouts, ops, smallModel } from './attention.ts';
import { type Arrays, largestDifference, numbers, tidily } from './block.ts';
import { modelWeights, runModel } from './model.ts';
import { tokens } from './recipe.ts';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

const custom = (bases: readonly number[]): Attention['position'] =>
  harpe.schema.parse({ kind: 'harpe', baseScheme: 'custom', bases });
const bases = fc.integer({ min: 2, max: 100_000 });

test('1: equal bases are plain RoPE bit for bit; parameters and FLOPs are those of RoPE for any bases', () => {
  fc.assert(
    fc.property(headLayouts, bases, (heads, base) => {
      const plain = smallModel(heads, 2, { position: { kind: 'rope', base } });
      const parameters = modelWeights(plain, 'equal');
      const expected = runModel(plain, parameters, { wantGradients: true });
      const equal = [
        custom(Array(heads.kvHeads).fill(base)),
        harpe.schema.parse({ kind: 'harpe', baseScheme: 'single', baseMax: base }),
      ];
      for (const position of equal) {
        const actual = runModel(smallModel(heads, 2, { position }), parameters, { wantGradients: true });
        expect(actual.logits).toEqual(expected.logits);
        expect(actual.gradients).toEqual(expected.gradients);
      }
      const uneven = smallModel(heads, 2, {
        position: custom(Array.from({ length: heads.kvHeads }, (_, g) => 10 * base + g)),
      });
      expect(parameterSpecs(uneven)).toEqual(parameterSpecs(plain));
      expect(countArchitecture(uneven)).toEqual(countArchitecture(plain));
      // With one pair (head size 2) theta is 1 whatever the base.
      if (heads.headSize > 2) expect(runModel(uneven, parameters).logits).not.toEqual(expected.logits);
    }),
    { numRuns: 20 },
  );
});

describe('3: rotation', () => {
  const heads = 4;
  const layout = { heads, kvHeads: 2, headSize: 8, layer: 0 };
  const T = 4097;

  test('a score depends on the distance alone, up to position 4,096; query heads turn as the key head they read', () => {
    const rotation = positionMethod('harpe').rotation(custom([100, 1e6]), layout);
    const turn = (vector: Float32Array, count: number) =>
      tidily(() => {
        // The same vector at every position.
        const x = tf.tile(tf.tensor(vector, [1, count, 1, 8]), [1, 1, T, 1]);
        const { cos, sin, shape } = rotaryTables(rotation, T, count);
        const turned = ops.rotary(x, ops.constant(cos, shape), ops.constant(sin, shape)) as tf.Tensor;
        return Float32Array.from(turned.dataSync());
      });
    const query = numbers('query', heads * 8);
    const key = numbers('key', 2 * 8);
    const [queries, keys] = [turn(query, heads), turn(key, 2)];
    const at = (turned: Float32Array, head: number, position: number) =>
      turned.subarray((head * T + position) * 8, (head * T + position + 1) * 8);
    const dot = (a: Float32Array, b: Float32Array) =>
      a.reduce((sum, value, index) => sum + value * b[index]!, 0);
    for (let head = 0; head < heads; head++) {
      const group = Math.floor(head / 2);
      for (const distance of [0, 1, 7, 300, 4000]) {
        const score = dot(at(queries, head, distance), at(keys, group, 0));
        for (const shift of [1, 50, 96, 3000].filter((value) => value + distance < T)) {
          const shifted = dot(at(queries, head, distance + shift), at(keys, group, shift));
          expect(Math.abs(shifted - score)).toBeLessThan(1e-4);
        }
      }
      expect(at(queries, head, 0)).toEqual(query.slice(head * 8, head * 8 + 8));
      const length = Math.hypot(...at(queries, head, 0));
      for (const position of [1, 77, 4096]) {
        expect(Math.abs(Math.hypot(...at(queries, head, position)) - length)).toBeLessThan(1e-6 * 2);
      }
    }
    // Heads of the two groups turn differently.
    const turned = (head: number) =>
      dot(at(queries, head, 40), at(queries, head, 0)) / dot(at(queries, head, 0), at(queries, head, 0));
    expect(Math.abs(turned(0) - turned(3))).toBeGreaterThan(1e-3);
  });
});

test.each(positionKinds)(
  '7: %s: a prefix gives the same logits alone, before and beyond the context of training',
  (kind) => {
    fc.assert(
      fc.property(headLayouts, fc.integer({ min: 1, max: 14 }), (heads, context) => {
        const layout = { ...heads, layer: 0 };
        const position = positionMethod(kind).defaults(layout, 6);
        const architecture = smallModel(heads, 2, { position, context: 6 });
        const parameters = modelWeights(architecture, 'prefix');
        const inputs = tokens('inputs', 14, 13);
        const long = runModel(architecture, parameters, { context: 14, inputs }).logits;
        const short = runModel(architecture, parameters, {
          context,
          inputs: inputs.slice(0, context),
        }).logits;
        expect(largestDifference(short, long.subarray(0, short.length))).toBeLessThan(1e-4);
      }),
      { numRuns: 8 },
    );
  },
);

test("8: bases moved together with their heads' weights leave the output unchanged", () => {
  fc.assert(
    fc.property(
      headLayouts,
      fc.array(bases, { minLength: 3, maxLength: 3 }),
      fc.nat(2),
      (heads, three, turns) => {
        const { kvHeads, headSize } = heads;
        const list = three.slice(0, kvHeads);
        // Group g of the moved model is group (g + turns) mod G of the first.
        const from = (group: number) => (group + turns) % kvHeads;
        const model = smallModel(heads, 2, { position: custom(list) });
        const moved = smallModel(heads, 2, { position: custom(list.map((_, group) => list[from(group)]!)) });
        const parameters = modelWeights(model, 'permute');
        const changed: Arrays = new Map(
          [...parameters].map(([name, values]) => {
            const which = /attention\.(query|key|value|output)\.weight/.exec(name)?.[1];
            if (which === undefined) return [name, values];
            const perGroup = (which === 'query' || which === 'output' ? heads.heads / kvHeads : 1) * headSize;
            const rows = which === 'output'; // W_O: heads are its rows
            const columns = rows ? model.width : perGroup * kvHeads;
            return [
              name,
              values.map((_, index) => {
                const [row, column] = [Math.floor(index / columns), index % columns];
                const place = rows ? row : column;
                const source = from(Math.floor(place / perGroup)) * perGroup + (place % perGroup);
                return values[rows ? source * columns + column : row * columns + source]!;
              }),
            ];
          }),
        );
        const difference = largestDifference(
          runModel(moved, changed).logits,
          runModel(model, parameters).logits,
        );
        expect(difference).toBeLessThan(1e-5);
        if (headSize > 2 && from(0) !== 0 && new Set(list).size === kvHeads) {
          expect(
            largestDifference(runModel(model, changed).logits, runModel(model, parameters).logits),
          ).toBeGreaterThan(1e-5);
        }
      },
    ),
    { numRuns: 20 },
  );
});
