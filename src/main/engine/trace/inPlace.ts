/** May a program write its next state over the state it reads? */
import type { Graph, Node, Value } from './graph.ts';

/** All nodes that must have run before `node` can. */
function ancestors(node: Node): Set<Node> {
  const found = new Set<Node>();
  const pending = [...node.inputs];
  for (let value = pending.pop(); value !== undefined; value = pending.pop()) {
    const producer = value.producer;
    if (!producer || found.has(producer)) continue;
    found.add(producer);
    pending.push(...producer.inputs);
  }
  return found;
}

/**
 * True if, for every input `NAME` with an output `next:NAME`, each node that reads the input has run before the node
 * that makes the output, in any order a runtime may choose. Only then may both share one buffer. Clipping by the global
 * norm gives this order to a training step: no weight changes before every gradient is known.
 */
export function allowsInPlace(graph: Graph, next: (name: string) => string): boolean {
  const readers = new Map<Value, Node[]>();
  for (const node of graph.nodes) {
    for (const input of node.inputs) {
      if (input.input !== undefined) readers.set(input, [...(readers.get(input) ?? []), node]);
    }
  }
  return graph.inputs.every((input) => {
    const writer = graph.outputs.get(next(input.input!))?.producer;
    if (!writer) return true;
    const before = ancestors(writer);
    return (readers.get(input) ?? []).every((reader) => reader === writer || before.has(reader));
  });
}
