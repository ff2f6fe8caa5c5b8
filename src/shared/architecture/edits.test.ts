import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ffnKinds, ffnMethod } from '../methods/ffn/index.ts';
import { countArchitecture } from './counts.ts';
import { type Architecture, expandLayers } from './document.ts';
import {
  duplicateBlock,
  expertLayouts,
  insertBlock,
  joinEqualBlocks,
  moveBlock,
  removeBlock,
  setEveryFfnKind,
  setExpertLayout,
  setFfnKind,
  setField,
  setRepeat,
  setWidth,
  splitBlock,
} from './edits.ts';
import { checkArchitecture } from './parse.ts';
import { findPreset } from './presets.ts';

const start = findPreset('finedeep-2m')!.architecture; // one block of 4 layers, D 576, M 2, K 4

type Edit = (architecture: Architecture) => Architecture;

/** Edits that apply to any valid document. */
const edits: fc.Arbitrary<Edit> = fc.oneof(
  fc.nat().map(
    (n): Edit =>
      (a) =>
        duplicateBlock(a, n % a.blocks.length),
  ),
  fc.tuple(fc.nat(), fc.nat()).map(
    ([n, m]): Edit =>
      (a) =>
        moveBlock(a, n % a.blocks.length, m % a.blocks.length),
  ),
  fc.tuple(fc.nat(), fc.constantFrom(...ffnKinds)).map(
    ([n, kind]): Edit =>
      (a) =>
        setFfnKind(a, n % a.blocks.length, kind),
  ),
  fc.tuple(fc.nat(), fc.integer({ min: 1, max: 5 })).map(
    ([n, count]): Edit =>
      (a) =>
        setRepeat(a, n % a.blocks.length, count),
  ),
  fc.nat().map(
    (n): Edit =>
      (a) =>
        insertBlock(a, n % (a.blocks.length + 1)),
  ),
  fc.nat().map(
    (n): Edit =>
      (a) =>
        a.blocks.length > 1 ? removeBlock(a, n % a.blocks.length) : a,
  ),
  fc.tuple(fc.nat(), fc.nat()).map(
    ([n, m]): Edit =>
      (a) => {
        const block = n % a.blocks.length;
        return splitBlock(a, block, m % a.blocks[block]!.repeat).architecture;
      },
  ),
  fc.constant<Edit>(joinEqualBlocks),
  fc.tuple(fc.nat(), fc.nat()).map(
    ([n, m]): Edit =>
      (a) => {
        const block = n % a.blocks.length;
        const layouts = expertLayouts(a, block);
        return layouts.length === 0 ? a : setExpertLayout(a, block, layouts[m % layouts.length]!);
      },
  ),
);

test('any sequence of edits keeps the document valid and leaves the one it started from untouched', () => {
  const frozen = JSON.stringify(start);
  fc.assert(
    fc.property(fc.array(edits, { maxLength: 12 }), (sequence) => {
      const documents = [start];
      for (const edit of sequence) documents.push(edit(documents.at(-1)!));
      const texts = documents.map((document) => JSON.stringify(document));
      for (const document of documents) expect(checkArchitecture(document)).toEqual([]);
      expect(documents.map((document) => JSON.stringify(document))).toEqual(texts);
      expect(JSON.stringify(start)).toBe(frozen);
    }),
    { numRuns: 60 },
  );
});

describe('one edit', () => {
  test('sets a field by path', () => {
    const changed = setField(start, 'blocks.0.ffn.gate', 'softmax');
    expect(changed.blocks[0]!.ffn).toMatchObject({ gate: 'softmax', width: 576 });
    expect(() => setField(start, 'blocks.0.ffn.gate', 'tanh')).toThrow(
      /blocks\.0\.ffn\.gate cannot be "tanh"/,
    );
    expect(() => setField(start, 'blocks.3.ffn.gate', 'none')).toThrow(/no field blocks\.3/);
    expect(() => setField(start, 'blocks.0.ffn.colour', 1)).toThrow(/no field/);
  });

  test('changes the FFN kind and keeps its width', () => {
    for (const kind of ffnKinds) {
      const changed = setEveryFfnKind(start, kind);
      expect(changed.blocks.map(({ ffn }) => [ffn.kind, ffnMethod(ffn.kind).matchedWidth(ffn)])).toEqual([
        [kind, 576],
      ]);
      expect(checkArchitecture(changed)).toEqual([]);
    }
  });

  test('changes the expert layout under a constant number of expert parameters', () => {
    const layouts = expertLayouts(start, 0);
    expect(layouts).toContainEqual({ groups: 4, perGroup: 8 });
    const matrices = (architecture: Architecture) => {
      const { subLayers: M, expertsPerSubLayer: K } = architecture.blocks[0]!.ffn as {
        subLayers: number;
        expertsPerSubLayer: number;
      };
      const routers = M * K * start.width + (M - 1) * start.width;
      return countArchitecture(architecture).parameters.total - 4 * routers;
    };
    for (const layout of layouts) expect(matrices(setExpertLayout(start, 0, layout))).toBe(matrices(start));
    expect(() => setExpertLayout(start, 0, { groups: 3, perGroup: 5 })).toThrow(
      /3 x 5 experts do not divide/,
    );
    const dense = setFfnKind(start, 0, 'dense');
    expect(expertLayouts(dense, 0)).toEqual([]);
    expect(() => setExpertLayout(dense, 0, { groups: 1, perGroup: 2 })).toThrow(/no experts/);
    const flat = expertLayouts(setFfnKind(start, 0, 'dsmoe'), 0);
    expect(flat.map(({ groups }) => groups)).toEqual(flat.map(() => 1));
    expect(flat.map(({ perGroup }) => perGroup)).toEqual([1, 2, 3, 4, 6, 8, 9, 12, 16]);
  });

  test('splits a repeated block so that one layer can differ, and joins it again', () => {
    for (const offset of [0, 1, 2, 3]) {
      const { architecture, block } = splitBlock(start, 0, offset);
      expect(architecture.blocks[block]!.repeat).toBe(1);
      expect(expandLayers(architecture).map(({ ffn }) => ffn)).toEqual(
        expandLayers(start).map(({ ffn }) => ffn),
      );
      const changed = setFfnKind(architecture, block, 'dense');
      const kinds = expandLayers(changed).map(({ ffn }) => ffn.kind);
      expect(kinds.map((kind) => kind === 'dense')).toEqual([0, 1, 2, 3].map((layer) => layer === offset));
      expect(joinEqualBlocks(architecture)).toEqual(start);
    }
    expect(() => splitBlock(start, 0, 4)).toThrow(/no layer 4/);
  });

  test('changes the width, heads following', () => {
    const wider = setWidth(start, 384);
    expect(wider.blocks[0]!.attention).toMatchObject({ heads: 6, headSize: 64 });
    expect(checkArchitecture(wider)).toEqual([]);
    expect(checkArchitecture(setWidth(start, 100))).toHaveLength(1);
  });

  test('keeps one block, and names blocks that are not there', () => {
    expect(() => removeBlock(start, 0)).toThrow(/last block/);
    expect(() => setRepeat(start, 5, 2)).toThrow(/no block 5/);
    expect(() => setRepeat(start, 0, 0)).toThrow(/cannot be 0/);
  });

  test('moves blocks', () => {
    const two = setFfnKind(duplicateBlock(start, 0), 1, 'dense');
    expect(moveBlock(two, 1, 0).blocks.map(({ ffn }) => ffn.kind)).toEqual(['dense', 'finedeep']);
  });
});
