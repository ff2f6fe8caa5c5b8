/** The models of the training benchmark, by the last part of their results' names. */
import type { Architecture } from '../src/shared/architecture/document.ts';
import { findPreset } from '../src/shared/architecture/presets.ts';
import { matrixProductFlops } from './graphFlops.ts';

export const kinds = ['dense', 'finedeep', 'dsmoe', 'moe'] as const;
export type Kind = (typeof kinds)[number];

export const batch = 8; // B

export interface Shape {
  readonly architecture: Architecture;
  readonly batch: number;
  readonly context: number;
}

/** The same model computed by us in another way, to measure what this way gains. */
export interface Alternative {
  readonly peer: string;
  readonly shape: Shape;
}

export interface BenchmarkModel {
  readonly shape: Shape;
  readonly alternatives: readonly Alternative[];
  /** FLOPs of matrix products that one step computes. */
  readonly measuredFlops: number;
  /** The same with experts multiplying only the tokens routed to them: no masked experts, no empty slots. */
  readonly theoreticalFlops: number;
}

function shapeOf(architecture: Architecture): Shape {
  return { architecture, batch, context: architecture.context };
}

type Dispatching = { readonly dispatch: 'dense' | 'capacity'; readonly capacityFactor: number };

/** The model with its routed layers dispatched in this way. */
function dispatched(architecture: Architecture, how: Dispatching): Architecture {
  const blocks = architecture.blocks.map((block) =>
    'dispatch' in block.ffn ? { ...block, ffn: { ...block.ffn, ...how } } : block,
  );
  return { ...architecture, blocks };
}

export function benchmarkModel(kind: Kind): BenchmarkModel {
  const preset = findPreset(`bench-${kind}`);
  if (preset === undefined) throw new Error(`There is no preset bench-${kind}.`);
  const { architecture } = preset;
  if (!architecture.blocks.some(({ ffn }) => 'dispatch' in ffn)) {
    const shape = shapeOf(architecture);
    const flops = matrixProductFlops(architecture, shape);
    return { shape, alternatives: [], measuredFlops: flops, theoreticalFlops: flops };
  }
  const shape = shapeOf(dispatched(architecture, { dispatch: 'capacity', capacityFactor: 1.25 }));
  const dense = shapeOf(dispatched(architecture, { dispatch: 'dense', capacityFactor: 1.25 }));
  // At factor 1 there are exactly as many slots as choices.
  const exact = shapeOf(dispatched(architecture, { dispatch: 'capacity', capacityFactor: 1 }));
  return {
    shape,
    alternatives: [{ peer: 'own-dense-dispatch', shape: dense }],
    measuredFlops: matrixProductFlops(shape.architecture, shape),
    theoreticalFlops: matrixProductFlops(exact.architecture, exact),
  };
}
