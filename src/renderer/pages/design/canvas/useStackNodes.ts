/** Nodes and edges for React Flow: one a block, in a stack that lays itself out from measured heights. */
import type { Edge, Node, NodeChange } from '@xyflow/react';
import { useMemo, useRef, useState } from 'react';
import { type Size, type Span, stackPositions } from '../../../logic/stackLayout.ts';
import type { StreamData } from './StreamEdge.tsx';

const blockSize: Size = { width: 384, height: 330 };
const endSize: Size = { width: 300, height: 38 };

type Positions = Readonly<Record<string, { x: number; y: number }>>;

export interface Stack {
  readonly nodes: Node[];
  readonly edges: Edge[];
  /** Top and bottom of each block at rest. */
  readonly spans: readonly Span[];
  /** Sizes as React Flow measured them, and positions while blocks are dragged. */
  readonly change: (changes: readonly NodeChange[]) => void;
  readonly letGo: () => void;
}

/** `chosen`: these move together. Nodes that are as before stay the same objects, so that a drag touches what moves only. */
export function useStackNodes(blocks: number, chosen: readonly number[]): Stack {
  const [sizes, setSizes] = useState<Readonly<Record<string, Size>>>({});
  const [dragged, setDragged] = useState<Positions>({});
  const known = useRef(new Map<string, Node>());
  const ids = useMemo(
    () => ['embedding', ...Array.from({ length: blocks }, (_, block) => `block-${block}`), 'norm', 'head'],
    [blocks],
  );
  const places = useMemo(
    () => stackPositions(ids.map((id) => sizes[id] ?? (id.startsWith('block') ? blockSize : endSize))),
    [ids, sizes],
  );
  const together = useMemo(() => new Set(chosen.map((block) => `block-${block}`)), [chosen]);
  const nodes = ids.map((id, index) => {
    const position = dragged[id] ?? places[index]!;
    const before = known.current.get(id);
    const selected = together.has(id);
    if (
      before !== undefined &&
      before.position.x === position.x &&
      before.position.y === position.y &&
      before.selected === selected &&
      before.measured === sizes[id]
    )
      return before;
    const isBlock = id.startsWith('block');
    const node: Node = {
      id,
      type: isBlock ? 'block' : 'end',
      position,
      data: before?.data ?? (isBlock ? { block: index - 1 } : { end: id }),
      selected,
      draggable: isBlock,
      selectable: isBlock,
      connectable: false,
      ...(sizes[id] === undefined ? {} : { measured: sizes[id] }),
    };
    known.current.set(id, node);
    return node;
  });
  const edges = useMemo(
    () =>
      ids.slice(1).map((target, index): Edge => {
        const data: StreamData = { shape: 'stream', position: index <= blocks ? index : null };
        return { id: `to-${target}`, type: 'stream', source: ids[index]!, target, data };
      }),
    [ids, blocks],
  );
  const spans = useMemo(
    () =>
      ids.flatMap((id, index) =>
        id.startsWith('block')
          ? [
              {
                top: places[index]!.y,
                bottom: places[index]!.y + (sizes[id]?.height ?? blockSize.height),
              },
            ]
          : [],
      ),
    [ids, places, sizes],
  );

  const change = (changes: readonly NodeChange[]) => {
    const measured = changes.flatMap((entry) =>
      entry.type === 'dimensions' && entry.dimensions !== undefined
        ? [[entry.id, entry.dimensions] as const]
        : [],
    );
    if (measured.length > 0) setSizes((now) => ({ ...now, ...Object.fromEntries(measured) }));
    const moved = changes.flatMap((entry) =>
      entry.type === 'position' && entry.position !== undefined && entry.dragging === true
        ? [[entry.id, entry.position] as const]
        : [],
    );
    if (moved.length > 0) setDragged((now) => ({ ...now, ...Object.fromEntries(moved) }));
  };
  return { nodes, edges, spans, change, letGo: () => setDragged({}) };
}
