/**
 * Pure edits of an architecture document: each returns a new document and leaves the old one as it was. Fields are
 * checked one by one (a value no schema takes throws `architecture.invalid`); rules that cross fields are not, so that
 * an editor can pass through documents that `checkArchitecture` still complains about.
 */
import type { z } from 'zod';
import { FinegrainError } from '../errors.ts';
import { type Ffn, type FfnKind, ffnMethod } from '../methods/ffn/index.ts';
import { layerShape } from '../methods/languageModel.ts';
import { type PositionKind, positionMethod } from '../methods/position/index.ts';
import { type SharingKind, sharingMethod } from '../methods/sharing/index.ts';
import { type Architecture, architectureSchema, type Block } from './document.ts';

/** A value at a dotted path, e.g. `blocks.0.ffn.tau`, set to `value`. */
export function setField(architecture: Architecture, path: string, value: unknown): Architecture {
  const changed = replaceAt(architecture, path.split('.'), value, path);
  const parsed = architectureSchema.safeParse(changed);
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map((issue) => ({
    path: issue.path.join('.'),
    message: `${JSON.stringify(value) ?? 'undefined'}: ${issue.message}`,
  }));
  throw new FinegrainError(
    'architecture.invalid',
    `${path} cannot be ${JSON.stringify(value) ?? 'undefined'}: ${problems[0]!.message}.`,
    'Give a value that the field takes.',
    problems,
  );
}

function replaceAt(node: unknown, keys: readonly string[], value: unknown, path: string): unknown {
  const [key, ...rest] = keys;
  if (key === undefined) return value;
  if (typeof node !== 'object' || node === null || !(key in node)) {
    throw new FinegrainError('architecture.invalid', `The document has no field ${path}.`, 'Check the path.');
  }
  if (Array.isArray(node)) {
    return node.map((item, index) => (String(index) === key ? replaceAt(item, rest, value, path) : item));
  }
  return { ...node, [key]: replaceAt((node as Record<string, unknown>)[key], rest, value, path) };
}

/** The width of the residual stream, with each block's head size following where the heads divide it evenly. */
export function setWidth(architecture: Architecture, width: number): Architecture {
  const blocks = architecture.blocks.map((block) => {
    const headSize = width / block.attention.heads;
    if (!Number.isInteger(headSize) || headSize % 2 !== 0) return block;
    return { ...block, attention: { ...block.attention, headSize } };
  });
  return setField({ ...architecture, blocks }, 'width', width);
}

/** Another FFN kind for one block, of the same width D, with that kind's defaults. */
export function setFfnKind(architecture: Architecture, block: number, kind: FfnKind): Architecture {
  const current = blockAt(architecture, block);
  if (current.ffn.kind === kind) return architecture;
  return replaceBlocks(architecture, block, [
    { ...current, ffn: ffnMethod(kind).defaults(ffnMethod(current.ffn.kind).matchedWidth(current.ffn)) },
  ]);
}

/** The same for every block. */
export function setEveryFfnKind(architecture: Architecture, kind: FfnKind): Architecture {
  return architecture.blocks.reduce((document, _, index) => setFfnKind(document, index, kind), architecture);
}

/** Another position encoding for one block: fields of the same name keep their value, others get the kind's defaults. */
export function setPositionKind(architecture: Architecture, block: number, kind: PositionKind): Architecture {
  const current = blockAt(architecture, block);
  const { attention } = current;
  if (attention.position.kind === kind) return architecture;
  const method = positionMethod(kind);
  const position = carried(
    method.schema,
    method.defaults({ ...attention, layer: 0 }, architecture.context),
    attention.position,
  );
  return replaceBlocks(architecture, block, [{ ...current, attention: { ...attention, position } }]);
}

/** The same for every block. */
export function setEveryPositionKind(architecture: Architecture, kind: PositionKind): Architecture {
  return architecture.blocks.reduce(
    (document, _, index) => setPositionKind(document, index, kind),
    architecture,
  );
}

/** Queries share keys and values: none, in groups of four (two, where four would leave one for all), all of them. */
export type HeadSharing = 'multiHead' | 'groupedQuery' | 'multiQuery';

/** Key/value heads for a way of sharing them; null where so many heads do not divide into such groups. */
export function keyValueHeads(heads: number, sharing: HeadSharing): number | null {
  if (sharing === 'multiHead') return heads;
  if (sharing === 'multiQuery') return 1;
  const group = [4, 2].find((size) => heads % size === 0 && heads > size);
  return group === undefined ? null : heads / group;
}

/**
 * A block's position with what it searches or computes for its heads written out as a list, which can then be changed
 * and which readers without the search understand. Turns the same. Throws `architecture.invalid` where the position has
 * no such list.
 */
