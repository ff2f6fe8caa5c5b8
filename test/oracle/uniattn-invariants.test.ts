/** What must hold of shared attention by algebra, for random small models. Numbers in names count UniAttn's invariants. */
import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { countArchitecture } from '../../src/shared/architecture/counts.ts';
import { type Architecture, expandLayers } from '../../src/shared/architecture/document.ts';
import { setField, splitBlock } from '../../src/shared/architecture/edits.ts';
import { checkArchitecture } from '../../src/shared/architecture/parse.ts';
import { softmaxAttention } from '../../src/shared/methods/attention/softmax.ts';
import { parameterSpecs } from '../../src/shared/methods/languageModel.ts';
import { harpe } from '../../src/shared/methods/position/harpe.ts';
import type { Sharing } from '../../src/shared/methods/sharing/index.ts';
import { wholeRole } from '../../src/shared/methods/sharing/sharing.ts';
import { attentionHalf, headLayouts, smallModel } from './attention.ts';
import { type Arrays, largestDifference, numbers, tidily } from './block.ts';
import { norm } from './fixture.ts';
import { modelWeights, runModel } from './model.ts';
import { tokens, weights } from './recipe.ts';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

const runs = { numRuns: 25 };
const compensations = fc.constantFrom('none' as const, 'zero' as const, 'random' as const);
const ranges = fc.record({
  groupSize: fc.integer({ min: 1, max: 4 }),
  begin: fc.integer({ min: 0, max: 5 }),
  end: fc.integer({ min: 0, max: 6 }),
});
const sharings: fc.Arbitrary<Sharing> = fc
  .oneof(
    fc.record({ kind: fc.constant('uniattn' as const), compensation: compensations, sizes: ranges }),
    fc.record({ kind: fc.constant('crossLayerKv' as const), sizes: ranges }),
  )
  .map(({ sizes, ...rest }) => ({ ...rest, ...sizes }));

const followers = (architecture: Architecture) =>
  expandLayers(architecture).filter(({ role }) => role.kind === 'follower');

test('1: without followers (g = 1 or begin >= end) the model is the base model, bit for bit', () => {
  const none = fc.oneof(
    fc.record({
      groupSize: fc.constant(1),
      begin: fc.integer({ min: 0, max: 3 }),
      end: fc.integer({ min: 0, max: 4 }),
    }),
    fc.record({
      groupSize: fc.integer({ min: 1, max: 4 }),
      begin: fc.integer({ min: 0, max: 3 }),
      end: fc.constant(0),
    }),
    // A leader that no layer follows, because the stack or the range ends.
    fc.constantFrom({ groupSize: 4, begin: 2, end: 4 }, { groupSize: 2, begin: 1, end: 2 }),
  );
  fc.assert(
    fc.property(headLayouts, none, fc.constantFrom('uniattn', 'crossLayerKv'), (heads, range, kind) => {
      const compensation = kind === 'uniattn' ? { compensation: 'zero' } : {};
      const base = smallModel(heads, 3);
      const shared = smallModel(heads, 3, { sharing: { kind, ...range, ...compensation } as Sharing });
      expect(parameterSpecs(shared)).toEqual(parameterSpecs(base));
      const parameters = modelWeights(base, 'one');
      const [a, b] = [base, shared].map((model) => runModel(model, parameters, { wantGradients: true }));
      expect(b!.logits).toEqual(a!.logits);
      expect(b!.gradients).toEqual(a!.gradients);
    }),
    runs,
  );
});

