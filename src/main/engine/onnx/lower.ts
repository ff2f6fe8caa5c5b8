/**
 * From a recorded graph to one of ONNX Runtime's operators only. Which operators are best differs by provider; every
 * such choice is made here and nowhere else.
 */
import { binary, concat, expand, reduce, reshape, slice, transpose, unary } from '../trace/arithmetic.ts';
import { type Graph, GraphBuilder, sizeOf, type Value } from '../trace/graph.ts';
import { lowerGatherRowsOrZero, lowerRanks } from './routing.ts';
import type { Lowering, Provider, Site } from './site.ts';

export type { Provider } from './site.ts';

/** Providers with ONNX Runtime's own (`com.microsoft`) matrix product: transposes and a factor cost nothing there. */
const hasFusedMatMul: ReadonlySet<Provider> = new Set<Provider>(['cpu', 'cuda']);
/** Providers with ONNX Runtime's own normalisation and rotary kernels. */
const hasContribKernels: ReadonlySet<Provider> = new Set<Provider>(['cpu', 'cuda', 'webgpu']);

function lowerMatMul({ builder, provider, node, inputs }: Site): Value[] {
  const [a, b] = inputs as [Value, Value];
  const { transposeA, transposeB, alpha } = node.attributes as {
    transposeA: boolean;
    transposeB: boolean;
    alpha: number;
  };
  const shape = node.outputs[0]!.shape;
  if (!transposeA && !transposeB && alpha === 1) return [builder.one('MatMul', [a, b], shape)];
  if (hasFusedMatMul.has(provider)) {
    const attributes = { transA: transposeA, transB: transposeB, alpha };
    return [builder.one('com.microsoft::FusedMatMul', [a, b], shape, attributes)];
  }
  if (shape.length === 2) {
    return [builder.one('Gemm', [a, b], shape, { transA: transposeA, transB: transposeB, alpha })];
  }
  const swap = (x: Value): Value => {
    const axes = x.shape.map((_, axis) => axis);
    return transpose(builder, x, [...axes.slice(0, -2), axes.at(-1)!, axes.at(-2)!]);
  };
  const left = transposeA ? swap(a) : a;
  const right = transposeB ? swap(b) : b;
  if (alpha === 1) return [builder.one('MatMul', [left, right], shape)];
  const scaleLeft = sizeOf(left.shape) <= sizeOf(right.shape);
  const factor = builder.scalar(alpha);
  const operands = scaleLeft
    ? [binary(builder, 'Mul', left, factor), right]
    : [left, binary(builder, 'Mul', right, factor)];
  return [builder.one('MatMul', operands, shape)];
}

function lowerRmsNorm({ builder, provider, node, inputs }: Site): Value[] {
  const [x, gain] = inputs as [Value, Value];
  const epsilon = node.attributes.epsilon as number;
  // On webgpu (ONNX Runtime 1.30) the second output is the mean of x, not 1 / rms: gradients would be wrong in silence.
  if (hasContribKernels.has(provider) && provider !== 'webgpu') {
    const outputs = node.outputs.map(({ shape }) => ({ shape }));
    return builder.emit('SimplifiedLayerNormalization', [x, gain], outputs, {
      axis: -1,
      epsilon,
      stash_type: 1,
    });
  }
  const mean = reduce(builder, 'ReduceMean', binary(builder, 'Mul', x, x), [x.shape.length - 1], true);
  const root = unary(builder, 'Sqrt', binary(builder, 'Add', mean, builder.scalar(epsilon)));
  const inverse = binary(builder, 'Div', builder.scalar(1), root);
  return [binary(builder, 'Mul', binary(builder, 'Mul', x, inverse), gain), inverse];
}

/** One half of a constant table [T, h], its halves along h being equal, times `factor`. */
function halfTable(builder: GraphBuilder, table: Value, factor: number): Value | undefined {
  if (!(table.constant instanceof Float32Array) || table.shape.length !== 2) return undefined;
  const [positions, size] = table.shape as [number, number];
  const values = new Float32Array((positions * size) / 2);
  for (let position = 0; position < positions; position++) {
    for (let i = 0; i < size / 2; i++) {
      values[(position * size) / 2 + i] = factor * table.constant[position * size + i]!;
    }
  }
  return builder.constant(values, [positions, size / 2], 'float32');
}

/** Tables are large constants: equal ones made at several sites must be one value, or each node would carry its own. */
const tableCache = new WeakMap<GraphBuilder, Map<string, Value>>();
function sharedTable(builder: GraphBuilder, table: Value, factor: number): Value | undefined {
  const known = tableCache.get(builder) ?? new Map<string, Value>();
  tableCache.set(builder, known);
  const key = `${table.id}*${factor}`;
  const value = known.get(key) ?? halfTable(builder, table, factor);
  if (value) known.set(key, value);
  return value;
}

function lowerRotary({ builder, provider, node, inputs }: Site): Value[] {
  const [x, cos, sin] = inputs as [Value, Value, Value];
  const direction = node.attributes.direction as number;
  const batch = x.shape[0]!;
  const positions = x.shape[2]!;
  if (hasContribKernels.has(provider)) {
    const cosTable = sharedTable(builder, cos, 1);
    const sinTable = sharedTable(builder, sin, direction);
    if (cosTable && sinTable) {
      const ids = builder.constant(
        BigInt64Array.from({ length: batch * positions }, (_, i) => BigInt(i % positions)),
        [batch, positions],
        'int64',
      );
      return [builder.one('com.microsoft::RotaryEmbedding', [x, ids, cosTable, sinTable], x.shape)];
    }
  }
  const axis = x.shape.length - 1;
  const half = x.shape[axis]! / 2;
  const part = (value: Value, first: number) => {
    const begin = value.shape.map((_, at) => (at === value.shape.length - 1 ? first : 0));
    return slice(builder, value, begin, [...value.shape.slice(0, -1), half]);
  };
  const [low, high, c, s] = [part(x, 0), part(x, half), part(cos, 0), part(sin, 0)] as const;
  const times = (a: Value, b: Value) => binary(builder, 'Mul', a, b);
  const [forward, backward] = direction > 0 ? (['Sub', 'Add'] as const) : (['Add', 'Sub'] as const);
  return [
    concat(
      builder,
      [
        binary(builder, forward, times(low, c), times(high, s)),
        binary(builder, backward, times(high, c), times(low, s)),
      ],
      axis,
    ),
  ];
}

