/** What is chosen, open and held on the canvas, and the commands on blocks. Each command is one undo entry. */
import { create } from 'zustand';
import type { Architecture, Block } from '../../shared/architecture/document.ts';
import {
  duplicateBlocks,
  insertBlocks,
  joinEqualBlocks,
  moveBlocks,
  removeBlocks,
  setField,
  splitBlock,
} from '../../shared/architecture/edits.ts';
import { findPreset, presets } from '../../shared/architecture/presets.ts';
import type { Mend } from '../../shared/errors.ts';
import { type DropPlace, dropOn, type PaletteThing } from '../logic/canvasDrop.ts';
import { renameForKind } from '../logic/names.ts';
import { followBlocks } from '../logic/stackLayout.ts';
import { currentDocument, edit, useDesign } from './design.ts';
import { say } from './messages.ts';
import { type Selection, setView, useView } from './view.ts';

/** A thing of the palette between being taken and let go. */
export interface Held {
  readonly thing: PaletteThing;
  readonly x: number;
  readonly y: number;
  readonly place: DropPlace;
}

interface Canvas {
  /** Blocks chosen together; only meant while the selected part lies in one of them. */
  readonly chosen: readonly number[];
  /** One layer of the selected block, counted from 0 in it; null: all of them. */
  readonly layer: number | null;
  /** Repeated blocks opened to their single layers. */
  readonly opened: readonly number[];
  readonly clipboard: readonly Block[];
  readonly held: Held | null;
  /** What the model would be if what is held were let go now. */
  readonly preview: Architecture | null;
  /** The gap that dragged blocks would go to. */
  readonly gap: number | null;
}

export const useCanvas = create<Canvas>()(() => ({
  chosen: [],
  layer: null,
  opened: [],
  clipboard: [],
  held: null,
  preview: null,
  gap: null,
}));

const { getState: get, setState: set } = useCanvas;

// Undo, redo and edits from elsewhere move blocks too: what is chosen and open follows them.
useDesign.subscribe((now, before) => {
  const [document, old] = [now.history.present, before.history.present];
  if (document === old) return;
  const { chosen, opened } = get();
  if (chosen.length + opened.length > 0) {
    set({ chosen: followBlocks(old, document, chosen), opened: followBlocks(old, document, opened) });
  }
});

/** The blocks that commands mean, ascending: those chosen together, else the one whose part is selected. */
export function chosenBlocks(): readonly number[] {
  const { selection } = useView.getState();
  return chosenWith(selection, get().chosen, currentDocument().blocks.length);
}

export function chosenWith(
  selection: Selection,
  chosen: readonly number[],
  blocks: number,
): readonly number[] {
  if (selection.part === 'model') return [];
  const block = Math.min(selection.block, blocks - 1);
  return chosen.includes(block) ? chosen.filter((index) => index < blocks) : [block];
}

/** `range`: from the block selected before to this one. `toggle`: this block more, or less. */
export function selectPart(
  selection: Selection,
  how: { range?: boolean; toggle?: boolean; layer?: number } = {},
): void {
  const before = useView.getState().selection;
  const layer = how.layer ?? null;
  if (selection.part === 'model') set({ chosen: [], layer });
  else if (how.range === true && before.part !== 'model') {
    const [first, last] = [before.block, selection.block].sort((a, b) => a - b) as [number, number];
    const between = Array.from({ length: last - first + 1 }, (_, index) => first + index);
    set({ chosen: union(chosenBlocks(), between), layer: null });
  } else if (how.toggle === true && before.part !== 'model') {
    const now = chosenBlocks();
    const left = now.filter((block) => block !== selection.block);
    if (left.length === now.length || left.length === 0) {
      set({ chosen: union(now, [selection.block]), layer: null });
    } else {
      set({ chosen: left, layer: null });
      setView({ selection: { ...selection, block: left[0]! }, designTab: 'model' });
      return;
    }
  } else set({ chosen: [selection.block], layer });
  setView({ selection, designTab: 'model' });
}

/** The blocks inside a box drawn on the canvas. */
export function chooseBlocks(blocks: readonly number[]): void {
  const chosen = [...blocks].sort((a, b) => a - b);
  set({ chosen, layer: null });
  const { selection } = useView.getState();
  if (chosen.length === 0) return;
  const part = selection.part === 'model' ? 'ffn' : selection.part;
  setView({ selection: { part, block: chosen[0]! } });
}

export function chooseAll(): void {
  chooseBlocks(currentDocument().blocks.map((_, index) => index));
}

/** Blocks that an edit left chosen, the part of the first of them selected. */
function choose(blocks: readonly number[]): void {
  const { selection } = useView.getState();
  const part = selection.part === 'model' ? 'ffn' : selection.part;
  set({ chosen: blocks, layer: null });
  setView({ selection: { part, block: blocks[0]! }, designTab: 'model' });
}

const union = (a: readonly number[], b: readonly number[]) =>
  [...new Set([...a, ...b])].sort((first, second) => first - second);

const blocksText = (blocks: readonly unknown[]) =>
  blocks.length === 1 ? 'block' : `${blocks.length} blocks`;

/** To before the block that stands at `position` now. */
export function moveChosen(position: number): void {
  const moved = chosenBlocks();
  const result = moveBlocks(currentDocument(), moved, position);
  edit(`move ${blocksText(moved)}`, () => result.architecture);
  choose(result.blocks);
}