export function writeOutPosition(architecture: Architecture, block: number): Architecture {
  const current = blockAt(architecture, block);
  const { attention } = current;
  const method = positionMethod(attention.position.kind);
  if (method.writtenOut === undefined) {
    throw new FinegrainError(
      'architecture.invalid',
      `${method.label}, the position encoding of block ${block}, has no list for its heads to write out.`,
      'Choose an encoding with a base for every head first.',
    );
  }
  const position = method.writtenOut(attention.position, { ...attention, layer: 0 });
  return replaceBlocks(architecture, block, [{ ...current, attention: { ...attention, position } }]);
}

/** Another way of sharing attention across layers, its range kept from the way before where that had one. */
export function setSharingKind(architecture: Architecture, kind: SharingKind): Architecture {
  if (architecture.sharing.kind === kind) return architecture;
  const method = sharingMethod(kind);
  const { layers } = layerShape(architecture);
  return { ...architecture, sharing: carried(method.schema, method.defaults(layers), architecture.sharing) };
}

/** `fresh` with the values of equally named fields of `before` that its schema takes. */
function carried<Value extends { kind: string }>(
  schema: z.ZodType<Value>,
  fresh: Value,
  before: object,
): Value {
  let value = fresh;
  for (const [name, kept] of Object.entries(before)) {
    if (name === 'kind' || !(name in fresh)) continue;
    const parsed = schema.safeParse({ ...value, [name]: kept });
    if (parsed.success) value = parsed.data;
  }
  return value;
}

export interface Layout {
  readonly groups: number; // Finedeep: sub-layers M
  readonly perGroup: number; // Finedeep: experts of a sub-layer K
}

/**
 * Another expert layout for one block at the same FFN width, and so the same expert parameters and FLOPs. Throws
 * `architecture.invalid` where the block has no experts or the layout does not divide the width.
 */
export function setExpertLayout(architecture: Architecture, block: number, layout: Layout): Architecture {
  const current = blockAt(architecture, block);
  const method = ffnMethod(current.ffn.kind);
  if (method.withLayout === undefined) {
    throw new FinegrainError(
      'architecture.invalid',
      `Block ${block} is ${method.label}, which has no experts to lay out.`,
      'Choose an FFN kind with experts first.',
    );
  }
  const changed = laidOut(architecture, current.ffn, layout);
  if (changed === null) {
    throw new FinegrainError(
      'architecture.invalid',
      `${layout.groups} x ${layout.perGroup} experts do not divide the ${method.units(current.ffn)} units of block ${block}.`,
      'Choose a layout whose product divides them.',
    );
  }
  return replaceBlocks(architecture, block, [{ ...current, ffn: changed }]);
}

/** All layouts of the same units for a block's FFN, up to `most` rows and columns; empty where there are no experts. */
export function expertLayouts(architecture: Architecture, block: number, most = 16): Layout[] {
  const { ffn } = blockAt(architecture, block);
  const sides = Array.from({ length: most }, (_, index) => index + 1);
  return sides
    .flatMap((groups) => sides.map((perGroup) => ({ groups, perGroup })))
    .filter((layout) => laidOut(architecture, ffn, layout) !== null);
}

/** The FFN with its experts laid out anew, or null where it has none or its units do not come out even. */
function laidOut(architecture: Architecture, ffn: Ffn, { groups, perGroup }: Layout): Ffn | null {
  const method = ffnMethod(ffn.kind);
  if (method.withLayout === undefined) return null;
  const parsed = method.schema.safeParse(method.withLayout(ffn, groups, perGroup));
  if (!parsed.success || method.units(parsed.data) !== method.units(ffn)) return null;
  const fits = method.check(parsed.data, layerShape(architecture)).length === 0;
  return fits && method.experts(parsed.data)?.groups === groups ? parsed.data : null;
}

/** A block put in at `position` (0 to the number of blocks); a copy of its neighbour without its repeats by default. */
export function insertBlock(architecture: Architecture, position: number, block?: Block): Architecture {
  return insertBlocks(architecture, position, [block ?? neighbourOf(architecture, position)]);
}

/** What stands before a place in the stack (after it, at the very top), as one layer: what a block put there starts from. */
export function neighbourOf({ blocks }: Architecture, position: number): Block {
  return { ...blocks[Math.min(Math.max(position - 1, 0), blocks.length - 1)]!, repeat: 1 };
}

/** Blocks put in, in order, before the block that stands at `position` now. */
export function insertBlocks(
  architecture: Architecture,
  position: number,
  added: readonly Block[],
): Architecture {
  const blocks = [...architecture.blocks];
  blocks.splice(position, 0, ...added);
  return { ...architecture, blocks };
}

/** Takes a block out. The last one stays: a model has at least one block. */
export function removeBlock(architecture: Architecture, block: number): Architecture {
  return removeBlocks(architecture, [block]);
}

/** Takes several blocks out. Throws `architecture.invalid` where none would be left. */
export function removeBlocks(architecture: Architecture, removed: readonly number[]): Architecture {
  for (const block of removed) blockAt(architecture, block);
  const blocks = architecture.blocks.filter((_, index) => !removed.includes(index));
  if (blocks.length > 0) return { ...architecture, blocks };
  throw new FinegrainError(
    'architecture.invalid',
    'The last block cannot be removed: a model has at least one.',
    'Change the block, or add another one first.',
  );
}

