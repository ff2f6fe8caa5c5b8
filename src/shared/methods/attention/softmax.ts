/**
 * Causal softmax attention with rotary position embedding: multi-head (kvHeads = heads), grouped-query
 * (1 < kvHeads < heads) and multi-query (kvHeads = 1), as in LLaMA. No biases.
 *
 * Axes: B batch, T position, N = B*T tokens, d width, H heads, G key/value heads, h head size.
 */
import { z } from 'zod';
import type { Problem } from '../../errors.ts';
import { nearestDivisors } from '../divisors.ts';
import type {
  FieldHelp,
  ForwardContext,
  LayerShape,
  ParameterSpec,
  Parameters,
  PartCounts,
} from '../method.ts';
import type { Ops, Tensor } from '../ops.ts';

export const softmaxAttentionSchema = z.strictObject({
  kind: z.literal('softmax'),
  heads: z.int().positive(), // H
  kvHeads: z.int().positive(), // G
  headSize: z.int().positive(), // h
  rotaryBase: z.number().positive().default(10_000),
});
export type SoftmaxAttention = z.infer<typeof softmaxAttentionSchema>;

const fields: Record<keyof Omit<SoftmaxAttention, 'kind'>, FieldHelp> = {
  heads: {
    label: 'Heads',
    symbol: 'H',
    help: 'Query heads. Heads times head size is the width of the queries.',
  },
  kvHeads: {
    label: 'Key/value heads',
    symbol: 'G',
    help: 'Heads of keys and values: equal to the heads for multi-head, fewer for grouped-query, 1 for multi-query attention. Divides the heads.',
  },
  headSize: {
    label: 'Head size',
    symbol: 'd_h',
    help: 'Dimensions of one head; even, because rotary embedding turns pairs.',
  },
  rotaryBase: {
    label: 'Rotary base',
    symbol: 'b',
    help: 'Base of the rotary frequencies b^(-2i/d_h). Larger bases turn slower and suit longer contexts.',
  },
};

function check(options: SoftmaxAttention, shape: LayerShape): Problem[] {
  const problems: Problem[] = [];
  const { heads, kvHeads, headSize } = options;
  if (heads * headSize !== shape.width) {
    const ways: string[] = [];
    if (shape.width % heads === 0) ways.push(`head size to ${shape.width / heads}`);
    if (shape.width % headSize === 0) ways.push(`heads to ${shape.width / headSize}`);
    if (ways.length === 0) ways.push(`heads to ${nearestDivisors(shape.width, heads).join(' or ')}`);
    const divides = shape.width % heads === 0 ? '' : ', and do not divide it';
    problems.push({
      path: 'heads',
      message: `heads ${heads} with head size ${headSize} give ${heads * headSize}, not the width ${shape.width}${divides}: set ${ways.join(' or ')}`,
    });
  }
  if (heads % kvHeads !== 0) {
    problems.push({
      path: 'kvHeads',
      message: `key/value heads ${kvHeads} do not divide the heads ${heads}: set key/value heads to ${nearestDivisors(heads, kvHeads).join(' or ')}`,
    });
  }
  if (headSize % 2 !== 0) {
    problems.push({
      path: 'headSize',
      message: `head size ${headSize} is odd, but rotary embedding turns pairs: set head size to ${headSize - 1 || 2} or ${headSize + 1}`,
    });
  }
  return problems;
}

function parameters(options: SoftmaxAttention, shape: LayerShape): ParameterSpec[] {
  const d = shape.width;
  const queryWidth = options.heads * options.headSize;
  const keyWidth = options.kvHeads * options.headSize;
  return [
    { name: 'norm.gain', shape: [d], initialiser: { kind: 'ones' }, decay: false },
    { name: 'query.weight', shape: [d, queryWidth], initialiser: { kind: 'normal' }, decay: true },
    { name: 'key.weight', shape: [d, keyWidth], initialiser: { kind: 'normal' }, decay: true },
    { name: 'value.weight', shape: [d, keyWidth], initialiser: { kind: 'normal' }, decay: true },
    { name: 'output.weight', shape: [queryWidth, d], initialiser: { kind: 'residual' }, decay: true },
  ];
}

