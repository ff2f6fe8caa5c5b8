/** The methods of a document in a few words, for tables of runs. */
import { attentionMethods } from '../methods/attention/index.ts';
import { positionKinds } from '../methods/position/index.ts';
import { sharingKinds } from '../methods/sharing/index.ts';
import type { Architecture } from './document.ts';

/**
 * Kinds of sharing, attention and position where they differ from a plain transformer's (the first of each registry),
 * then the kinds of its FFNs, each once, e.g. `['uniattn', 'harpe', 'cartesianmoe']`.
 */
export function methodKinds({ sharing, blocks }: Architecture): string[] {
  const plain: readonly string[] = [sharingKinds[0]!, attentionMethods[0].kind, positionKinds[0]!];
  const outsideFfn = [
    sharing.kind,
    ...blocks.map(({ attention }) => attention.kind),
    ...blocks.map(({ attention }) => attention.position.kind),
  ].filter((kind) => !plain.includes(kind));
  return [...new Set([...outsideFfn, ...blocks.map(({ ffn }) => ffn.kind)])];
}
