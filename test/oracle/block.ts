/** Runs one FFN block eagerly: output, taps, auxiliary terms, and gradients of a fixed projection of the output. */
import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { createOps } from '../../src/main/engine/ops/index.ts';
import { type Ffn, ffnMethod } from '../../src/shared/methods/ffn/index.ts';
import type { DisabledTop1, LayerShape } from '../../src/shared/methods/method.ts';
import type { Tensor } from '../../src/shared/methods/ops.ts';
import { tokens, weights } from './recipe.ts';

const ops = createOps();

export type Arrays = Map<string, Float32Array>;

export interface BlockRun {
  readonly output: Float32Array;
  readonly taps: Readonly<Record<string, { shape: number[]; values: Float32Array }>>;
  /** By name, as the model sums them. */
  readonly auxiliary: Readonly<Record<string, number>>;
  /** By name, as the model averages them. */
  readonly reports: Readonly<Record<string, number>>;
  /** d(sum(output * projection) + auxiliaryWeight * auxiliary) by parameter. */
  readonly gradients: Arrays;
}

export interface BlockRequest {
  readonly ffn: Ffn;
  readonly width: number; // d
  readonly parameters: Arrays;
  readonly stream: Float32Array; // [N, d]
  readonly training?: boolean;
  readonly layers?: number;
  /** Weights of the output [N, d] in what is differentiated; default random. All zero leaves the auxiliary term alone. */
  readonly projection?: Float32Array;
  readonly auxiliaryWeight?: number;
  /** Token ids [N]; default all 0. */
  readonly inputs?: Int32Array;
  readonly vocabulary?: number;
  /** Token counts that the buffers are made from; default: every id once. */
  readonly counts?: ArrayLike<number>;
  /** Index of the layer, which buffers may depend on. */
  readonly layer?: number;
  /** Values of buffers in place of those that the method makes. */
  readonly buffers?: ReadonlyMap<string, Float32Array>;
  /** Names the uniform numbers: equal names give equal numbers. */
  readonly noise?: string;
  readonly disableTop1?: DisabledTop1;
}

const shapeOf = (width: number, layers = 1, vocabulary = 256): LayerShape => ({
  width,
  layers,
  context: 1,
  vocabulary,
});

/** Random numbers of order one, the same for the same name. */
export function numbers(name: string, count: number): Float32Array {
  return Float32Array.from(tokens(name, count, 20_001), (value) => value / 10_000 - 1);
}

export function blockParameters(ffn: Ffn, width: number, seed: string): Arrays {
  const specs = ffnMethod(ffn.kind).parameters(ffn, shapeOf(width));
  return new Map(specs.map((spec) => [spec.name, weights(seed, spec.name, spec.shape)]));
}

/** `compute` with every tensor it makes disposed of; unlike tf.tidy it may return anything that holds no tensor. */
export function tidily<Result>(compute: () => Result): Result {
  let result: { value: Result } | undefined;
  tf.tidy(() => {
    result = { value: compute() };
  });
  return result!.value;
}