describe('2: a follower fed what it would compute itself', () => {
  test('its own map, with W_c = 0, is the base block; with W_c, that plus u W_c', () => {
    fc.assert(
      fc.property(headLayouts, fc.integer({ min: 1, max: 7 }), (heads, T) => {
        const width = heads.heads * heads.headSize;
        const attention = smallModel(heads, 1).blocks[0]!.attention;
        const shape = { width, layers: 1, context: T, vocabulary: 1 };
        const parameters: Arrays = new Map(
          softmaxAttention
            .parameters(attention, shape, wholeRole)
            .map((spec) => [spec.name, weights('two', spec.name, spec.shape)]),
        );
        tidily(() => {
          const stream = tf.tensor(numbers('stream', T * width), [T, width]);
          const whole = attentionHalf({ attention, parameters, role: wholeRole, stream });
          const leader = attentionHalf({
            attention,
            parameters,
            role: { kind: 'leader', shares: 'map' },
            stream,
          });
          expect(largestDifference(leader.stream, whole.stream)).toBeLessThan(2e-6);
          const follower = (compensation: 'none' | 'zero', matrix?: Float32Array) =>
            attentionHalf({
              attention,
              parameters:
                matrix === undefined ? parameters : new Map([...parameters, ['compensation.weight', matrix]]),
              role: { kind: 'follower', shares: 'map', leader: 0, compensation },
              stream,
              layer: 1,
              taken: leader.shared,
            }).stream;
          expect(follower('none')).toEqual(leader.stream);
          expect(follower('zero', new Float32Array(width * width))).toEqual(leader.stream);

          const W = weights('two', 'compensation.weight', [width, width]);
          const u = tf.div(stream, tf.sqrt(tf.add(tf.mean(tf.square(stream), 1, true), 1e-5)));
          const added = tf.matMul(
            tf.mul(u, parameters.get('norm.gain')!) as tf.Tensor2D,
            tf.tensor2d(W, [width, width]),
          );
          const expected = tf.add(tf.tensor(leader.stream, [T, width]), added).dataSync();
          expect(largestDifference(follower('zero', W), expected)).toBeLessThan(1e-5);
        });
      }),
      runs,
    );
  });

  // Bases that move on from layer to layer: the follower's queries must turn as the keys of its leader did.
  test('its own keys and values: the base block, bit for bit', () => {
    fc.assert(
      fc.property(headLayouts, fc.integer({ min: 1, max: 7 }), (heads, T) => {
        const width = heads.heads * heads.headSize;
        const position = harpe.schema.parse({
          kind: 'harpe',
          baseMin: 10,
          baseMax: 99,
          sameBasesInAllLayers: false,
        });
        const attention = smallModel(heads, 1, { position }).blocks[0]!.attention;
        const shape = { width, layers: 1, context: T, vocabulary: 1 };
        const parameters: Arrays = new Map(
          softmaxAttention
            .parameters(attention, shape, wholeRole)
            .map((spec) => [spec.name, weights('kv', spec.name, spec.shape)]),
        );
        tidily(() => {
          const stream = tf.tensor(numbers('stream', T * width), [T, width]);
          const leader = attentionHalf({
            attention,
            parameters,
            role: { kind: 'leader', shares: 'keyValue' },
            stream,
          });
          const follower = attentionHalf({
            attention,
            parameters,
            role: { kind: 'follower', shares: 'keyValue', leader: 0, compensation: 'none' },
            stream,
            layer: 1,
            taken: leader.shared,
          });
          expect(follower.stream).toEqual(leader.stream);
        });
      }),
      runs,
    );
  });
});

describe('3: LLaMA-3.1 8B, g = 4, begin = 16, end = 33', () => {
  const model = (sharing: Sharing) => smallModel({ heads: 4, kvHeads: 1, headSize: 2 }, 32, { sharing });
  const range = { groupSize: 4, begin: 16, end: 33 };
  const uniattn = model({ kind: 'uniattn', ...range, compensation: 'zero' });
  const crossLayer = model({ kind: 'crossLayerKv', ...range });

  test('leaders 16, 20, 24, 28; followers 17-19, 21-23, 25-27, 29-31', () => {
    for (const architecture of [uniattn, crossLayer]) {
      const roles = expandLayers(architecture).map(({ role }) => role);
      const leaders = roles.flatMap((role, layer) => (role.kind === 'leader' ? [layer] : []));
      expect(leaders).toEqual([16, 20, 24, 28]);
      const followed = roles.flatMap((role, layer) =>
        role.kind === 'follower' ? [[layer, role.leader]] : [],
      );
      expect(followed).toEqual(
        [16, 20, 24, 28].flatMap((leader) => [1, 2, 3].map((step) => [leader + step, leader])),
      );
    }
  });

  test('the cache: 18.75 % saved, 37.5 % with cross-layer keys and values', () => {
    const cache = (architecture: Architecture) => countArchitecture(architecture).kvCacheBytesPerToken;
    const base = cache(model({ kind: 'none' }));
    expect(1 - cache(uniattn) / base).toBe(0.1875);
    expect(1 - cache(crossLayer) / base).toBe(0.375);
  });
});

