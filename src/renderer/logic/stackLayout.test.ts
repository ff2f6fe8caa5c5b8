import { describe, expect, it } from 'vitest';
import { moveBlocks, setFfnKind, setField, splitBlock } from '../../shared/architecture/edits.ts';
import { findPreset } from '../../shared/architecture/presets.ts';
import { followBlocks, patternText, placeOf, stackPositions } from './stackLayout.ts';

const start = findPreset('dense-1m')!.architecture;

describe('the stack', () => {
  it('stands one above the other, centred', () => {
    expect(
      stackPositions([
        { width: 300, height: 50 },
        { width: 380, height: 200 },
      ]),
    ).toEqual([
      { x: -150, y: 0 },
      { x: -190, y: 96 },
    ]);
  });

  it('finds the place of a dragged block by middles', () => {
    const spans = [0, 100, 200].map((top) => ({ top, bottom: top + 90 }));
    expect(placeOf(10, spans, [2])).toBe(0);
    expect(placeOf(100, spans, [2])).toBe(1);
    expect(placeOf(170, spans, [0])).toBe(2);
    expect(placeOf(400, spans, [0])).toBe(3);
  });

  it('tells which layers differ', () => {
    expect(patternText(start)).toBe('');
    const { architecture, block } = splitBlock(start, 0, 2);
    expect(patternText(setFfnKind(architecture, block, 'dsmoe'))).toBe('layer 3: DSMoE');
    expect(patternText(setFfnKind(splitBlock(start, 0, 0).architecture, 1, 'moe'))).toMatch(
      /^layer 1: Dense/,
    );
  });

  it('follows blocks through moves and through edits of fields', () => {
    const three = splitBlock(start, 0, 1).architecture;
    const moved = moveBlocks(three, [0], 3).architecture;
    expect(followBlocks(three, moved, [0])).toEqual([2]);
    expect(followBlocks(three, setField(three, 'blocks.1.repeat', 9), [1, 2])).toEqual([1, 2]);
    expect(followBlocks(three, start, [0, 1])).toEqual([]);
  });
});