/** A block in the place of another. */
export function replaceBlock(architecture: Architecture, block: number, replacement: Block): Architecture {
  blockAt(architecture, block);
  return replaceBlocks(architecture, block, [replacement]);
}

/** A block moved so that it stands at index `to`. */
export function moveBlock(architecture: Architecture, from: number, to: number): Architecture {
  const moved = blockAt(architecture, from);
  const blocks = architecture.blocks.filter((_, index) => index !== from);
  blocks.splice(Math.min(Math.max(to, 0), blocks.length), 0, moved);
  return { ...architecture, blocks };
}

export interface Edited {
  readonly architecture: Architecture;
  /** Where the blocks that the edit was about stand now. */
  readonly blocks: readonly number[];
}

/** Several blocks moved together, in their order, to before the block that stands at `position` now. */
export function moveBlocks(architecture: Architecture, moved: readonly number[], position: number): Edited {
  const chosen = [...new Set(moved)].sort((a, b) => a - b);
  const taken = chosen.map((block) => blockAt(architecture, block));
  const first = position - chosen.filter((block) => block < position).length;
  const blocks = chosen.map((_, index) => first + index);
  if (blocks.every((block, index) => block === chosen[index])) return { architecture, blocks };
  const left = architecture.blocks.filter((_, index) => !chosen.includes(index));
  return { architecture: insertBlocks({ ...architecture, blocks: left }, first, taken), blocks };
}

/** The block once more, right after itself. */
export function duplicateBlock(architecture: Architecture, block: number): Architecture {
  return duplicateBlocks(architecture, [block]).architecture;
}

/** Several blocks once more, in their order, right after the last of them. */
export function duplicateBlocks(architecture: Architecture, copied: readonly number[]): Edited {
  const chosen = [...new Set(copied)].sort((a, b) => a - b);
  const copies = chosen.map((block) => blockAt(architecture, block));
  const first = chosen.at(-1)! + 1;
  return {
    architecture: insertBlocks(architecture, first, copies),
    blocks: copies.map((_, index) => first + index),
  };
}

/** How many layers a block stands for. */
export function setRepeat(architecture: Architecture, block: number, repeat: number): Architecture {
  blockAt(architecture, block);
  return setField(architecture, `blocks.${block}.repeat`, repeat);
}

/**
 * A repeated block split so that its layer `offset` (0-based inside the block) stands alone and can differ: up to three
 * blocks before / the layer / after. Returns the document and the index of the lone block.
 */
export function splitBlock(
  architecture: Architecture,
  block: number,
  offset: number,
): { architecture: Architecture; block: number } {
  const current = blockAt(architecture, block);
  if (!Number.isInteger(offset) || offset < 0 || offset >= current.repeat) {
    throw new FinegrainError(
      'architecture.invalid',
      `Block ${block} stands for ${current.repeat} layers and has no layer ${offset}.`,
      `Choose a layer from 0 to ${current.repeat - 1}.`,
    );
  }
  const parts = [
    { ...current, repeat: offset },
    { ...current, repeat: 1 },
    { ...current, repeat: current.repeat - offset - 1 },
  ].filter((part) => part.repeat > 0);
  return { architecture: replaceBlocks(architecture, block, parts), block: offset > 0 ? block + 1 : block };
}

/** Neighbouring blocks that are equal but for their repeat joined into one. Undoes splits that led to no difference. */
export function joinEqualBlocks(architecture: Architecture): Architecture {
  const blocks: Block[] = [];
  for (const block of architecture.blocks) {
    const last = blocks.at(-1);
    if (last !== undefined && sameBlock(last, block)) {
      blocks[blocks.length - 1] = { ...last, repeat: last.repeat + block.repeat };
    } else {
      blocks.push(block);
    }
  }
  return blocks.length === architecture.blocks.length ? architecture : { ...architecture, blocks };
}

/** Whether layers of two blocks are alike, whatever their number. */
export function sameBlock(a: Block, b: Block): boolean {
  return JSON.stringify({ ...a, repeat: 0 }) === JSON.stringify({ ...b, repeat: 0 });
}

function blockAt(architecture: Architecture, block: number): Block {
  const found = architecture.blocks[block];
  if (found !== undefined) return found;
  throw new FinegrainError(
    'architecture.invalid',
    `There is no block ${block}: the document has ${architecture.blocks.length}.`,
    `Choose a block from 0 to ${architecture.blocks.length - 1}.`,
  );
}

function replaceBlocks(
  architecture: Architecture,
  block: number,
  replacement: readonly Block[],
): Architecture {
  const blocks = [...architecture.blocks];
  blocks.splice(block, 1, ...replacement);
  return { ...architecture, blocks };
}
