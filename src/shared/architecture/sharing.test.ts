/** Position encodings and sharing across layers, as the document, its edits and its views show them. */
import { describe, expect, test } from 'vitest';
import { reconstructedOptions } from '../methods/languageModel.ts';
import { positionKinds, positionMethod } from '../methods/position/index.ts';
import { sharingKinds, sharingMethod, sharingMethods, sharingSchema } from '../methods/sharing/index.ts';
import { diffArchitectures } from './diff.ts';
import { type Architecture, expandLayers } from './document.ts';
import {
  duplicateBlock,
  setEveryPositionKind,
  setField,
  setPositionKind,
  setRepeat,
  setSharingKind,
  writeOutPosition,
} from './edits.ts';
import { checkArchitecture, parseArchitecture } from './parse.ts';
import { inferShapes, symbolicShape } from './shapes.ts';

const start: Architecture = parseArchitecture({
  format: 'finegrain.architecture',
  version: 2,
  name: 'start',
  vocabulary: 64,
  width: 32,
  context: 128,
  blocks: [
    {
      repeat: 8,
      attention: { kind: 'softmax', heads: 4, kvHeads: 2, headSize: 8 },
      ffn: { kind: 'dense', width: 64 },
    },
  ],
});

describe('the registry of sharing', () => {
  test.each(sharingMethods)('$kind: defaults are valid, and every field has its help', (method) => {
    for (const layers of [1, 2, 5, 32]) {
      const options = method.defaults(layers);
      expect(sharingSchema.parse(options)).toEqual(options);
      const stack = expandLayers(setRepeat(start, 0, layers));
      expect(method.check(options, stack)).toEqual([]);
      expect(Object.keys(method.fields).sort()).toEqual(
        Object.keys(options)
          .filter((name) => name !== 'kind')
          .sort(),
      );
      for (const name of method.reconstructed(options)) expect(method.fields[name]).toBeDefined();
    }
    expect(method.source).toMatch(/arXiv \d{4}\.\d{5}/);
  });

  test("defaults are the paper's for its 32 layers", () => {
    const range = { groupSize: 4, begin: 16, end: 33 };
    expect(sharingMethod('uniattn').defaults(32)).toMatchObject(range);
    expect(sharingMethod('crossLayerKv').defaults(32)).toMatchObject(range);
  });
});

describe('edits', () => {
  test('any position kind can follow any other, and the document stays valid', () => {
    for (const from of positionKinds) {
      for (const to of positionKinds) {
        const changed = setEveryPositionKind(setEveryPositionKind(start, from), to);
        expect(changed.blocks.map(({ attention }) => attention.position.kind)).toEqual([to]);
        expect(checkArchitecture(changed)).toEqual([]);
        expect(setPositionKind(changed, 0, to)).toBe(changed);
      }
    }
  });

  test('a change of position kind keeps fields of the same name, for one block', () => {
    const two = setField(duplicateBlock(start, 0), 'blocks.0.attention.position.base', 500);
    const scaled = setField(setPositionKind(two, 0, 'pi'), 'blocks.0.attention.position.scale', 8);
    const yarn = setPositionKind(scaled, 0, 'yarn');
    expect(yarn.blocks[0]!.attention.position).toMatchObject({
      kind: 'yarn',
      base: 500,
      scale: 8,
      originalContext: 32,
      betaFast: 32,
      betaSlow: 1,
    });
    expect(yarn.blocks[1]!.attention.position).toEqual({ kind: 'rope', base: 10_000 });
    expect(two.blocks[0]!.attention.position).toEqual({ kind: 'rope', base: 500 });
    // A value that the other kind's schema does not take gives way to its default.
    const small = setField(setPositionKind(start, 0, 'pi'), 'blocks.0.attention.position.scale', 0.5);
    expect(setPositionKind(small, 0, 'yarn').blocks[0]!.attention.position).toMatchObject({ scale: 4 });
  });

  test('bases written out are those of the scheme, in every layer', () => {
    const harpe = setPositionKind(start, 0, 'harpe');
    const variants = [
      {},
      { baseScheme: 'single' },
      { baseScheme: 'uniformDescending', sameBasesInAllLayers: false },
      { baseScheme: 'coverage', headOrder: 'shuffled', shuffleSeed: 3, baseStep: 5e5 },
      { baseScheme: 'algorithm1', headOrder: 'descending', baseStep: 5e5 },
    ];
    for (const changes of variants) {
      const before = setField(harpe, 'blocks.0.attention.position', {
        ...harpe.blocks[0]!.attention.position,
        ...changes,
      });
      const after = writeOutPosition(before, 0);
      expect(checkArchitecture(after)).toEqual([]);
      expect(after.blocks[0]!.attention.position).toMatchObject({ baseScheme: 'custom' });
      for (const layer of [0, 1, 5]) {
        const frequencies = (document: Architecture) => {
          const { attention } = document.blocks[0]!;
          const rotation = positionMethod('harpe').rotation(attention.position, { ...attention, layer });
          return [0, 1].map((group) => rotation.frequencies[group % rotation.frequencies.length]);
        };
        expect(frequencies(after)).toEqual(frequencies(before));
      }
    }
    expect(() => writeOutPosition(start, 0)).toThrow(/RoPE.* has no list/);
  });

  test('a change of sharing keeps the range, and switching it off takes it away', () => {
    const uniattn = setField(setSharingKind(start, 'uniattn'), 'sharing.groupSize', 2);
    expect(uniattn.sharing).toEqual({
      kind: 'uniattn',
      groupSize: 2,
      begin: 4,
      end: 9,
      compensation: 'zero',
    });
    expect(setSharingKind(uniattn, 'crossLayerKv').sharing).toEqual({
      kind: 'crossLayerKv',
      groupSize: 2,
      begin: 4,
      end: 9,
    });
    expect(setSharingKind(uniattn, 'none')).toEqual(start);
    expect(setSharingKind(uniattn, 'uniattn')).toBe(uniattn);
    for (const kind of sharingKinds) expect(checkArchitecture(setSharingKind(start, kind))).toEqual([]);
  });
});

