import { describe, expect, it } from 'vitest';
import { duplicateBlock, setFfnKind, setField } from '../../shared/architecture/edits.ts';
import { findPreset } from '../../shared/architecture/presets.ts';
import { canvasView } from './blockViews.ts';

const start = findPreset('finedeep-1m')!.architecture; // width 128, T 128, 4 layers, M 2, K 4

describe('what the canvas says', () => {
  it('names parts, layers and the shape on every edge', () => {
    const two = setFfnKind(duplicateBlock(start, 0), 1, 'dsmoe');
    const { blocks, stream, logits, tokens } = canvasView(two);
    expect(blocks.map(({ firstLayer, repeat }) => [firstLayer, repeat])).toEqual([
      [1, 4],
      [5, 4],
    ]);
    expect(blocks[0]!.ffn).toMatchObject({ detail: 'M 2 · K 4 · D 384', rows: 2, perRow: 4, norm: false });
    expect(blocks[1]!.ffn).toMatchObject({ title: 'DSMoE', rows: 1, norm: true });
    expect(blocks[1]!.ffn.after).toEqual({
      text: 'B · 128 · 128',
      symbols: 'stream after the FFN, B x T x d',
    });
    expect([tokens.text, stream.text, logits.text]).toEqual(['B · 128', 'B · 128 · 128', 'B · 128 · 1,024']);
  });

  it('keeps blocks that read the same, and marks a fault with its two shapes', () => {
    const two = duplicateBlock(start, 0);
    const before = canvasView(two);
    const broken = canvasView(setField(two, 'blocks.1.attention.heads', 3));
    expect(broken.blocks[0]).toBe(before.blocks[0]);
    const { attention } = broken.blocks[1]!;
    expect(attention.after).toMatchObject({ text: 'B · 128 · 96 ≠ B · 128 · 128', wrong: true });
    expect(attention.problems[0]!.mends!.map(({ label }) => label)).toEqual(['set heads to 4']);
  });
});
