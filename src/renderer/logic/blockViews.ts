/** What the canvas says of each block, computed once for a document; a block that reads the same stays the same object. */
import type { Architecture } from '../../shared/architecture/document.ts';
import { type Edge, inferShapes, symbolicShape } from '../../shared/architecture/shapes.ts';
import type { Problem } from '../../shared/errors.ts';
import { formatInteger } from '../../shared/format.ts';
import { ffnMethod } from '../../shared/methods/ffn/index.ts';
import { attentionKind, attentionNotes } from './attentionNotes.ts';

export interface ShapeText {
  readonly text: string; // "B · 128 · 192"
  readonly symbols: string; // "stream after attention, B x T x d"
  /** The two shapes do not agree. */
  readonly wrong?: boolean;
}

export interface PartView {
  readonly title: string;
  readonly detail: string;
  /** The method whose colour it wears. */
  readonly kind: string | undefined;
  readonly notes: string;
  readonly problems: readonly Problem[];
  readonly before: ShapeText; // on the edge into it
  readonly after: ShapeText;
}

export interface BlockView {
  readonly repeat: number;
  readonly firstLayer: number; // counted from 1
  readonly attention: PartView;
  readonly ffn: PartView & {
    readonly rows: number;
    readonly perRow: number;
    /** False where every sub-layer has a norm of its own. */
    readonly norm: boolean;
  };
}

export interface CanvasView {
  readonly blocks: readonly BlockView[];
  readonly stream: ShapeText;
  readonly tokens: ShapeText;
  readonly logits: ShapeText;
  /** Problems outside the blocks. */
  readonly problems: readonly Problem[];
}

let known: { document: Architecture; view: CanvasView } | null = null;

export function canvasView(document: Architecture): CanvasView {
  if (known?.document === document) return known.view;
  const view = build(document);
  const before = known?.view.blocks ?? [];
  const blocks = view.blocks.map((block, index) => (alike(block, before[index]) ? before[index]! : block));
  known = { document, view: { ...view, blocks } };
  return known.view;
}

function alike(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

function build(document: Architecture): CanvasView {
  const { edges, problems } = inferShapes(document);
  const shapes = new Map(edges.map((edge) => [edge.path, edge]));
  const shape = (path: string) => shapeText(shapes.get(path)!);
  let firstLayer = 1;
  const blocks = document.blocks.map((block, index) => {
    const layer = `blocks.${firstLayer - 1}`;
    const under = (part: string) =>
      problems.filter(({ path }) => path === part || path.startsWith(`${part}.`));
    const view: BlockView = {
      repeat: block.repeat,
      firstLayer,
      attention: {
        title: 'Attention',
        detail: headsText(block.attention),
        kind: attentionKind(document, index),
        notes: attentionNotes(document, index).join(' · '),
        problems: under(`blocks.${index}.attention`),
        before: shape(`${layer}.attention.norm`),
        after: attentionOutput(document, index, shapes.get(`${layer}.attention.output`)!),
      },
      ffn: {
        ...ffnText(block.ffn),
        notes: '',
        problems: under(`blocks.${index}.ffn`),
        before: shape(`${layer}.ffn.norm`),
        after: shape(`${layer}.ffn.output`),
      },
    };
    firstLayer += block.repeat;
    return view;
  });
  return {
    blocks,
    stream: shape('embedding'),
    tokens: shape('tokens'),
    logits: shape('head'),
    problems: problems.filter(({ path }) => !path.startsWith('blocks.')),
  };
}

function headsText({ heads, kvHeads, headSize }: Architecture['blocks'][number]['attention']): string {
  const own = `${heads} heads × ${headSize}`;
  return kvHeads === heads ? own : `${own} · ${kvHeads} key/value`;
}

function ffnText(ffn: Architecture['blocks'][number]['ffn']) {
  const method = ffnMethod(ffn.kind);
  const experts = method.experts(ffn);
  const D = formatInteger(method.units(ffn));
  const groups = experts?.groups ?? 1;
  const perRow = experts === null ? 1 : experts.count / groups;
  return {
    title: method.label,
    kind: ffn.kind,
    detail:
      experts === null
        ? `D ${D}`
        : groups > 1
          ? `M ${groups} · K ${perRow} · D ${D}`
          : `n ${experts.count} · D ${D}`,
    rows: groups,
    perRow,
    norm: groups === 1,
  };
}

/** Heads side by side must be as wide as the stream they are added to. */
function attentionOutput({ blocks, width }: Architecture, block: number, edge: Edge): ShapeText {
  const { heads, headSize } = blocks[block]!.attention;
  const right = shapeText(edge);
  if (heads * headSize === width) return right;
  const [batch, context] = right.text.split(' · ');
  return {
    text: `${batch} · ${context} · ${formatInteger(heads * headSize)} ≠ ${right.text}`,
    symbols: `heads side by side, B x T x (H h), added to the stream, ${symbolicShape(edge)}`,
    wrong: true,
  };
}

function shapeText(edge: Edge): ShapeText {
  return {
    text: edge.axes.map(({ symbol, size }) => (size === null ? symbol : formatInteger(size))).join(' · '),
    symbols: `${edge.label}, ${symbolicShape(edge)}`,
  };
}