test('4: up to and including the first leader nothing changes', () => {
  fc.assert(
    fc.property(headLayouts, sharings, (heads, sharing) => {
      const shared = smallModel(heads, 5, { sharing });
      const first = followers(shared)[0];
      if (first === undefined || first.role.kind !== 'follower') return;
      const parameters = modelWeights(smallModel(heads, 5), 'four');
      for (const { name, shape } of parameterSpecs(shared)) {
        if (!parameters.has(name)) parameters.set(name, weights('four', name, shape));
      }
      const [base, changed] = [smallModel(heads, 5), shared].map(
        (architecture) => runModel(architecture, parameters, { wantTaps: true }).taps,
      );
      for (let layer = 0; layer <= first.role.leader; layer++) {
        // The activations of the FFN read the stream after attention.
        for (const tap of ['attention.map', 'ffn.activation']) {
          const name = `blocks.${layer}.${tap}`;
          expect(largestDifference(changed!.get(name)!, base!.get(name)!), name).toBeLessThan(1e-5);
        }
      }
      const name = `blocks.${first.index}.ffn.activation`;
      expect(largestDifference(changed!.get(name)!, base!.get(name)!)).toBeGreaterThan(1e-5);
    }),
    runs,
  );
});

describe('6: gradients', () => {
  test('followers of a map have neither queries nor keys; leaders get theirs through followers too', () => {
    fc.assert(
      fc.property(
        headLayouts,
        compensations,
        fc.integer({ min: 2, max: 4 }),
        (heads, compensation, groupSize) => {
          const sharing: Sharing = { kind: 'uniattn', groupSize, begin: 0, end: groupSize, compensation };
          const architecture = smallModel(heads, groupSize, { sharing });
          const parameters = modelWeights(architecture, 'base');
          for (let layer = 1; layer < groupSize; layer++) {
            for (const name of ['query', 'key'])
              expect(parameters.has(`blocks.${layer}.attention.${name}.weight`)).toBe(false);
          }
          // With W_O = 0 in the leader its map acts through its followers alone.
          const output = 'blocks.0.attention.output.weight';
          parameters.set(
            output,
            parameters.get(output)!.map(() => 0),
          );
          const { gradients } = runModel(architecture, parameters, { wantGradients: true });
          for (const name of ['query', 'key']) {
            const full = `blocks.0.attention.${name}.weight`;
            expect(
              largestDifference(
                gradients.get(full)!,
                parameters.get(full)!.map(() => 0),
              ),
              name,
            ).toBeGreaterThan(1e-7);
          }
          const cut = smallModel(heads, groupSize);
          const alone = modelWeights(cut, 'base');
          alone.set(
            output,
            alone.get(output)!.map(() => 0),
          );
          const own = runModel(cut, alone, { wantGradients: true }).gradients;
          expect([...new Set(own.get('blocks.0.attention.query.weight'))]).toEqual([0]);
        },
      ),
      { numRuns: 10 },
    );
  });

  test('the loss falls along them as steeply as they say', () => {
    fc.assert(
      fc.property(headLayouts, sharings, (heads, sharing) => {
        const architecture = smallModel(heads, 5, { sharing });
        const parameters = modelWeights(architecture, 'base');
        const { gradients } = runModel(architecture, parameters, { wantGradients: true, batch: 2 });
        const names = [...parameters.keys()].filter((name) => name.includes('attention'));
        const length = Math.hypot(...names.map((name) => norm(gradients.get(name)!)));
        const lossAt = (step: number) => {
          const moved: Arrays = new Map(parameters);
          for (const name of names) {
            const along = gradients.get(name)!;
            moved.set(
              name,
              parameters.get(name)!.map((value, index) => value + (step * along[index]!) / length),
            );
          }
          return runModel(architecture, moved, { batch: 2 }).loss;
        };
        const slope = (step: number) => (lossAt(step) - lossAt(-step)) / (2 * step);
        // Richardson: the error of a central difference falls with step^2.
        const extrapolated = (4 * slope(0.005) - slope(0.01)) / 3;
        expect(Math.abs(extrapolated / length - 1)).toBeLessThan(0.01);
      }),
      { numRuns: 12 },
    );
  });
});