/**
 * Per token at context T: the four projections, and 4*T*H*h for scores and weighted sum. The score products are counted
 * in full (every query against T keys), as is usual for FLOP budgets; the causal half is not taken off.
 */
function counts(options: SoftmaxAttention, shape: LayerShape): PartCounts {
  const d = shape.width;
  const queryWidth = options.heads * options.headSize;
  const keyWidth = options.kvHeads * options.headSize;
  const matrices = 2 * d * queryWidth + 2 * d * keyWidth;
  const forwardFlops = 2 * matrices + 4 * shape.context * queryWidth;
  return {
    parameters: matrices + d,
    activeParameters: matrices + d,
    forwardFlops,
    activeForwardFlops: forwardFlops,
    matrixFlops: 2 * matrices,
  };
}

/** Numbers kept per token for generation: one key and one value of each key/value head. */
function cachedNumbersPerToken(options: SoftmaxAttention): number {
  return 2 * options.kvHeads * options.headSize;
}

/** cos and sin of position * base^(-2i/h), [T, h], with equal halves (rotate-half form). */
export function rotaryTables(
  context: number,
  headSize: number,
  base: number,
): { cos: Float32Array; sin: Float32Array } {
  const cos = new Float32Array(context * headSize);
  const sin = new Float32Array(context * headSize);
  const half = headSize / 2;
  for (let position = 0; position < context; position++) {
    for (let column = 0; column < headSize; column++) {
      const angle = position * base ** ((-2 * (column % half)) / headSize);
      cos[position * headSize + column] = Math.cos(angle);
      sin[position * headSize + column] = Math.sin(angle);
    }
  }
  return { cos, sin };
}

function splitHeads(
  ops: Ops,
  x_Nw: Tensor,
  context: ForwardContext,
  heads: number,
  headSize: number,
): Tensor {
  const x_BTHh = ops.reshape(x_Nw, [context.batch, context.context, heads, headSize]);
  return ops.transpose(x_BTHh, [0, 2, 1, 3]);
}

/** The attention half of a block: from the residual stream h_Nd to the stream after attention (norm and residual inside). */
function forward(
  options: SoftmaxAttention,
  parameters: Parameters,
  stream_Nd: Tensor,
  context: ForwardContext,
): Tensor {
  const { ops } = context;
  const { heads, kvHeads, headSize, rotaryBase } = options;
  const T = context.context;

  const x_Nd = ops.rmsNorm(stream_Nd, parameters['norm.gain']!, context.normEpsilon);
  const query_BHTh = splitHeads(ops, ops.matMul(x_Nd, parameters['query.weight']!), context, heads, headSize);
  const key_BGTh = splitHeads(ops, ops.matMul(x_Nd, parameters['key.weight']!), context, kvHeads, headSize);
  const value_BGTh = splitHeads(
    ops,
    ops.matMul(x_Nd, parameters['value.weight']!),
    context,
    kvHeads,
    headSize,
  );

  const key = `rotary ${T} ${headSize} ${rotaryBase}`;
  const cos_Th = context.once(`${key} cos`, () =>
    ops.constant(rotaryTables(T, headSize, rotaryBase).cos, [T, headSize]),
  );
  const sin_Th = context.once(`${key} sin`, () =>
    ops.constant(rotaryTables(T, headSize, rotaryBase).sin, [T, headSize]),
  );

  const mixed_BHTh = ops.causalAttention(
    ops.rotary(query_BHTh, cos_Th, sin_Th),
    ops.rotary(key_BGTh, cos_Th, sin_Th),
    value_BGTh,
    1 / Math.sqrt(headSize),
  );
  const mixed_Nw = ops.reshape(ops.transpose(mixed_BHTh, [0, 2, 1, 3]), [
    context.batch * T,
    heads * headSize,
  ]);
  return ops.add(stream_Nd, ops.matMul(mixed_Nw, parameters['output.weight']!));
}

export const softmaxAttention = {
  kind: 'softmax' as const,
  label: 'Softmax attention',
  schema: softmaxAttentionSchema,
  fields,
  check,
  parameters,
  counts,
  cachedNumbersPerToken,
  forward,
};
