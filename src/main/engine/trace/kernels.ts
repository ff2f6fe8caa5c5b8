/** Kernels of the recording backend: each appends the node of its operation and infers the result's shape. */
import * as tf from '@tensorflow/tfjs-core';
import { traceBackend } from '../ops/fused.ts';
import {
  binary,
  concat,
  expand,
  matMul,
  reduce,
  reshape,
  slice,
  split,
  transpose,
  unary,
} from './arithmetic.ts';
import type { TraceBackend } from './backend.ts';
import { type GraphBuilder, sameShape, sizeOf, type Value, type ValueType } from './graph.ts';

interface Call {
  readonly builder: GraphBuilder;
  /** The input of this name. */
  readonly value: (name: string) => Value;
  /** Inputs of a variadic kernel, in order. */
  readonly all: () => Value[];
  /** The attribute of this name; the type is TensorFlow.js' (see its `*Attrs` interfaces). */
  readonly attribute: <T>(name: string) => T;
}

function kernel(kernelName: string, make: (call: Call) => Value | Value[]): void {
  tf.registerKernel({
    kernelName,
    backendName: traceBackend,
    kernelFunc: ({ inputs, attrs, backend }) => {
      const recording = backend as TraceBackend;
      const result = make({
        builder: recording.current,
        value: (name) => recording.recorded(inputs[name] as tf.TensorInfo),
        all: () => Object.values(inputs).map((input) => recording.recorded(input as tf.TensorInfo)),
        attribute: <T>(name: string) => (attrs as Record<string, unknown> | undefined)?.[name] as T,
      });
      return Array.isArray(result)
        ? result.map((value) => recording.handle(value))
        : recording.handle(result);
    },
  });
}

const binaries = {
  Add: 'Add',
  Sub: 'Sub',
  Multiply: 'Mul',
  RealDiv: 'Div',
  Maximum: 'Max',
  Minimum: 'Min',
  Greater: 'Greater',
  GreaterEqual: 'GreaterOrEqual',
  Less: 'Less',
  LessEqual: 'LessOrEqual',
  Equal: 'Equal',
};
for (const [name, op] of Object.entries(binaries)) {
  kernel(name, ({ builder, value }) => binary(builder, op, value('a'), value('b')));
}

kernel('AddN', ({ builder, all }) => {
  const parts = all();
  return parts.length === 1 ? parts[0]! : builder.one('Sum', parts, parts[0]!.shape);
});

const unaries = {
  Neg: 'Neg',
  Exp: 'Exp',
  Log: 'Log',
  Sqrt: 'Sqrt',
  Sigmoid: 'Sigmoid',
  Tanh: 'Tanh',
  Abs: 'Abs',
};
for (const [name, op] of Object.entries(unaries)) {
  kernel(name, ({ builder, value }) => unary(builder, op, value('x')));
}
kernel('Rsqrt', ({ builder, value }) =>
  binary(builder, 'Div', builder.scalar(1), unary(builder, 'Sqrt', value('x'))),
);
kernel('Square', ({ builder, value }) => binary(builder, 'Mul', value('x'), value('x')));
kernel('Identity', ({ value }) => value('x'));

kernel('Cast', ({ builder, value, attribute }) => {
  const x = value('x');
  const to = attribute<ValueType>('dtype');
  return to === x.type ? x : builder.one('Cast', [x], x.shape, { to }, to);
});

function fill(builder: GraphBuilder, shape: readonly number[], number: number, type: string): Value {
  if (type === 'int32') return builder.constant(new Int32Array(sizeOf(shape)).fill(number), shape, 'int32');
  if (type !== 'float32') throw new Error(`Constants of type ${type} cannot be recorded.`);
  return expand(builder, builder.scalar(number), shape);
}
kernel('Fill', ({ builder, attribute }) =>
  fill(
    builder,
    attribute<number[]>('shape'),
    attribute<number>('value'),
    attribute<string>('dtype') ?? 'float32',
  ),
);
kernel('ZerosLike', ({ builder, value }) => fill(builder, value('x').shape, 0, value('x').type));
kernel('OnesLike', ({ builder, value }) => fill(builder, value('x').shape, 1, value('x').type));

