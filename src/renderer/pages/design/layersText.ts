import type { Architecture } from '../../../shared/architecture/document.ts';

/** "layers 1-4" of a block, counted from 1 as on the canvas. */
export function layersText(document: Architecture, block: number): string {
  const before = document.blocks.slice(0, block).reduce((sum, entry) => sum + entry.repeat, 0);
  const repeat = document.blocks[block]?.repeat ?? 0;
  return repeat === 1 ? `layer ${before + 1}` : `layers ${before + 1}–${before + repeat}`;
}