test('shapes: followers of a map have no queries and keys, those of keys and values take both', () => {
  const edges = (architecture: Architecture, layer: number) =>
    inferShapes(architecture)
      .edges.filter(({ path }) => path.startsWith(`blocks.${layer}.attention.`))
      .map((edge) => `${edge.path.split('.').at(-1)}: ${edge.label} ${symbolicShape(edge)}`);
  const whole = [
    'norm: normalised stream B x T x d',
    'query: queries B x H x T x h',
    'key: keys B x G x T x h',
    'value: values B x G x T x h',
    'scores: attention weights B x H x T x T',
    'output: stream after attention B x T x d',
  ];
  const uniattn = setSharingKind(start, 'uniattn'); // leader 4, followers 5 to 7
  expect(edges(uniattn, 0)).toEqual(whole);
  expect(edges(uniattn, 4)).toEqual(whole);
  expect(edges(uniattn, 6)).toEqual([
    whole[0],
    whole[3],
    'scores: attention weights of layer 4 B x H x T x T',
    whole[5],
  ]);
  expect(edges(setSharingKind(start, 'crossLayerKv'), 6)).toEqual([
    whole[0],
    whole[1],
    'key: keys of layer 4 B x G x T x h',
    'value: values of layer 4 B x G x T x h',
    whole[4],
    whole[5],
  ]);
});

test('a diff names position and sharing', () => {
  const based = setField(start, 'blocks.0.attention.position.base', 500);
  expect(diffArchitectures(start, based).layers).toEqual([
    {
      first: 0,
      last: 7,
      kind: 'changed',
      fields: [{ field: 'attention.position.base', before: 10_000, after: 500 }],
    },
  ]);
  const { fields, counts } = diffArchitectures(start, setSharingKind(start, 'uniattn'));
  expect(fields).toContainEqual({ field: 'sharing.kind', before: 'none', after: 'uniattn' });
  expect(fields).toContainEqual({ field: 'sharing.groupSize', before: undefined, after: 4 });
  // Three followers: W_c in, W_Q and W_K out, and half of their cache.
  expect(counts.parameters.after - counts.parameters.before).toBe(-3 * 32 * 16);
  expect(counts.kvCacheBytesPerToken.after - counts.kvCacheBytesPerToken.before).toBe(-3 * 16 * 4);
});

test('what is ours in position and sharing is listed', () => {
  expect(reconstructedOptions(start)).toEqual([]);
  const shared = setSharingKind(start, 'uniattn');
  expect(reconstructedOptions(shared)).toEqual(['uniattn.compensation']);
  expect(reconstructedOptions(setField(shared, 'sharing.compensation', 'none'))).toEqual([]);
  expect(reconstructedOptions(setSharingKind(start, 'crossLayerKv'))).toEqual([]);
  expect(reconstructedOptions(setPositionKind(start, 0, 'harpe'))).toEqual([
    'harpe.sameBasesInAllLayers',
    'harpe.gqaBases',
  ]);
  expect(reconstructedOptions(setPositionKind(start, 0, 'yarn'))).toEqual([]);
});

test('problems of a position stand at its field', () => {
  const harpe = setPositionKind(start, 0, 'harpe');
  const broken = setField(harpe, 'blocks.0.attention.position.baseScheme', 'published32');
  expect(checkArchitecture(broken)).toMatchObject([
    {
      path: 'blocks.0.attention.position.baseScheme',
      message: expect.stringContaining('2 key/value heads'),
    },
  ]);
  // Rules of a position are not asked about heads that make no sense themselves.
  const odd = setField(broken, 'blocks.0.attention.kvHeads', 3);
  expect(checkArchitecture(odd).map(({ path }) => path)).toEqual(['blocks.0.attention.kvHeads']);
  expect(positionMethod('harpe').notice).toMatch(/32 heads/);
});
