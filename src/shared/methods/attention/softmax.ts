/**
 * Causal softmax attention with rotary position encoding: multi-head (kvHeads = heads), grouped-query
 * (1 < kvHeads < heads) and multi-query (kvHeads = 1), as in LLaMA. No biases. A layer may share its attention map, or
 * its keys and values, with later layers, or take them from an earlier one (its role).
 *
 *   whole, leader             a = (A V) W_O,  A = softmax(Q K^T / sqrt(h) + causal mask)
 *   follower of a map         a = (A' V) W_O + u W_c         A' of the leader; no Q, no K (UniAttn, arXiv 2502.00439)
 *   follower of keys, values  a = (softmax(Q K'^T / sqrt(h) + causal mask) V') W_O      (CLA, arXiv 2405.12981)
 *
 * Axes: B batch, T position, N = B*T tokens, d width, H heads, G key/value heads, h head size.
 */
import { z } from 'zod';
import { mendsTo, type Problem, problemUnder } from '../../errors.ts';
import { nearestDivisors } from '../divisors.ts';
import type {
  FieldHelp,
  ForwardContext,
  Initialiser,
  LayerShape,
  ParameterSpec,
  Parameters,
  PartCounts,
} from '../method.ts';
import type { AttentionMap, Ops, Tensor } from '../ops.ts';
import { positionMethod, positionSchema } from '../position/index.ts';
import { type HeadLayout, rotaryTables } from '../position/position.ts';
import type { AttentionRole, SharedState } from '../sharing/sharing.ts';

