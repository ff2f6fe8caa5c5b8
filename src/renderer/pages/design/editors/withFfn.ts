import type { Architecture } from '../../../../shared/architecture/document.ts';
import type { Ffn } from '../../../../shared/methods/ffn/index.ts';

/** The document with another FFN in a block; the same document where it is the same FFN. */
export function withFfn(document: Architecture, block: number, ffn: Ffn): Architecture {
  const before = document.blocks[block];
  if (before === undefined || JSON.stringify(before.ffn) === JSON.stringify(ffn)) return document;
  return {
    ...document,
    blocks: document.blocks.map((entry, index) => (index === block ? { ...entry, ffn } : entry)),
  };
}