/**
 * Rows of dy added at ids into zeros. ONNX Runtime's CPU kernel of ScatterND runs its rows in parallel and loses
 * additions where an id occurs twice (1.30); ScatterElements does not. On GPUs ScatterND adds atomically.
 */
function lowerScatterAddRows({ builder, provider, node, inputs }: Site): Value[] {
  const [ids, dy] = inputs as [Value, Value];
  const shape = node.outputs[0]!.shape as [number, number];
  const zeros = expand(builder, builder.scalar(0), shape);
  const rows = sizeOf(ids.shape);
  const updates = reshape(builder, dy, [rows, shape[1]]);
  const column = reshape(builder, ids, [rows, 1]);
  if (provider === 'cpu') {
    const indices = expand(builder, column, updates.shape);
    return [builder.one('ScatterElements', [zeros, indices, updates], shape, { axis: 0, reduction: 'add' })];
  }
  const indices = builder.one('Cast', [column], [rows, 1], { to: 'int64' }, 'int64');
  return [builder.one('ScatterND', [zeros, indices, updates], shape, { reduction: 'add' })];
}

function lowerPickColumns({ builder, inputs }: Site): Value[] {
  const [x, ids] = inputs as [Value, Value];
  const rows = x.shape[0]!;
  const column = builder.one('GatherElements', [x, reshape(builder, ids, [rows, 1])], [rows, 1], { axis: 1 });
  return [reshape(builder, column, [rows])];
}

/** (exp(logp) - onehot) * dy: the target's column is corrected by a scatter, no one-hot matrix is made. */
function lowerCrossEntropyGradient({ builder, inputs }: Site): Value[] {
  const [logProbabilities, targets, dy] = inputs as [Value, Value, Value];
  const rows = logProbabilities.shape[0]!;
  const columns = reshape(builder, targets, [rows, 1]);
  const weights = reshape(builder, dy, [rows, 1]);
  const scaled = binary(builder, 'Mul', unary(builder, 'Exp', logProbabilities), weights);
  const own = builder.one('GatherElements', [scaled, columns], [rows, 1], { axis: 1 });
  const corrected = binary(builder, 'Sub', own, weights);
  return [builder.one('ScatterElements', [scaled, columns, corrected], scaled.shape, { axis: 1 })];
}

/** WebGPU has no kernel for it; left alone, this one node would send the logits to the CPU and back. */
function lowerLogSoftmax({ builder, provider, node, inputs }: Site): Value[] {
  const x = inputs[0]!;
  if (provider !== 'webgpu') return [builder.one('LogSoftmax', [x], x.shape, node.attributes)];
  const last = [x.shape.length - 1];
  const shifted = binary(builder, 'Sub', x, reduce(builder, 'ReduceMax', x, last, true));
  const sum = reduce(builder, 'ReduceSum', unary(builder, 'Exp', shifted), last, true);
  return [binary(builder, 'Sub', shifted, unary(builder, 'Log', sum))];
}

/** WebGPU has no kernel for sums of many; they would go to the CPU and back. */
function lowerSum({ builder, provider, node, inputs }: Site): Value[] {
  if (provider !== 'webgpu') return [builder.one('Sum', inputs, node.outputs[0]!.shape)];
  return [inputs.reduce((sum, value) => binary(builder, 'Add', sum, value))];
}

const lowerings: Readonly<Record<string, Lowering>> = {
  MatMul: lowerMatMul,
  RmsNorm: lowerRmsNorm,
  Rotary: lowerRotary,
  LogSoftmax: lowerLogSoftmax,
  Sum: lowerSum,
  ScatterAddRows: lowerScatterAddRows,
  PickColumns: lowerPickColumns,
  CrossEntropyGradient: lowerCrossEntropyGradient,
  Ranks: lowerRanks,
  GatherRowsOrZero: lowerGatherRowsOrZero,
};

/** Rewrites every node for `provider`. Inputs and outputs keep their names; what nothing needs any more is left out. */
export function lower(graph: Graph, provider: Provider): Graph {
  const builder = new GraphBuilder();
  const moved = new Map<Value, Value>();
  for (const input of graph.inputs) moved.set(input, builder.input(input.input!, input.shape, input.type));
  const move = (value: Value): Value => {
    const known = moved.get(value);
    if (known) return known;
    const constant = builder.constant(value.constant!, value.shape, value.type);
    moved.set(value, constant);
    return constant;
  };
  for (const node of graph.nodes) {
    const inputs = node.inputs.map(move);
    const lowering = lowerings[node.op];
    const outputs = lowering
      ? lowering({ builder, provider, node, inputs })
      : builder.emit(node.op, inputs, node.outputs, node.attributes);
    node.outputs.forEach((output, i) => {
      moved.set(output, outputs[i]!);
    });
  }
  return builder.finish(new Map([...graph.outputs].map(([name, value]) => [name, move(value)])));
}
