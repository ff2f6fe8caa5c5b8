/**
 * A recorded computation: values in static single assignment, nodes in the order they were made. Operations carry ONNX
 * names and meanings where ONNX has them, with shapes, axes and the like as attributes (the encoder turns them into
 * inputs where ONNX wants that), plus a few of ours that `onnx/lower.ts` expands for each provider: MatMul (with
 * transposes and a factor), RmsNorm, Rotary, ScatterAddRows, PickColumns, CrossEntropyGradient, Ranks, GatherRowsOrZero.
 */
export type ValueType = 'float32' | 'int32' | 'bool' | 'int64';

export type Attribute = number | string | boolean | readonly number[];
export type Attributes = Readonly<Record<string, Attribute>>;
export type ConstantData = Float32Array | Int32Array | Uint8Array | BigInt64Array;

export interface Value {
  readonly id: number;
  readonly type: ValueType;
  readonly shape: readonly number[];
  /** Set for graph inputs. */
  readonly input?: string;
  /** Set for constants, row-major. */
  readonly constant?: ConstantData;
  /** Set for results of a node. */
  readonly producer?: Node;
}

export interface Node {
  readonly op: string;
  readonly inputs: readonly Value[];
  readonly outputs: Value[];
  readonly attributes: Attributes;
}

export interface Graph {
  readonly inputs: readonly Value[];
  readonly nodes: readonly Node[];
  /** Result values by output name. */
  readonly outputs: ReadonlyMap<string, Value>;
}

export interface OutputShape {
  readonly shape: readonly number[];
  readonly type?: ValueType;
}

export function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}

/** NumPy broadcasting of two shapes. Throws where an axis differs and neither side is 1. */
export function broadcastShapes(a: readonly number[], b: readonly number[]): number[] {
  const rank = Math.max(a.length, b.length);
  return Array.from({ length: rank }, (_, axis) => {
    const x = a[axis - rank + a.length] ?? 1;
    const y = b[axis - rank + b.length] ?? 1;
    if (x !== y && x !== 1 && y !== 1) throw new Error(`Shapes [${a}] and [${b}] do not broadcast`);
    return x === 1 ? y : x;
  });
}

export function sameShape(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((size, axis) => size === b[axis]);
}

/** The number every element of a constant has, or undefined. */
export function uniformConstant(value: Value): number | undefined {
  const data = value.constant;
  if (data === undefined || data instanceof BigInt64Array || data.length === 0) return undefined;
  const first = data[0]!;
  return data.every((item) => item === first) ? first : undefined;
}

/**
 * Appends nodes. Equal nodes (operation, inputs, attributes) are made once, so common subexpressions never arise; all
 * operations here are pure.
 */
export class GraphBuilder {
  readonly inputs: Value[] = [];
  readonly nodes: Node[] = [];
  readonly #made = new Map<string, Node>();
  readonly #constants = new Map<string, Value>();
  #nextId = 0;

  input(name: string, shape: readonly number[], type: ValueType): Value {
    const value: Value = { id: this.#nextId++, type, shape: [...shape], input: name };
    this.inputs.push(value);
    return value;
  }

  constant(data: ConstantData, shape: readonly number[], type: ValueType): Value {
    // Large tables are told apart by identity: comparing them would cost more than a duplicate.
    const key = data.length <= 64 ? `${type}|${shape}|${data}` : undefined;
    const known = key === undefined ? undefined : this.#constants.get(key);
    if (known) return known;
    const value: Value = { id: this.#nextId++, type, shape: [...shape], constant: data };
    if (key !== undefined) this.#constants.set(key, value);
    return value;
  }

  scalar(number: number): Value {
    return this.constant(Float32Array.of(number), [], 'float32');
  }

  emit(
    op: string,
    inputs: readonly Value[],
    outputs: readonly OutputShape[],
    attributes: Attributes = {},
  ): Value[] {
    const key = `${op}(${inputs.map((value) => value.id)})${JSON.stringify(attributes)}`;
    const made = this.#made.get(key);
    if (made) return [...made.outputs];
    const node: Node = { op, inputs, outputs: [], attributes };
    for (const { shape, type } of outputs) {
      node.outputs.push({ id: this.#nextId++, type: type ?? 'float32', shape: [...shape], producer: node });
    }
    this.nodes.push(node);
    this.#made.set(key, node);
    return [...node.outputs];
  }

  one(
    op: string,
    inputs: readonly Value[],
    shape: readonly number[],
    attributes: Attributes = {},
    type?: ValueType,
  ): Value {
    return this.emit(op, inputs, [{ shape, ...(type ? { type } : {}) }], attributes)[0]!;
  }

  /** The graph of `outputs`: nodes that none of them needs are left out. */
  finish(outputs: ReadonlyMap<string, Value>): Graph {
    const needed = new Set<Node>();
    const pending = [...outputs.values()];
    for (let value = pending.pop(); value !== undefined; value = pending.pop()) {
      const node = value.producer;
      if (!node || needed.has(node)) continue;
      needed.add(node);
      pending.push(...node.inputs);
    }
    return { inputs: this.inputs, nodes: this.nodes.filter((node) => needed.has(node)), outputs };
  }
}
