import { describe, expect, it } from 'vitest';
import type { Architecture } from '../../shared/architecture/document.ts';
import { checkArchitecture } from '../../shared/architecture/parse.ts';
import { findPreset } from '../../shared/architecture/presets.ts';
import { type Drop, type DropPlace, dropOn, type PaletteThing } from './canvasDrop.ts';

const start = findPreset('dense-1m')!.architecture; // one block of 4 layers, 4 heads of 32
const ffn = (kind: 'finedeep' | 'dsmoe' | 'dense'): PaletteThing => ({ part: 'ffn', kind });
const on = (at: 'attention' | 'ffn' | 'block', layer: number | null = null): DropPlace => ({
  at,
  block: 0,
  layer,
});

function allowed(drop: Drop): Extract<Drop, { allowed: true }> {
  if (!drop.allowed) throw new Error(drop.why);
  expect(checkArchitecture(drop.document)).toEqual([]);
  return drop;
}
const why = (drop: Drop) => (drop.allowed ? null : drop.why);
const kinds = ({ blocks }: Architecture) => blocks.map((block) => `${block.repeat} ${block.ffn.kind}`);

describe('a drop from the palette', () => {
  it('replaces the feed-forward network of a block', () => {
    const drop = allowed(dropOn(start, ffn('dsmoe'), on('ffn')));
    expect(kinds(drop.document)).toEqual(['4 dsmoe']);
    expect(drop).toMatchObject({ block: 0, label: 'DSMoE in layers 1–4' });
  });

  it('changes one layer of a repeated block, split off from the rest', () => {
    const drop = allowed(dropOn(start, ffn('dsmoe'), on('ffn', 2)));
    expect(kinds(drop.document)).toEqual(['2 dense', '1 dsmoe', '1 dense']);
    expect(drop).toMatchObject({ block: 1, label: 'DSMoE in layer 3' });
  });

  it('inserts a block between two, of one layer and as wide as its neighbour', () => {
    const drop = allowed(dropOn(start, ffn('finedeep'), { at: 'gap', position: 1 }));
    expect(kinds(drop.document)).toEqual(['4 dense', '1 finedeep']);
    expect(drop.block).toBe(1);
    const plain = allowed(dropOn(drop.document, { part: 'block' }, { at: 'gap', position: 0 }));
    expect(kinds(plain.document)).toEqual(['1 dense', '4 dense', '1 finedeep']);
  });

  it('replaces a block by a plain one', () => {
    const special = allowed(dropOn(start, { part: 'position', kind: 'harpe' }, on('block'))).document;
    const drop = allowed(
      dropOn(allowed(dropOn(special, ffn('dsmoe'), on('ffn'))).document, { part: 'block' }, on('ffn')),
    );
    expect(drop.document.blocks).toEqual(start.blocks);
  });

  it('sets heads, position and sharing', () => {
    const grouped = allowed(dropOn(start, { part: 'heads', kind: 'groupedQuery' }, on('attention')));
    expect(grouped.document.blocks[0]!.attention.kvHeads).toBe(2);
    const harpe = allowed(dropOn(start, { part: 'position', kind: 'harpe' }, on('attention', 0)));
    expect(harpe.document.blocks.map((block) => block.attention.position.kind)).toEqual(['harpe', 'rope']);
    const shared = allowed(dropOn(start, { part: 'sharing', kind: 'uniattn' }, on('ffn')));
    expect(shared).toMatchObject({ block: null, document: { sharing: { kind: 'uniattn' } } });
  });

  it('says why not, with the way out', () => {
    expect(why(dropOn(start, ffn('dsmoe'), on('attention')))).toMatch(
      /drop it on one, or between two blocks/,
    );
    expect(why(dropOn(start, ffn('dsmoe'), { at: 'head' }))).toMatch(
      /head stays as it is: drop DSMoE on a block/,
    );
    expect(why(dropOn(start, ffn('dense'), on('ffn')))).toBe('It is Dense SwiGLU already.');
    expect(why(dropOn(start, { part: 'block' }, on('block')))).toBe('It is a plain block already.');
    expect(why(dropOn(start, { part: 'sharing', kind: 'none' }, on('ffn')))).toMatch(/already/);
    expect(why(dropOn(start, { part: 'position', kind: 'harpe' }, { at: 'gap', position: 0 }))).toMatch(
      /part of an attention/,
    );
    expect(why(dropOn(start, { part: 'heads', kind: 'multiQuery' }, on('ffn')))).toMatch(
      /part of an attention/,
    );
    expect(why(dropOn(start, ffn('dsmoe'), { at: 'outside' }))).toBe('Drop it on the model.');
  });

  it('refuses what would break a rule', () => {
    const shared = allowed(dropOn(start, { part: 'sharing', kind: 'crossLayerKv' }, on('block'))).document;
    // Layer 4 follows layer 3, and could not with key/value heads of its own number.
    expect(why(dropOn(shared, { part: 'heads', kind: 'multiQuery' }, on('attention', 3)))).toMatch(
      /^Layer 3 follows layer 2/,
    );
  });
});
