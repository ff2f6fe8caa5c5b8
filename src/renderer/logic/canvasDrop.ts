/** What comes of dropping a thing from the palette somewhere on the canvas, told before it is let go. */
import type { Architecture, Block } from '../../shared/architecture/document.ts';
import {
  type HeadSharing,
  insertBlocks,
  keyValueHeads,
  neighbourOf,
  replaceBlock,
  sameBlock,
  setFfnKind,
  setField,
  setPositionKind,
  setSharingKind,
  splitBlock,
} from '../../shared/architecture/edits.ts';
import { crossFieldProblems } from '../../shared/architecture/parse.ts';
import { toErrorShape } from '../../shared/errors.ts';
import { type FfnKind, ffnKinds, ffnMethod } from '../../shared/methods/ffn/index.ts';
import { type PositionKind, positionKinds, positionMethod } from '../../shared/methods/position/index.ts';
import { type SharingKind, sharingMethod } from '../../shared/methods/sharing/index.ts';

/** What lies in the palette. */
export type PaletteThing =
  | { readonly part: 'ffn'; readonly kind: FfnKind }
  | { readonly part: 'block' }
  | { readonly part: 'position'; readonly kind: PositionKind }
  | { readonly part: 'heads'; readonly kind: HeadSharing }
  | { readonly part: 'sharing'; readonly kind: SharingKind };

/** Where it is held. `layer`: one layer inside a repeated block, counted from 0 in it; null: all of them. */
export type DropPlace =
  | { readonly at: 'gap'; readonly position: number }
  | { readonly at: 'attention' | 'ffn' | 'block'; readonly block: number; readonly layer: number | null }
  | { readonly at: 'embedding' | 'norm' | 'head' | 'outside' };

export type Drop =
  | {
      readonly allowed: true;
      /** "Insert a DSMoE block", as shown at the pointer and in the undo history. */
      readonly label: string;
      readonly document: Architecture;
      /** The block that was made or changed; null: the whole model. */
      readonly block: number | null;
    }
  | { readonly allowed: false; readonly why: string };

export const headSharingLabels: Readonly<Record<HeadSharing, string>> = {
  multiHead: 'Multi-head',
  groupedQuery: 'Grouped-query',
  multiQuery: 'Multi-query',
};

export function thingLabel(thing: PaletteThing): string {
  if (thing.part === 'ffn') return ffnMethod(thing.kind).label;
  if (thing.part === 'block') return 'Plain block';
  if (thing.part === 'position') return positionMethod(thing.kind).label;
  if (thing.part === 'heads') return `${headSharingLabels[thing.kind]} attention`;
  return sharingMethod(thing.kind).label;
}

/** The document after the drop, or why it cannot be: a wrong place, or a rule that the result would break. */
export function dropOn(document: Architecture, thing: PaletteThing, place: DropPlace): Drop {
  try {
    const drop = place.at === 'gap' ? insert(document, thing, place.position) : put(document, thing, place);
    if (!drop.allowed) return drop;
    const before = crossFieldProblems(document).map(({ message }) => message);
    const fault = crossFieldProblems(drop.document).find(({ message }) => !before.includes(message));
    return fault === undefined ? drop : refuse(`${capital(fault.message)}.`);
  } catch (error) {
    return refuse(toErrorShape(error).message);
  }
}

function insert(document: Architecture, thing: PaletteThing, position: number): Drop {
  if (thing.part !== 'ffn' && thing.part !== 'block') {
    return refuse(
      thing.part === 'sharing'
        ? 'Sharing spans layers: drop it on a block.'
        : `${thingLabel(thing)} is part of an attention: drop it on one.`,
    );
  }
  const neighbour = neighbourOf(document, position);
  const added =
    thing.part === 'block' ? plain(document, neighbour) : withFfn(document, neighbour, thing.kind);
  return {
    allowed: true,
    label: thing.part === 'block' ? 'Insert a plain block' : `Insert a ${ffnMethod(thing.kind).label} block`,
    document: insertBlocks(document, position, [added]),
    block: position,
  };
}

function withFfn(document: Architecture, block: Block, kind: FfnKind): Block {
  return setFfnKind({ ...document, blocks: [block] }, 0, kind).blocks[0]!;
}

/** A block of the same sizes with the first of each registry: a plain transformer's. */
function plain(document: Architecture, block: Block): Block {
  const dense = withFfn(document, block, ffnKinds[0]!);
  return setPositionKind({ ...document, blocks: [dense] }, 0, positionKinds[0]!).blocks[0]!;
}

function put(document: Architecture, thing: PaletteThing, place: Exclude<DropPlace, { at: 'gap' }>): Drop {
  const name = thingLabel(thing);
  if (place.at === 'outside') return refuse('Drop it on the model.');
  if (thing.part === 'sharing') {
    if (document.sharing.kind === thing.kind) return refuse(`The model has ${name} already.`);
    return {
      allowed: true,
      label: `Share attention: ${name}`,
      document: setSharingKind(document, thing.kind),
      block: null,
    };
  }
  if (!('block' in place)) return refuse(`The ${place.at} stays as it is: drop ${name} on a block.`);
  if (thing.part === 'ffn' && place.at === 'attention')
    return refuse(`${name} replaces a feed-forward network: drop it on one, or between two blocks.`);
  if ((thing.part === 'position' || thing.part === 'heads') && place.at === 'ffn')
    return refuse(`${name} is part of an attention: drop it on one.`);

  const whole = document.blocks[place.block]!;
  const { architecture, block } =
    place.layer === null || whole.repeat === 1
      ? { architecture: document, block: place.block }
      : splitBlock(document, place.block, place.layer);
  const changed = changeBlock(architecture, thing, block);
  if ('why' in changed) return refuse(changed.why);
  if (changed === architecture)
    return refuse(`It is ${thing.part === 'block' ? 'a plain block' : name} already.`);
  const where = `layer${architecture.blocks[block]!.repeat === 1 ? '' : 's'} ${layerNumbers(architecture, block)}`;
  return { allowed: true, label: `${name} in ${where}`, document: changed, block };
}

function changeBlock(
  document: Architecture,
  thing: Exclude<PaletteThing, { part: 'sharing' }>,
  block: number,
): Architecture | { why: string } {
  const current = document.blocks[block]!;
  if (thing.part === 'position') return setPositionKind(document, block, thing.kind);
  if (thing.part === 'heads') {
    const { heads, kvHeads } = current.attention;
    const wanted = keyValueHeads(heads, thing.kind);
    if (wanted === null) return { why: `${heads} heads do not divide into groups of 2 or 4.` };
    return wanted === kvHeads ? document : setField(document, `blocks.${block}.attention.kvHeads`, wanted);
  }
  if (thing.part === 'ffn') return setFfnKind(document, block, thing.kind);
  const replacement = plain(document, current);
  return sameBlock(replacement, current) ? document : replaceBlock(document, block, replacement);
}

/** "3" or "3–6", counted from 1. */
function layerNumbers({ blocks }: Architecture, block: number): string {
  const before = blocks.slice(0, block).reduce((sum, { repeat }) => sum + repeat, 0);
  const { repeat } = blocks[block]!;
  return repeat === 1 ? String(before + 1) : `${before + 1}–${before + repeat}`;
}

function refuse(why: string): Drop {
  return { allowed: false, why };
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
