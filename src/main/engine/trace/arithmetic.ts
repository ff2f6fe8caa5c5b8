/** Nodes with the small simplifications that recorded gradients call for: x*1, x+0, reshape of reshape, broadcasts. */
import {
  broadcastShapes,
  type GraphBuilder,
  sameShape,
  sizeOf,
  uniformConstant,
  type Value,
  type ValueType,
} from './graph.ts';

const comparisons = new Set(['Greater', 'GreaterOrEqual', 'Less', 'LessOrEqual', 'Equal']);

/** The value before an explicit broadcast, where the other operand broadcasts it just as far. */
function withoutExpand(value: Value, other: Value): Value {
  const node = value.producer;
  if (node?.op !== 'Expand') return value;
  const source = node.inputs[0]!;
  return sameShape(broadcastShapes(source.shape, other.shape), broadcastShapes(value.shape, other.shape))
    ? source
    : value;
}

/** Element-wise operation with NumPy broadcasting. Comparisons give bool. */
export function binary(builder: GraphBuilder, op: string, left: Value, right: Value): Value {
  const shape = broadcastShapes(left.shape, right.shape);
  const a = withoutExpand(left, right);
  const b = withoutExpand(right, a);
  const constantA = uniformConstant(a);
  const constantB = uniformConstant(b);
  const keepsA = sameShape(a.shape, shape);
  const keepsB = sameShape(b.shape, shape);
  if (
    keepsA &&
    ((constantB === 1 && (op === 'Mul' || op === 'Div')) ||
      (constantB === 0 && (op === 'Add' || op === 'Sub')))
  ) {
    return a;
  }
  if (keepsB && ((constantA === 1 && op === 'Mul') || (constantA === 0 && op === 'Add'))) return b;
  if (constantA !== undefined && constantB !== undefined && a.type === 'float32' && sizeOf(shape) === 1) {
    const folded = fold(op, constantA, constantB);
    if (folded !== undefined) return builder.constant(Float32Array.of(folded), shape, 'float32');
  }
  const type: ValueType = comparisons.has(op) ? 'bool' : a.type;
  return builder.one(op, [a, b], shape, {}, type);
}

function fold(op: string, a: number, b: number): number | undefined {
  switch (op) {
    case 'Mul':
      return a * b;
    case 'Add':
      return a + b;
    case 'Sub':
      return a - b;
    case 'Div':
      return a / b;
    default:
      return undefined;
  }
}

export function unary(builder: GraphBuilder, op: string, x: Value): Value {
  return builder.one(op, [x], x.shape, {}, x.type);
}

export function reshape(builder: GraphBuilder, x: Value, shape: readonly number[]): Value {
  if (sameShape(x.shape, shape)) return x;
  if (x.constant) return builder.constant(x.constant, shape, x.type);
  const source = x.producer?.op === 'Reshape' ? x.producer.inputs[0]! : x;
  if (sameShape(source.shape, shape)) return source;
  // A reshape of a broadcast scalar is a broadcast of that scalar.
  if (source.producer?.op === 'Expand' && sizeOf(source.producer.inputs[0]!.shape) === 1) {
    return expand(builder, reshape(builder, source.producer.inputs[0]!, []), shape);
  }
  return builder.one('Reshape', [source], shape, { shape: [...shape] }, x.type);
}

/** Broadcasts to a shape. */
export function expand(builder: GraphBuilder, x: Value, shape: readonly number[]): Value {
  if (sameShape(x.shape, shape)) return x;
  return builder.one('Expand', [x], shape, { shape: [...shape] }, x.type);
}

export function transpose(builder: GraphBuilder, x: Value, permutation: readonly number[]): Value {
  if (permutation.every((from, to) => from === to)) return x;
  const before = x.producer?.op === 'Transpose' ? x.producer : undefined;
  if (before) {
    const first = before.attributes.perm as readonly number[];
    return transpose(
      builder,
      before.inputs[0]!,
      permutation.map((axis) => first[axis]!),
    );
  }
  const shape = permutation.map((axis) => x.shape[axis]!);
  return builder.one('Transpose', [x], shape, { perm: [...permutation] }, x.type);
}

/** op over `axes`: ReduceSum, ReduceMean, ReduceMax. */
export function reduce(
  builder: GraphBuilder,
  op: string,
  x: Value,
  axes: readonly number[],
  keepDims: boolean,
): Value {
  const kept = x.shape.map((size, axis) => (axes.includes(axis) ? 1 : size));
  const shape = keepDims ? kept : x.shape.filter((_, axis) => !axes.includes(axis));
  if (axes.length === 0 || sameShape(kept, x.shape)) return reshape(builder, x, shape);
  return builder.one(op, [x], shape, { axes: [...axes], keepdims: keepDims ? 1 : 0 }, x.type);
}

/** alpha * a b over the last two axes; leading axes are equal. */
export function matMul(
  builder: GraphBuilder,
  a: Value,
  b: Value,
  transposeA = false,
  transposeB = false,
  alpha = 1,
): Value {
  const rank = a.shape.length;
  const rows = a.shape[transposeA ? rank - 1 : rank - 2]!;
  const columns = b.shape[transposeB ? rank - 2 : rank - 1]!;
  return builder.one('MatMul', [a, b], [...a.shape.slice(0, -2), rows, columns], {
    transposeA,
    transposeB,
    alpha,
  });
}

export function slice(
  builder: GraphBuilder,
  x: Value,
  begin: readonly number[],
  size: readonly number[],
): Value {
  const axes = begin.map((_, axis) => axis).filter((axis) => size[axis] !== x.shape[axis]);
  if (axes.length === 0) return x;
  return builder.one(
    'Slice',
    [x],
    size,
    {
      starts: axes.map((axis) => begin[axis]!),
      ends: axes.map((axis) => begin[axis]! + size[axis]!),
      axes,
    },
    x.type,
  );
}

export function concat(builder: GraphBuilder, parts: readonly Value[], axis: number): Value {
  if (parts.length === 1) return parts[0]!;
  // What was split and is joined again unchanged is the whole.
  const splitter = parts[0]!.producer;
  if (
    splitter?.op === 'Split' &&
    splitter.attributes.axis === axis &&
    splitter.outputs.length === parts.length
  ) {
    if (parts.every((part, i) => part === splitter.outputs[i])) return splitter.inputs[0]!;
  }
  const shape = [...parts[0]!.shape];
  shape[axis] = parts.reduce((total, part) => total + part.shape[axis]!, 0);
  return builder.one('Concat', parts, shape, { axis }, parts[0]!.type);
}

export function split(builder: GraphBuilder, x: Value, sizes: readonly number[], axis: number): Value[] {
  if (sizes.length === 1) return [x];
  const outputs = sizes.map((size) => ({
    shape: x.shape.map((whole, at) => (at === axis ? size : whole)),
    type: x.type,
  }));
  return builder.emit('Split', [x], outputs, { axis, sizes: [...sizes] });
}