export function runBlock(request: BlockRequest): BlockRun {
  const { ffn, width, parameters, stream, training = true, layers = 1, auxiliaryWeight = 0 } = request;
  const { vocabulary = 256, layer = 0, noise = 'noise', disableTop1 = 'none' } = request;
  const method = ffnMethod(ffn.kind);
  const N = stream.length / width;
  const counts = request.counts ?? new Float64Array(vocabulary).fill(1);
  const buffers = new Map(
    (method.buffers?.(ffn, shapeOf(width, layers, vocabulary)) ?? []).map((spec) => [spec.name, spec]),
  );
  let draws = 0;
  const names = [...parameters.keys()];
  const shapes = new Map(method.parameters(ffn, shapeOf(width)).map((spec) => [spec.name, spec.shape]));
  return tidily(() => {
    const values = names.map((name) => tf.tensor(parameters.get(name)!, [...shapes.get(name)!]));
    const stream_Nd = tf.tensor(stream, [N, width]);
    const projection = tf.tensor(request.projection ?? numbers('projection', stream.length), [N, width]);
    let output = new Float32Array();
    const taps: Record<string, { shape: number[]; values: Float32Array }> = {};
    const auxiliary: Record<string, number> = {};
    const reported: Record<string, number[]> = {};
    const read = (tensor: Tensor) => Float32Array.from((tensor as tf.Tensor).dataSync());
    const scalar = (...inputs: tf.Tensor[]): tf.Tensor => {
      const terms: Tensor[] = [];
      const constants = new Map<string, Tensor>();
      const result = method.forward(
        ffn,
        Object.fromEntries(names.map((name, index) => [name, inputs[index]!])),
        stream_Nd,
        {
          ops,
          training,
          layers,
          normEpsilon: 1e-5,
          batch: 1,
          context: N,
          tap: (name, make) => {
            const value = make();
            taps[name] = { shape: [...value.shape], values: read(value) };
          },
          inputs: tf.tensor1d(request.inputs ?? new Int32Array(N), 'int32'),
          disableTop1,
          report: (name, value) => {
            reported[name] = [...(reported[name] ?? []), read(value)[0]!];
          },
          buffer: (name) => {
            const spec = buffers.get(name)!;
            return tf.tensor(request.buffers?.get(name) ?? spec.values({ counts, layer }), [...spec.shape]);
          },
          uniform: (size) => {
            const count = size.reduce((product, axis) => product * axis, 1);
            const values = numbers(`${noise}/${draws++}`, count).map((value) => (value + 1) / 2.01);
            return tf.tensor(values, [...size]);
          },
          once: (key, make) => {
            const value = constants.get(key) ?? make();
            constants.set(key, value);
            return value;
          },
          addLoss: (name, value) => {
            auxiliary[name] = (auxiliary[name] ?? 0) + read(value)[0]!;
            terms.push(ops.scale(value, auxiliaryWeight));
          },
        },
      );
      output = read(result);
      const projected = ops.sum(ops.mul(result, projection));
      return terms.reduce((sum, term) => ops.add(sum, term), projected) as tf.Tensor;
    };
    const { grads } = tf.valueAndGrads(scalar)(values);
    const gradients = new Map(names.map((name, index) => [name, read(grads[index]!)]));
    const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
    const reports = Object.fromEntries(
      Object.entries(reported).map(([name, values]) => [name, mean(values)]),
    );
    return { output, taps, auxiliary, reports, gradients };
  });
}

/** u = RMSNorm(h) in double precision, [N][d]. */
export function normalised(stream: Float32Array, gain: Float32Array): number[][] {
  const width = gain.length;
  return Array.from({ length: stream.length / width }, (_, row) => {
    const h = Array.from(stream.subarray(row * width, (row + 1) * width));
    const inverse = 1 / Math.sqrt(h.reduce((sum, x) => sum + x * x, 0) / width + 1e-5);
    return h.map((x, i) => x * inverse * gain[i]!);
  });
}

/** x W with W [in, out] row-major. */
export function times(x: readonly number[], W: Float32Array): number[] {
  const outputs = W.length / x.length;
  return Array.from({ length: outputs }, (_, j) =>
    x.reduce((sum, value, i) => sum + value * W[i * outputs + j]!, 0),
  );
}

export const silu = (x: number) => x / (1 + Math.exp(-x));
export const sigmoid = (x: number) => 1 / (1 + Math.exp(-x));

/** Output [d] of expert `index` of `count` for one token, by its own slices of the stacked matrices, in double precision. */
export function expertOutput(
  u: readonly number[],
  gate: Float32Array,
  up: Float32Array,
  down: Float32Array,
  index: number,
  count: number,
): number[] {
  const units = down.length / u.length / count;
  const a = times(u, gate)
    .map((g, unit) => [silu(g), unit] as const)
    .slice(index * units, (index + 1) * units);
  const upProducts = times(u, up);
  const y = new Array<number>(u.length).fill(0);
  for (const [activated, unit] of a) {
    const product = activated * upProducts[unit]!;
    for (let j = 0; j < y.length; j++) y[j] = y[j]! + product * down[unit * u.length + j]!;
  }
  return y;
}

/** Largest absolute difference. */
export function largestDifference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let largest = a.length === b.length ? 0 : Number.POSITIVE_INFINITY;
  for (let i = 0; i < a.length; i++) largest = Math.max(largest, Math.abs(a[i]! - b[i]!));
  return largest;
}