kernel('Reshape', ({ builder, value, attribute }) => {
  const x = value('x');
  return reshape(builder, x, tf.util.inferFromImplicitShape(attribute<number[]>('shape'), sizeOf(x.shape)));
});
kernel('ExpandDims', ({ builder, value, attribute }) => {
  const x = value('input');
  const dim = attribute<number>('dim');
  const at = dim < 0 ? dim + x.shape.length + 1 : dim;
  return reshape(builder, x, [...x.shape.slice(0, at), 1, ...x.shape.slice(at)]);
});
kernel('Transpose', ({ builder, value, attribute }) =>
  transpose(builder, value('x'), attribute<number[]>('perm')),
);
kernel('Concat', ({ builder, all, attribute }) => {
  const parts = all();
  const axis = tf.util.parseAxisParam(attribute<number>('axis'), [...parts[0]!.shape])[0]!;
  return concat(
    builder,
    parts.filter((part) => sizeOf(part.shape) > 0),
    axis,
  );
});
kernel('SplitV', ({ builder, value, attribute }) => {
  const x = value('x');
  const axis = tf.util.parseAxisParam(attribute<number>('axis'), [...x.shape])[0]!;
  const sizes = attribute<number | number[]>('numOrSizeSplits');
  const whole = x.shape[axis]!;
  return split(builder, x, Array.isArray(sizes) ? sizes : new Array<number>(sizes).fill(whole / sizes), axis);
});
kernel('Slice', ({ builder, value, attribute }) => {
  const x = value('x');
  const [begin, size] = tf.slice_util.parseSliceParams(
    { shape: [...x.shape], dtype: 'float32', dataId: {} },
    attribute<number[]>('begin'),
    attribute<number[]>('size'),
  ) as [number[], number[]];
  return slice(builder, x, begin, size);
});
kernel('PadV2', ({ builder, value, attribute }) => {
  const x = value('x');
  const paddings = attribute<Array<[number, number]>>('paddings');
  if (attribute<number>('constantValue') !== 0) throw new Error('Only padding with zeros can be recorded.');
  const shape = x.shape.map((size, axis) => size + paddings[axis]![0] + paddings[axis]![1]);
  const pads = [...paddings.map((pair) => pair[0]), ...paddings.map((pair) => pair[1])];
  return builder.one('Pad', [x], shape, { pads });
});
kernel('Tile', ({ builder, value, attribute }) => {
  const x = value('x');
  const repeats = attribute<number[]>('reps');
  const shape = x.shape.map((size, axis) => size * repeats[axis]!);
  if (x.shape.every((size, axis) => size === 1 || repeats[axis] === 1)) return expand(builder, x, shape);
  return builder.one('Tile', [x], shape, { repeats });
});

const reductions = { Sum: 'ReduceSum', Mean: 'ReduceMean' };
for (const [name, op] of Object.entries(reductions)) {
  kernel(name, ({ builder, value, attribute }) => {
    const x = value('x');
    const axes = tf.util.parseAxisParam(attribute<number[]>('axis'), [...x.shape]);
    return reduce(builder, op, x, axes, attribute<boolean>('keepDims') ?? false);
  });
}
kernel('Max', ({ builder, value, attribute }) => {
  const x = value('x');
  const axes = tf.util.parseAxisParam(attribute<number[]>('reductionIndices'), [...x.shape]);
  return reduce(builder, 'ReduceMax', x, axes, attribute<boolean>('keepDims') ?? false);
});

