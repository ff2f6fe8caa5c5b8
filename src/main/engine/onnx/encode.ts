/** A lowered graph as the bytes of an ONNX model (opset 18, plus ONNX Runtime's `com.microsoft` operators). */
import type { Attribute, ConstantData, Graph, Node, Value, ValueType } from '../trace/graph.ts';
import { Message } from './protobuf.ts';

const opset = 18;
const intermediateRepresentation = 8; // the IR version that came with opset 18
const elementTypes: Record<ValueType, number> = { float32: 1, int32: 6, int64: 7, bool: 9 };

/** Attributes of our nodes that ONNX takes as int64 inputs, in input order. */
const attributeInputs: Record<string, readonly string[]> = {
  Reshape: ['shape'],
  Expand: ['shape'],
  ReduceSum: ['axes'],
  ReduceMean: ['axes'],
  ReduceMax: ['axes'],
  ReduceSumSquare: ['axes'],
  Slice: ['starts', 'ends', 'axes'],
  Split: ['sizes'],
  Pad: ['pads'],
  Tile: ['repeats'],
  TopK: ['k'],
};

/** JavaScript does not tell 1 from 1.0; ONNX does. */
const floatAttributes = new Set(['alpha', 'beta', 'epsilon']);

function attributeMessage(name: string, value: Attribute): Message {
  const message = new Message().text(1, name);
  if (name === 'to') return message.integer(3, elementTypes[value as ValueType]).integer(20, 2);
  if (typeof value === 'string') return message.text(4, value).integer(20, 3);
  if (typeof value === 'boolean') return message.integer(3, value ? 1 : 0).integer(20, 2);
  if (typeof value === 'number') {
    return floatAttributes.has(name)
      ? message.float(2, value).integer(20, 1)
      : message.integer(3, value).integer(20, 2);
  }
  for (const item of value) message.integer(8, item);
  return message.integer(20, 7);
}

function tensorMessage(name: string, data: ConstantData, shape: readonly number[], type: ValueType): Message {
  const message = new Message();
  for (const size of shape) message.integer(1, size);
  const raw = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  return message.integer(2, elementTypes[type]).text(8, name).bytes(9, raw);
}

function valueMessage(name: string, value: Value): Message {
  const shape = new Message();
  for (const size of value.shape) shape.message(1, new Message().integer(1, size));
  const tensor = new Message().integer(1, elementTypes[value.type]).message(2, shape);
  return new Message().text(1, name).message(2, new Message().message(1, tensor));
}

/**
 * Encodes a graph whose operations are all ONNX Runtime's (`domain::Name` for those outside the standard domain). Node
 * names are `operation_index`, so that a profile can be read.
 */
export function encodeModel(graph: Graph): Uint8Array {
  const message = new Message();
  const initialisers = new Map<string, Message>();
  // An output that is also an input or a constant, or that carries two names, goes through an Identity of its own.
  const outputNames = new Map<Value, string>();
  const aliases: Array<[Value, string]> = [];
  for (const [name, value] of graph.outputs) {
    if (value.producer && !outputNames.has(value)) outputNames.set(value, name);
    else aliases.push([value, name]);
  }

  const nameOf = (value: Value): string => {
    if (value.input !== undefined) return value.input;
    if (value.constant === undefined) return outputNames.get(value) ?? `v${value.id}`;
    const name = `c${value.id}`;
    if (!initialisers.has(name))
      initialisers.set(name, tensorMessage(name, value.constant, value.shape, value.type));
    return name;
  };
  const integers = (items: readonly number[]): string => {
    const name = `i_${items.join('_')}`;
    if (!initialisers.has(name)) {
      initialisers.set(
        name,
        tensorMessage(name, BigInt64Array.from(items.map(BigInt)), [items.length], 'int64'),
      );
    }
    return name;
  };
  const nodeMessage = (node: Node, index: number): Message => {
    const [name, domain] = node.op.split('::').reverse() as [string, string | undefined];
    const asInputs = attributeInputs[name] ?? [];
    const encoded = new Message();
    for (const input of node.inputs) encoded.text(1, nameOf(input));
    for (const attribute of asInputs)
      encoded.text(1, integers(node.attributes[attribute] as readonly number[]));
    for (const output of node.outputs) encoded.text(2, nameOf(output));
    encoded.text(3, `${name}_${index}`).text(4, name);
    for (const [attribute, value] of Object.entries(node.attributes)) {
      if (!asInputs.includes(attribute)) encoded.message(5, attributeMessage(attribute, value));
    }
    return domain ? encoded.text(7, domain) : encoded;
  };

  graph.nodes.forEach((node, index) => {
    message.message(1, nodeMessage(node, index));
  });
  aliases.forEach(([value, name], index) => {
    const identity = new Message().text(1, nameOf(value)).text(2, name).text(3, `Identity_out_${index}`);
    message.message(1, identity.text(4, 'Identity'));
  });
  message.text(2, 'finegrain');
  for (const initialiser of initialisers.values()) message.message(5, initialiser);
  for (const value of graph.inputs) message.message(11, valueMessage(value.input!, value));
  for (const [name, value] of graph.outputs) message.message(12, valueMessage(name, value));

  return new Message()
    .integer(1, intermediateRepresentation)
    .text(2, 'finegrain')
    .message(7, message)
    .message(8, new Message().text(1, '').integer(2, opset))
    .message(8, new Message().text(1, 'com.microsoft').integer(2, 1))
    .finish();
}