describe('7: maps', () => {
  test('rows sum to 1, keys in the future weigh 0, and followers use the map of their leader', () => {
    fc.assert(
      fc.property(headLayouts, sharings, (heads, sharing) => {
        const architecture = smallModel(heads, 5, { sharing });
        const { taps } = runModel(architecture, modelWeights(architecture, 'base'), {
          wantTaps: true,
          batch: 2,
        });
        const T = architecture.context;
        const mapOf = (layer: number) => taps.get(`blocks.${layer}.attention.map`)!;
        for (const { index, role } of expandLayers(architecture)) {
          const map = mapOf(index);
          expect(map).toHaveLength(2 * heads.heads * T * T);
          for (let row = 0; row < map.length / T; row++) {
            const query = row % T;
            const values = [...map.subarray(row * T, (row + 1) * T)];
            expect(values.reduce((sum, value) => sum + value, 0)).toBeCloseTo(1, 5);
            expect(values.slice(query + 1).every((value) => value === 0)).toBe(true);
          }
          if (role.kind === 'follower' && role.shares === 'map') expect(map).toEqual(mapOf(role.leader));
        }
      }),
      runs,
    );
  });

  test('a position does not depend on later ones: a prefix alone gives the same logits, and so does a longer context', () => {
    fc.assert(
      fc.property(headLayouts, sharings, fc.integer({ min: 1, max: 12 }), (heads, sharing, context) => {
        const architecture = smallModel(heads, 5, { sharing, context: 8 });
        const parameters = modelWeights(architecture, 'base');
        const inputs = tokens('inputs', 12, 13);
        const long = runModel(architecture, parameters, { context: 12, inputs }).logits;
        const short = runModel(architecture, parameters, {
          context,
          inputs: inputs.slice(0, context),
        }).logits;
        expect(largestDifference(short, long.subarray(0, short.length))).toBeLessThan(1e-4);
      }),
      runs,
    );
  });
});

test('a follower may group its values otherwise than its leader: as if each value head were written out', () => {
  const layouts = fc.constantFrom([4, 2, 1], [4, 1, 2], [6, 2, 3], [6, 3, 1], [4, 4, 2]);
  fc.assert(
    fc.property(layouts, fc.constantFrom(2, 4), ([heads, leads, follows], headSize) => {
      const sharing: Sharing = { kind: 'uniattn', groupSize: 2, begin: 0, end: 2, compensation: 'none' };
      const model = (kvHeads: number) => {
        const equal = smallModel({ heads: heads!, kvHeads: leads!, headSize }, 2, { sharing });
        return setField(splitBlock(equal, 0, 1).architecture, 'blocks.1.attention.kvHeads', kvHeads);
      };
      const [grouped, written] = [model(follows!), model(heads!)];
      expect(checkArchitecture(grouped)).toEqual([]);
      const parameters = modelWeights(grouped, 'grouped');
      const name = 'blocks.1.attention.value.weight';
      const value = parameters.get(name)!;
      const width = heads! * headSize;
      const repeated = new Float32Array(width * width).map((_, index) => {
        const [row, column] = [Math.floor(index / width), index % width];
        const group = Math.floor(column / headSize / (heads! / follows!));
        return value[row * follows! * headSize + group * headSize + (column % headSize)]!;
      });
      const { logits } = runModel(grouped, parameters, { batch: 2 });
      const expected = runModel(written, new Map([...parameters, [name, repeated]]), { batch: 2 }).logits;
      expect(largestDifference(logits, expected)).toBeLessThan(1e-5);
    }),
    { numRuns: 10 },
  );
});