kernel('Softmax', ({ builder, value }) => {
  const x = value('logits');
  return builder.one('Softmax', [x], x.shape, { axis: -1 });
});
kernel('LogSoftmax', ({ builder, value }) => {
  const x = value('logits');
  return builder.one('LogSoftmax', [x], x.shape, { axis: -1 });
});
kernel('Select', ({ builder, value }) => {
  const [condition, t, e] = [value('condition'), value('t'), value('e')];
  if (!sameShape(condition.shape, t.shape)) throw new Error('Select of unequal shapes cannot be recorded.');
  return builder.one('Where', [condition, t, e], t.shape, {}, t.type);
});
kernel('GatherV2', ({ builder, value, attribute }) => {
  const [x, indices] = [value('x'), value('indices')];
  const axis = tf.util.parseAxisParam(attribute<number>('axis'), [...x.shape])[0]!;
  if (attribute<number>('batchDims') > 0) throw new Error('Batched gathers cannot be recorded.');
  const shape = [...x.shape.slice(0, axis), ...indices.shape, ...x.shape.slice(axis + 1)];
  return builder.one('Gather', [x, indices], shape, { axis }, x.type);
});

/** Leading axes of a matrix product must be equal; TensorFlow.js broadcasts, we refuse. */
function product({ builder, value, attribute }: Call, alpha: number): Value {
  const [a, b] = [value('a'), value('b')];
  if (!sameShape(a.shape.slice(0, -2), b.shape.slice(0, -2))) {
    throw new Error(`Matrix product of [${a.shape}] and [${b.shape}]: leading axes differ`);
  }
  return matMul(builder, a, b, attribute<boolean>('transposeA'), attribute<boolean>('transposeB'), alpha);
}
kernel('BatchMatMul', (call) => product(call, 1));
kernel('ScaledMatMul', (call) => product(call, call.attribute<number>('alpha')));

kernel('RmsNorm', ({ builder, value, attribute }) => {
  const [x, gain] = [value('x'), value('gain')];
  const epsilon = attribute<number>('epsilon');
  return builder.emit('RmsNorm', [x, gain], [{ shape: x.shape }, { shape: [...x.shape.slice(0, -1), 1] }], {
    epsilon,
  });
});
kernel('Rotary', ({ builder, value, attribute }) => {
  const x = value('x');
  const direction = attribute<number>('direction');
  return builder.one('Rotary', [x, value('cos'), value('sin')], x.shape, { direction });
});
kernel('ScatterAddRows', ({ builder, value, attribute }) => {
  const shape = [attribute<number>('rows'), attribute<number>('width')];
  return builder.one('ScatterAddRows', [value('ids'), value('dy')], shape);
});
kernel('PickColumns', ({ builder, value }) => {
  const x = value('x');
  return builder.one('PickColumns', [x, value('ids')], [x.shape[0]!]);
});
kernel('CrossEntropyGradient', ({ builder, value }) => {
  const x = value('logProbabilities');
  return builder.one('CrossEntropyGradient', [x, value('targets'), value('dy')], x.shape);
});

kernel('Cumsum', ({ builder, value, attribute }) => {
  const x = value('x');
  if (attribute<boolean>('reverse')) throw new Error('Only running sums from the start can be recorded.');
  // An int32 axis: WebGPU's kernel knows no int64.
  const axis = builder.constant(Int32Array.of(attribute<number>('axis')), [], 'int32');
  return builder.one('CumSum', [x, axis], x.shape, { exclusive: attribute<boolean>('exclusive') }, x.type);
});
kernel('Ranks', ({ builder, value }) => builder.one('Ranks', [value('scores')], value('scores').shape));
kernel('PlaceAt', ({ builder, value, attribute }) => {
  const size = attribute<number>('size');
  const table = expand(builder, builder.scalar(attribute<number>('empty')), [size]);
  return builder.one('ScatterElements', [table, value('indices'), value('values')], [size], { axis: 0 });
});
kernel('GatherRowsOrZero', ({ builder, value }) => {
  const [table, ids] = [value('table'), value('ids')];
  return builder.one('GatherRowsOrZero', [table, ids], [ids.shape[0]!, table.shape[1]!]);
});
