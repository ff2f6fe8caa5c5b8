/** What a block's attention does beyond plain rotary softmax attention, in a few words and as a method's colour. */
import { type Architecture, expandLayers } from '../../shared/architecture/document.ts';
import { positionMethod } from '../../shared/methods/position/index.ts';
import { sharingMethod } from '../../shared/methods/sharing/index.ts';

/** "HARPE", "UniAttn: layer 3 leads, layers 4-6 follow"; empty for plain attention. Layers are counted from 1. */
export function attentionNotes(document: Architecture, block: number): string[] {
  const notes: string[] = [];
  const { position } = document.blocks[block]!.attention;
  if (position.kind !== 'rope') notes.push(positionMethod(position.kind).label);
  const layers = expandLayers(document).filter((layer) => layer.block === block);
  const ofRole = (kind: 'leader' | 'follower') =>
    layers.filter((layer) => layer.role.kind === kind).map((layer) => layer.index + 1);
  const parts = [
    sentence(ofRole('leader'), 'leads', 'lead'),
    sentence(ofRole('follower'), 'follows', 'follow'),
  ].filter((part) => part !== '');
  if (parts.length > 0) notes.push(`${sharingMethod(document.sharing.kind).label}: ${parts.join(', ')}`);
  return notes;
}

/** The method whose colour the attention of a block wears; undefined where it is plain. */
export function attentionKind(document: Architecture, block: number): string | undefined {
  const shares = expandLayers(document).some((layer) => layer.block === block && layer.role.kind !== 'whole');
  if (shares) return document.sharing.kind;
  const { kind } = document.blocks[block]!.attention.position;
  return kind === 'rope' ? undefined : kind;
}

function sentence(layers: readonly number[], singular: string, plural: string): string {
  if (layers.length === 0) return '';
  return layers.length === 1
    ? `layer ${layers[0]} ${singular}`
    : `layers ${ranges(layers).join(', ')} ${plural}`;
}

/** [2, 3, 4, 6] as "2–4", "6". */
function ranges(layers: readonly number[]): string[] {
  const found: Array<[number, number]> = [];
  for (const layer of layers) {
    const last = found.at(-1);
    if (last !== undefined && last[1] === layer - 1) last[1] = layer;
    else found.push([layer, layer]);
  }
  return found.map(([first, last]) => (first === last ? String(first) : `${first}–${last}`));
}