describe('8, 9: counts', () => {
  test('parameters, FLOPs and cache by role, for any range', () => {
    fc.assert(
      fc.property(headLayouts, sharings, (heads, sharing) => {
        const base = smallModel(heads, 5);
        const shared = smallModel(heads, 5, { sharing });
        const d = base.width; // H * h = d
        const keyWidth = heads.kvHeads * heads.headSize;
        const n = followers(shared).length;
        const difference = (pick: (architecture: Architecture) => number) => pick(shared) - pick(base);
        const parameters = difference((model) => countArchitecture(model).parameters.total);
        const projections = difference((model) => {
          const { forward, attentionScores } = countArchitecture(model).flopsPerToken;
          return forward - attentionScores;
        });
        const scores = difference((model) => countArchitecture(model).flopsPerToken.attentionScores);
        const cache = difference((model) => countArchitecture(model).kvCacheBytesPerToken);
        const S = base.context;
        const dropped =
          sharing.kind === 'crossLayerKv'
            ? { parameters: 2 * d * keyWidth, scores: 0, cache: 2 * keyWidth }
            : {
                parameters:
                  d * keyWidth + (sharing.kind === 'uniattn' && sharing.compensation === 'none' ? d * d : 0),
                scores: 2 * S * d,
                cache: keyWidth,
              };
        expect([parameters, projections, scores, cache]).toEqual(
          [
            -n * dropped.parameters,
            -n * 2 * dropped.parameters,
            -n * dropped.scores,
            -n * 4 * dropped.cache,
          ].map(
            (value) => value + 0, // no -0
          ),
        );
        const stored = parameterSpecs(shared).reduce(
          (sum, spec) => sum + spec.shape.reduce((a, b) => a * b, 1),
          0,
        );
        expect(countArchitecture(shared).parameters.total).toBe(stored);
      }),
    );
  });

  test('against the base with W_Q and W_K kept: + d^2 for each follower', () => {
    const heads = { heads: 4, kvHeads: 2, headSize: 2 };
    const total = (sharing: Sharing) => countArchitecture(smallModel(heads, 5, { sharing })).parameters.total;
    const range = { groupSize: 2, begin: 0, end: 4 };
    const withMatrix = total({ kind: 'uniattn', ...range, compensation: 'random' });
    expect(withMatrix - total({ kind: 'uniattn', ...range, compensation: 'none' })).toBe(2 * 64);
    const kept = 2 * (64 + 8 * 4); // W_Q and W_K of two followers
    expect(withMatrix + kept - total({ kind: 'none' })).toBe(2 * 64);
  });
});

describe('rules', () => {
  const heads = { heads: 4, kvHeads: 2, headSize: 2 };
  const uniattn: Sharing = { kind: 'uniattn', groupSize: 2, begin: 0, end: 2, compensation: 'zero' };

  test("a range beyond the layers is refused with a way out; one layer beyond is the paper's own", () => {
    const model = smallModel(heads, 2, { sharing: { ...uniattn, end: 3 } });
    const broken = (path: string, value: number) => () =>
      smallModel(heads, 2, { sharing: setField(model, path, value).sharing });
    expect(broken('sharing.end', 4)).toThrow(
      /sharing\.end: end 4 lies beyond the 2 layers: set end to at most 2/,
    );
    expect(broken('sharing.begin', 3)).toThrow(/sharing\.begin: begin 3 lies beyond the 2 layers/);
  });

  test('a follower with other heads than its leader is named once, with its leader', () => {
    const four = smallModel(heads, 4, { sharing: { ...uniattn, groupSize: 4, end: 4 } });
    const { architecture, block } = splitBlock(four, 0, 2);
    const other = setField(architecture, `blocks.${block}.attention`, {
      ...architecture.blocks[block]!.attention,
      heads: 2,
      kvHeads: 2,
      headSize: 4,
    });
    expect(checkArchitecture(other)).toMatchObject([
      {
        path: 'blocks.1.attention.heads',
        message: expect.stringMatching(/layer 2 follows layer 0, but its heads 2 .* 4/),
      },
      { path: 'blocks.1.attention.headSize', message: expect.stringMatching(/dimensions of a head 4 .* 2/) },
    ]);
    // Keys and values of one's own may be grouped otherwise, and turn otherwise; those of the leader may not.
    const grouped = setField(architecture, `blocks.${block}.attention.kvHeads`, 4);
    const turned = setField(architecture, `blocks.${block}.attention.position.base`, 7);
    const keyValue = { kind: 'crossLayerKv', groupSize: 4, begin: 0, end: 4 };
    for (const [document, field] of [[grouped, 'kvHeads'] as const, [turned, 'position'] as const]) {
      expect(checkArchitecture(document)).toEqual([]);
      expect(checkArchitecture(setField(document, 'sharing', keyValue)).map(({ path }) => path)).toEqual([
        `blocks.1.attention.${field}`,
      ]);
    }
    const apart = setField(other, 'sharing.end', 1);
    expect(checkArchitecture(apart)).toEqual([]);
  });
});
