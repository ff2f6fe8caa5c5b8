/**
 * Global-norm clipping and AdamW (Loshchilov and Hutter 2019, algorithm 2) as graph nodes.
 *
 * With bias corrections c1 = 1 - beta1^t, c2 = 1 - beta2^t (computed on the host in double precision):
 *   m' = beta1 m + (1 - beta1) g,   v' = beta2 v + (1 - beta2) g^2
 *   p' = (1 - lr wd) p - lr (m'/c1) / (sqrt(v'/c2) + eps)
 *      = keep p - rate m' / (sqrt(v') + epsilon),   rate = lr sqrt(c2) / c1,   epsilon = eps sqrt(c2)
 * which needs fewest passes over memory; these passes, not arithmetic, are what the step costs.
 */
import { binary, concat, reduce, reshape, unary } from '../trace/arithmetic.ts';
import type { GraphBuilder, Value } from '../trace/graph.ts';
import type { OptimiserSettings } from '../types.ts';

/** Stands for "no limit": no finite gradient norm reaches it, so the coefficient is 1. */
const noLimit = 3e38;

/** The L2 norm of all gradients and what to multiply them with: min(1, clip / (norm + 1e-6)), as PyTorch's clip_grad_norm_. */
export function emitClipping(
  builder: GraphBuilder,
  gradients: readonly Value[],
  clip: number,
): { norm: Value; coefficient: Value } {
  const sums = gradients.map((gradient) => {
    const axes = gradient.shape.map((_, axis) => axis);
    return reshape(builder, reduce(builder, 'ReduceSumSquare', gradient, axes, false), [1]);
  });
  const norm = unary(builder, 'Sqrt', reduce(builder, 'ReduceSum', concat(builder, sums, 0), [0], false));
  const ratio = binary(
    builder,
    'Div',
    builder.scalar(clip > 0 ? clip : noLimit),
    binary(builder, 'Add', norm, builder.scalar(1e-6)),
  );
  return { norm, coefficient: binary(builder, 'Min', ratio, builder.scalar(1)) };
}

/** Scalars that change from step to step; graph inputs `rate`, `epsilon` and `keep`. */
export interface OptimiserScalars {
  readonly gradientScale: Value; // (1 - beta1) * clipping coefficient
  readonly beta1: Value;
  readonly beta2: Value;
  readonly squareScale: Value; // (1 - beta2) / (1 - beta1)^2
  readonly rate: Value;
  readonly epsilon: Value;
  readonly keep: Value;
}

export function optimiserInputs(
  builder: GraphBuilder,
  coefficient: Value,
  settings: OptimiserSettings,
): OptimiserScalars {
  const { beta1, beta2 } = settings;
  return {
    gradientScale: binary(builder, 'Mul', coefficient, builder.scalar(1 - beta1)),
    beta1: builder.scalar(beta1),
    beta2: builder.scalar(beta2),
    squareScale: builder.scalar((1 - beta2) / (1 - beta1) ** 2),
    rate: builder.input('rate', [], 'float32'),
    epsilon: builder.input('epsilon', [], 'float32'),
    keep: builder.input('keep', [], 'float32'),
  };
}

/** The values of those inputs at optimiser step `step` (counted from 1). */
export function optimiserFeeds(
  settings: OptimiserSettings,
  step: number,
  learningRate: number,
): { rate: number; epsilon: number; keep: number } {
  const first = 1 - settings.beta1 ** step;
  const second = Math.sqrt(1 - settings.beta2 ** step);
  return {
    rate: (learningRate * second) / first,
    epsilon: settings.epsilon * second,
    keep: 1 - learningRate * settings.weightDecay,
  };
}

export interface ParameterState {
  readonly parameter: Value;
  readonly first: Value;
  readonly second: Value;
}

export function emitAdamW(
  builder: GraphBuilder,
  state: ParameterState & { readonly gradient: Value; readonly decay: boolean },
  scalars: OptimiserScalars,
): ParameterState {
  const times = (a: Value, b: Value) => binary(builder, 'Mul', a, b);
  const plus = (a: Value, b: Value) => binary(builder, 'Add', a, b);
  const scaled = times(state.gradient, scalars.gradientScale);
  const first = plus(times(state.first, scalars.beta1), scaled);
  const square = times(times(scaled, scaled), scalars.squareScale);
  const second = plus(times(state.second, scalars.beta2), square);
  const direction = binary(builder, 'Div', first, plus(unary(builder, 'Sqrt', second), scalars.epsilon));
  const kept = state.decay ? times(state.parameter, scalars.keep) : state.parameter;
  return { parameter: binary(builder, 'Sub', kept, times(direction, scalars.rate)), first, second };
}
