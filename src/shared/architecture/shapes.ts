/**
 * Shapes of what flows between the parts of a model, with symbols and sizes, and the problems where they occur.
 *
 * Symbols: B batch, T context, d width, V vocabulary, H heads, G key/value heads, h head size, D FFN width, E experts.
 */
import type { Problem } from '../errors.ts';
import { ffnMethod } from '../methods/ffn/index.ts';
import { type Architecture, expandLayers } from './document.ts';
import { crossFieldProblems } from './parse.ts';

export interface Axis {
  readonly symbol: string;
  /** null where the document leaves it open (the batch). */
  readonly size: number | null;
}

export interface Edge {
  /** Where it is, e.g. `blocks.3.attention.query`; layers are counted with repeats written out. */
  readonly path: string;
  /** Index of the block in the document, or null outside the stack. */
  readonly block: number | null;
  readonly label: string;
  readonly axes: readonly Axis[];
}

export interface InferredShapes {
  readonly edges: Edge[];
  /** Problems of the document, at the paths of its fields. */
  readonly problems: Problem[];
}

/** Shapes of every edge in order of the data flow. `batch` stays open (size null) unless given. */
export function inferShapes(
  architecture: Architecture,
  options: { batch?: number; context?: number } = {},
): InferredShapes {
  const B: Axis = { symbol: 'B', size: options.batch ?? null };
  const T: Axis = { symbol: 'T', size: options.context ?? architecture.context };
  const d: Axis = { symbol: 'd', size: architecture.width };
  const V: Axis = { symbol: 'V', size: architecture.vocabulary };
  const edges: Edge[] = [
    { path: 'tokens', block: null, label: 'token ids', axes: [B, T] },
    { path: 'embedding', block: null, label: 'embedded tokens', axes: [B, T, d] },
  ];
  for (const layer of expandLayers(architecture)) {
    const { heads, kvHeads, headSize } = layer.attention;
    const H: Axis = { symbol: 'H', size: heads };
    const G: Axis = { symbol: 'G', size: kvHeads };
    const h: Axis = { symbol: 'h', size: headSize };
    const D: Axis = { symbol: 'D', size: ffnMethod(layer.ffn.kind).units(layer.ffn) };
    const add = (path: string, label: string, axes: Axis[]) =>
      edges.push({ path: `blocks.${layer.index}.${path}`, block: layer.block, label, axes });

    add('attention.norm', 'normalised stream', [B, T, d]);
    const { role } = layer;
    const takes = role.kind === 'follower' ? role.shares : null;
    const of = role.kind === 'follower' ? ` of layer ${role.leader}` : '';
    if (takes !== 'map') {
      add('attention.query', 'queries', [B, H, T, h]);
      add('attention.key', `keys${of}`, [B, G, T, h]);
    }
    add('attention.value', takes === 'keyValue' ? `values${of}` : 'values', [B, G, T, h]);
    add('attention.scores', takes === 'map' ? `attention weights${of}` : 'attention weights', [B, H, T, T]);
    add('attention.output', 'stream after attention', [B, T, d]);
    add('ffn.norm', 'normalised stream', [B, T, d]);
    add('ffn.activation', 'activations', [B, T, D]);
    const experts = ffnMethod(layer.ffn.kind).experts(layer.ffn);
    if (experts !== null) add('ffn.gate', 'gates', [B, T, { symbol: 'E', size: experts.count }]);
    add('ffn.output', 'stream after the FFN', [B, T, d]);
  }
  edges.push({ path: 'norm', block: null, label: 'normalised stream', axes: [B, T, d] });
  edges.push({ path: 'head', block: null, label: 'logits', axes: [B, T, V] });
  return { edges, problems: crossFieldProblems(architecture) };
}

/** `B x T x d`. */
export function symbolicShape(edge: Edge): string {
  return edge.axes.map((axis) => axis.symbol).join(' x ');
}

/** `B x 256 x 192`: sizes where known, else the symbol. */
export function concreteShape(edge: Edge): string {
  return edge.axes.map((axis) => String(axis.size ?? axis.symbol)).join(' x ');
}
