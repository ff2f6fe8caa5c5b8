/** What a lowering sees and gives: one recorded node, and the operators that stand for it on a provider. */
import type { GraphBuilder, Node, Value } from '../trace/graph.ts';

export type Provider = 'cpu' | 'webgpu' | 'cuda' | 'dml' | 'coreml';

export interface Site {
  readonly builder: GraphBuilder;
  readonly provider: Provider;
  readonly node: Node;
  readonly inputs: readonly Value[];
}

export type Lowering = (site: Site) => Value[];