/** One place up or down; null where there is no further place. */
export function placeBeside(direction: 1 | -1): number | null {
  const chosen = chosenBlocks();
  if (chosen.length === 0) return null;
  const place = direction === -1 ? chosen[0]! - 1 : chosen.at(-1)! + 2;
  return place < 0 || place > currentDocument().blocks.length ? null : place;
}

export function copyChosen(): void {
  const chosen = chosenBlocks();
  const { blocks } = currentDocument();
  set({ clipboard: chosen.map((block) => blocks[block]!) });
  say(`Copied: ${blocksText(chosen)}.`);
}

export function cutChosen(): void {
  const chosen = chosenBlocks();
  const { blocks } = currentDocument();
  const clipboard = chosen.map((block) => blocks[block]!);
  remove(chosen, 'cut');
  set({ clipboard });
}

export function removeChosen(): void {
  remove(chosenBlocks(), 'delete');
}

function remove(removed: readonly number[], verb: string): void {
  const document = removeBlocks(currentDocument(), removed);
  edit(`${verb} ${blocksText(removed)}`, () => document);
  choose([Math.min(removed[0]!, document.blocks.length - 1)]);
}

/** After what is chosen; at the end where nothing is. */
export function paste(): void {
  const { clipboard } = get();
  const position = (chosenBlocks().at(-1) ?? currentDocument().blocks.length - 1) + 1;
  edit(`paste ${blocksText(clipboard)}`, (now) => insertBlocks(now, position, clipboard));
  choose(clipboard.map((_, index) => position + index));
}

export function duplicateChosen(): void {
  const chosen = chosenBlocks();
  const result = duplicateBlocks(currentDocument(), chosen);
  edit(`duplicate ${blocksText(chosen)}`, () => result.architecture);
  choose(result.blocks);
}

/** The layer of a repeated block that can be split off: the one selected, else the last. */
export function splittable(): { block: number; layer: number } | null {
  const chosen = chosenBlocks();
  const repeat = chosen.length === 1 ? currentDocument().blocks[chosen[0]!]!.repeat : 1;
  if (repeat === 1) return null;
  return { block: chosen[0]!, layer: Math.min(get().layer ?? repeat - 1, repeat - 1) };
}

export function splitOff(): void {
  const at = splittable();
  if (at === null) return;
  const result = splitBlock(currentDocument(), at.block, at.layer);
  edit('split layer off', () => result.architecture);
  choose([result.block]);
}

export function joinEqual(): void {
  edit('join equal blocks', joinEqualBlocks);
  choose([Math.min(chosenBlocks()[0] ?? 0, currentDocument().blocks.length - 1)]);
}

/** Opens repeated blocks to their layers, or closes them again. */
export function toggleOpened(blocks: readonly number[]): void {
  const { opened } = get();
  const repeated = blocks.filter((block) => (currentDocument().blocks[block]?.repeat ?? 1) > 1);
  const close = repeated.every((block) => opened.includes(block));
  set({
    opened: close ? opened.filter((block) => !repeated.includes(block)) : union(opened, repeated),
    layer: null,
  });
}

/** An empty canvas: the smallest plain transformer, one block of one layer. */
export function newDocument(): void {
  const { architecture } = findPreset('dense-1m') ?? presets[0]!;
  const document = {
    ...architecture,
    name: 'untitled',
    notes: '',
    blocks: [{ ...architecture.blocks[0]!, repeat: 1 }],
  };
  useDesign.setState({ base: { name: 'the new document', document } });
  edit('new document', () => document);
  set({ opened: [] });
  selectPart({ part: 'ffn', block: 0 });
  say('A new document of one block.');
}

export function applyMend(mend: Mend): void {
  edit(mend.label, (now) => setField(now, mend.path, mend.value));
  say(`Mended: ${mend.label}.`);
}

/** Puts a thing of the palette where it is held; a refused drop says why and changes nothing. */
export function dropThing(thing: PaletteThing, place: DropPlace): void {
  const drop = dropOn(currentDocument(), thing, place);
  if (!drop.allowed) {
    say(drop.why, { severity: 'warning' });
    return;
  }
  edit(drop.label.charAt(0).toLowerCase() + drop.label.slice(1), () => {
    const { blocks } = drop.document;
    const pure = thing.part === 'ffn' && blocks.every(({ ffn }) => ffn.kind === thing.kind);
    return pure ? renameForKind(drop.document, thing.kind) : drop.document;
  });
  if (drop.block === null) selectPart({ part: 'model' });
  else
    selectPart({
      part: thing.part === 'ffn' || thing.part === 'block' ? 'ffn' : 'attention',
      block: drop.block,
    });
}

export function hold(held: Held | null): void {
  const before = get().held;
  if (held === null) {
    set({ held: null, preview: null });
    return;
  }
  const same =
    before !== null &&
    before.thing === held.thing &&
    JSON.stringify(before.place) === JSON.stringify(held.place);
  if (same) {
    set({ held: { ...held, place: before.place } });
    return;
  }
  const drop = dropOn(currentDocument(), held.thing, held.place);
  set({ held, preview: drop.allowed ? drop.document : null });
}