export const softmaxAttentionSchema = z.strictObject({
  kind: z.literal('softmax'),
  heads: z.int().positive(), // H
  kvHeads: z.int().positive(), // G
  headSize: z.int().positive(), // h
  position: positionSchema.default({ kind: 'rope', base: 10_000 }),
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
  position: {
    label: 'Position encoding',
    help: 'How queries and keys are turned by their position: one base, an extended context, or a base for each head.',
  },
};

/** `layer` where the rule depends on it: the index in the expanded stack. */
function layoutOf(options: SoftmaxAttention, layer: number): HeadLayout {
  const { heads, kvHeads, headSize } = options;
  return { heads, kvHeads, headSize, layer };
}

function check(options: SoftmaxAttention, shape: LayerShape): Problem[] {
  const problems: Problem[] = [];
  const { heads, kvHeads, headSize } = options;
  if (heads * headSize !== shape.width) {
    const ways: string[] = [];
    if (shape.width % heads === 0) ways.push(`head size to ${shape.width / heads}`);
    if (shape.width % headSize === 0) ways.push(`heads to ${shape.width / headSize}`);
    if (ways.length === 0) ways.push(`heads to ${nearestDivisors(shape.width, heads).join(' or ')}`);
    // Fewer heads with the head size kept, or the head size with the heads kept. Neither: heads first, then their size.
    const mends = [
      ...(shape.width % heads === 0 ? mendsTo('headSize', 'head size', [shape.width / heads]) : []),
      ...(shape.width % headSize === 0 ? mendsTo('heads', 'heads', [shape.width / headSize]) : []),
    ];
    if (mends.length === 0) mends.push(...mendsTo('heads', 'heads', nearestDivisors(shape.width, heads)));
    const divides = shape.width % heads === 0 ? '' : ', and do not divide it';
    problems.push({
      path: 'heads',
      message: `heads ${heads} with head size ${headSize} give ${heads * headSize}, not the width ${shape.width}${divides}: set ${ways.join(' or ')}`,
      mends,
    });
  }
  if (heads % kvHeads !== 0) {
    problems.push({
      path: 'kvHeads',
      message: `key/value heads ${kvHeads} do not divide the heads ${heads}: set key/value heads to ${nearestDivisors(heads, kvHeads).join(' or ')}`,
      mends: mendsTo('kvHeads', 'key/value heads', nearestDivisors(heads, kvHeads)),
    });
  }
  if (headSize % 2 !== 0) {
    problems.push({
      path: 'headSize',
      message: `head size ${headSize} is odd, but rotary embedding turns pairs: set head size to ${headSize - 1 || 2} or ${headSize + 1}`,
      mends: mendsTo('headSize', 'head size', [headSize - 1 || 2, headSize + 1]),
    });
  }
  if (problems.length > 0) return problems;
  return positionMethod(options.position.kind)
    .check(options.position, layoutOf(options, 0))
    .map((problem) => problemUnder('position', problem));
}

function parameters(options: SoftmaxAttention, shape: LayerShape, role: AttentionRole): ParameterSpec[] {
  const d = shape.width;
  const queryWidth = options.heads * options.headSize;
  const keyWidth = options.kvHeads * options.headSize;
  const matrix = (name: string, rows: number, columns: number): ParameterSpec => ({
    name,
    shape: [rows, columns],
    initialiser: { kind: 'normal' },
    decay: true,
  });
  const norm: ParameterSpec = { name: 'norm.gain', shape: [d], initialiser: { kind: 'ones' }, decay: false };
  const query = matrix('query.weight', d, queryWidth);
  const key = matrix('key.weight', d, keyWidth);
  const value = matrix('value.weight', d, keyWidth);
  const output: ParameterSpec = {
    ...matrix('output.weight', queryWidth, d),
    initialiser: { kind: 'residual' },
  };
  if (role.kind !== 'follower') return [norm, query, key, value, output];
  if (role.shares === 'keyValue') return [norm, query, output];
  if (role.compensation === 'none') return [norm, value, output];
  const initialiser: Initialiser = role.compensation === 'zero' ? { kind: 'zeros' } : { kind: 'normal' };
  return [norm, value, output, { ...matrix('compensation.weight', d, d), initialiser }];
}

/**
 * Per token at context T: the projections that the role has, and 2*T*H*h each for scores and weighted sum (followers of
 * a map compute no scores). The score products are counted in full (every query against T keys), as is usual for FLOP
 * budgets; the causal half is not taken off.
 */
function counts(options: SoftmaxAttention, shape: LayerShape, role: AttentionRole): PartCounts {
  const matrices = parameters(options, shape, role)
    .filter((spec) => spec.shape.length === 2)
    .reduce((sum, spec) => sum + spec.shape[0]! * spec.shape[1]!, 0);
  const products = role.kind === 'follower' && role.shares === 'map' ? 1 : 2;
  const forwardFlops = 2 * matrices + 2 * products * shape.context * options.heads * options.headSize;
  return {
    parameters: matrices + shape.width,
    activeParameters: matrices + shape.width,
    forwardFlops,
    activeForwardFlops: forwardFlops,
    matrixFlops: 2 * matrices,
  };
}

/** Numbers kept per token for generation: one key and one value of each key/value head, less what a follower takes. */
function cachedNumbersPerToken(options: SoftmaxAttention, role: AttentionRole): number {
  const width = options.kvHeads * options.headSize;
  if (role.kind !== 'follower') return 2 * width;
  return role.shares === 'map' ? width : 0;
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

/** x_BHTh turned by its positions; heads of one key/value group turn alike. */
function rotated(
  options: SoftmaxAttention,
  x_BHTh: Tensor,
  heads: number,
  layer: number,
  context: ForwardContext,
): Tensor {
  const { ops } = context;
  const T = context.context;
  const { position, kvHeads, headSize } = options;
  const rotation = positionMethod(position.kind).rotation(position, layoutOf(options, layer));
  // Layers with the same rotation share its constants, whichever position object it came from.
  const perHead = rotation.frequencies.length > 1;
  const key = `rotary ${T} ${headSize} ${perHead ? `${heads} ${kvHeads} ` : ''}${rotation.amplitude} ${rotation.frequencies.join(' ')}`;
  const constant = (which: 'cos' | 'sin') =>
    context.once(`${key} ${which}`, () => {
      const tables = rotaryTables(rotation, T, heads);
      return ops.constant(tables[which], tables.shape);
    });
  return ops.rotary(x_BHTh, constant('cos'), constant('sin'));
}

/** The attention half of a block, and what it leaves for its followers if it is a leader. */
export interface AttentionResult {
  readonly stream: Tensor; // [N, d]
  readonly shared: SharedState | null;
}

/**
 * From the residual stream h_Nd to the stream after attention (norm and residual inside). `layer`: index in the
 * expanded stack. `taken`: what the leader of a follower left, null for other roles. Tap: `map` [B, H, T, T], the
 * attention weights A of the layer.
 */
function forward(
  options: SoftmaxAttention,
  parameters: Parameters,
  stream_Nd: Tensor,
  context: ForwardContext,
  layer: number,
  role: AttentionRole,
  taken: SharedState | null,
): AttentionResult {
  const { ops, tap } = context;
  const { heads, kvHeads, headSize } = options;
  const scale = 1 / Math.sqrt(headSize);
  const u_Nd = ops.rmsNorm(stream_Nd, parameters['norm.gain']!, context.normEpsilon);
  const project = (name: string, count: number) =>
    splitHeads(ops, ops.matMul(u_Nd, parameters[`${name}.weight`]!), context, count, headSize);
  const tapMap = (make: () => AttentionMap) => tap?.('map', () => ops.attentionMatrix(make()));
  /** h + mixed W_O, the heads side by side again. */
  const output = (mixed_BHTh: Tensor) => {
    const mixed_Nw = ops.reshape(ops.transpose(mixed_BHTh, [0, 2, 1, 3]), [u_Nd.shape[0]!, heads * headSize]);
    return ops.matMul(mixed_Nw, parameters['output.weight']!);
  };

  if (role.kind === 'follower' && taken?.shares === 'map') {
    const { map } = taken;
    tapMap(() => map);
    let update_Nd = output(ops.applyAttention(map, project('value', kvHeads)));
    const compensation_dd = parameters['compensation.weight'];
    if (compensation_dd !== undefined) update_Nd = ops.add(update_Nd, ops.matMul(u_Nd, compensation_dd));
    return { stream: ops.add(stream_Nd, update_Nd), shared: null };
  }

  // Queries of a follower meet the keys of its leader, and so turn as the leader's.
  const turning = role.kind === 'follower' ? role.leader : layer;
  const rawQuery_BHTh = project('query', heads);
  const rawKey_BGTh = taken === null ? project('key', kvHeads) : null;
  const value_BGTh = taken?.shares === 'keyValue' ? taken.value : project('value', kvHeads);
  const query_BHTh = rotated(options, rawQuery_BHTh, heads, turning, context);
  const key_BGTh =
    taken?.shares === 'keyValue' ? taken.key : rotated(options, rawKey_BGTh!, kvHeads, turning, context);

  if (role.kind === 'leader' && role.shares === 'map') {
    const map = ops.attentionMap(query_BHTh, key_BGTh, scale);
    tapMap(() => map);
    const update_Nd = output(ops.applyAttention(map, value_BGTh));
    return { stream: ops.add(stream_Nd, update_Nd), shared: { shares: 'map', map } };
  }
  tapMap(() => ops.attentionMap(query_BHTh, key_BGTh, scale));
  const update_Nd = output(ops.causalAttention(query_BHTh, key_BGTh, value_BGTh, scale));
  const shared: SharedState | null =
    role.kind === 'leader' ? { shares: 'keyValue', key: key_BGTh, value: value_BGTh } : null;
  return { stream: ops.add(stream_Nd, update_Nd), shared };
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
