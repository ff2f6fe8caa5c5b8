import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ffnKinds, ffnMethod } from '../methods/ffn/index.ts';
import { countArchitecture } from './counts.ts';
import { type Architecture, expandLayers } from './document.ts';
import {
  duplicateBlock,
  duplicateBlocks,
  expertLayouts,
  insertBlock,
  insertBlocks,
  joinEqualBlocks,
  keyValueHeads,
  moveBlock,
  moveBlocks,
  removeBlock,
  removeBlocks,
  replaceBlock,
  sameBlock,
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

describe('several blocks at once', () => {
  // Told apart by their repeat: 1, 2, 3, 4, 5 layers.
  const five = {
    ...start,
    blocks: [1, 2, 3, 4, 5].map((repeat) => ({ ...start.blocks[0]!, repeat })),
  };
  const repeats = ({ blocks }: Architecture) => blocks.map(({ repeat }) => repeat);

  test('move in their order, and their new places are told', () => {
    const moved = moveBlocks(five, [3, 0], 2);
    expect(repeats(moved.architecture)).toEqual([2, 1, 4, 3, 5]);
    expect(moved.blocks).toEqual([1, 2]);
    expect(repeats(moveBlocks(five, [0, 1], 5).architecture)).toEqual([3, 4, 5, 1, 2]);
    expect(repeats(moveBlocks(five, [4], 0).architecture)).toEqual([5, 1, 2, 3, 4]);
  });

  test('a move to where they stand changes nothing', () => {
    for (const position of [1, 2, 3]) {
      const { architecture, blocks } = moveBlocks(five, [1, 2], position);
      expect(architecture).toBe(five);
      expect(blocks).toEqual([1, 2]);
    }
  });

  test('any move keeps all blocks', () => {
    fc.assert(
      fc.property(
        fc.subarray([0, 1, 2, 3, 4], { minLength: 1 }),
        fc.integer({ min: 0, max: 5 }),
        (chosen, position) => {
          const { architecture, blocks } = moveBlocks(five, chosen, position);
          expect([...repeats(architecture)].sort()).toEqual([1, 2, 3, 4, 5]);
          expect(blocks.map((block) => architecture.blocks[block])).toEqual(
            chosen.map((block) => five.blocks[block]),
          );
        },
      ),
    );
  });

  test('are duplicated after the last of them, removed, and put in', () => {
    const twice = duplicateBlocks(five, [0, 2]);
    expect(repeats(twice.architecture)).toEqual([1, 2, 3, 1, 3, 4, 5]);
    expect(twice.blocks).toEqual([3, 4]);
    expect(repeats(removeBlocks(five, [0, 2, 4]))).toEqual([2, 4]);
    expect(() => removeBlocks(five, [0, 1, 2, 3, 4])).toThrow('at least one');
    expect(repeats(insertBlocks(five, 1, [five.blocks[4]!, five.blocks[3]!]))).toEqual([1, 5, 4, 2, 3, 4, 5]);
    expect(repeats(replaceBlock(five, 1, five.blocks[4]!))).toEqual([1, 5, 3, 4, 5]);
  });

  test('equal neighbours are alike whatever their repeats; joining unlike ones changes nothing', () => {
    expect(sameBlock(five.blocks[0]!, five.blocks[4]!)).toBe(true);
    expect(repeats(joinEqualBlocks(five))).toEqual([15]);
    const unlike = setFfnKind(splitBlock(start, 0, 2).architecture, 1, 'dense');
    expect(joinEqualBlocks(unlike)).toBe(unlike);
  });
});

test('key/value heads: one for each, for groups, or for all', () => {
  const groups = [1, 2, 4, 6, 8, 32].map((heads) => keyValueHeads(heads, 'groupedQuery'));
  expect(groups).toEqual([null, null, 2, 3, 2, 8]);
  expect(keyValueHeads(6, 'multiHead')).toBe(6);
  expect(keyValueHeads(6, 'multiQuery')).toBe(1);
});
