/** Where the nodes of the stack stand, which place a dragged block would take, and which layers differ. No DOM. */
import type { Architecture } from '../../shared/architecture/document.ts';
import { ffnMethod } from '../../shared/methods/ffn/index.ts';

export interface Size {
  readonly width: number;
  readonly height: number;
}

/** Between two nodes: room for the shape on the edge, and to drop a block. */
export const gap = 46;

/** One above the other, centred at x = 0. */
export function stackPositions(sizes: readonly Size[]): { x: number; y: number }[] {
  let y = 0;
  return sizes.map(({ width, height }) => {
    const position = { x: -width / 2, y };
    y += height + gap;
    return position;
  });
}

export interface Span {
  readonly top: number;
  readonly bottom: number;
}

/**
 * The place (0 to the number of blocks) that dragged blocks would take: before the first block at rest whose middle lies
 * below the middle of what is dragged.
 */
export function placeOf(middle: number, spans: readonly Span[], dragged: readonly number[]): number {
  for (const [block, { top, bottom }] of spans.entries()) {
    if (!dragged.includes(block) && (top + bottom) / 2 > middle) return block;
  }
  return spans.length;
}

/** "layers 3, 7: DSMoE" for every kind but the commonest; empty where all layers have one kind. */
export function patternText({ blocks }: Architecture): string {
  const layers = blocks.flatMap(({ repeat, ffn }) => Array.from({ length: repeat }, () => ffn.kind));
  const ofKind = new Map<(typeof layers)[number], number[]>();
  layers.forEach((kind, index) => {
    ofKind.set(kind, [...(ofKind.get(kind) ?? []), index + 1]);
  });
  const commonest = [...ofKind].sort((a, b) => b[1].length - a[1].length)[0]![0];
  return [...ofKind]
    .filter(([kind]) => kind !== commonest)
    .map(
      ([kind, numbers]) =>
        `${numbers.length === 1 ? 'layer' : 'layers'} ${ranges(numbers)}: ${ffnMethod(kind).label}`,
    )
    .join(' · ');
}

function ranges(numbers: readonly number[]): string {
  const found: [number, number][] = [];
  for (const number of numbers) {
    const last = found.at(-1);
    if (last !== undefined && last[1] === number - 1) last[1] = number;
    else found.push([number, number]);
  }
  return found.map(([first, last]) => (first === last ? String(first) : `${first}–${last}`)).join(', ');
}

/**
 * Where blocks stand after a change of the document: structural edits, undo and redo keep the objects of blocks that they
 * do not touch; an edit of a field keeps their number.
 */
export function followBlocks(before: Architecture, after: Architecture, blocks: readonly number[]): number[] {
  const found = blocks.map((block) => {
    const same = after.blocks.indexOf(before.blocks[block]!);
    return same === -1 && before.blocks.length === after.blocks.length ? block : same;
  });
  return [...new Set(found.filter((block) => block !== -1))].sort((a, b) => a - b);
}
