/**
 * Hash Layer (arXiv 2106.04426): every token type is assigned to K experts once, before training; there is no router.
 *
 *   y = S(u) + 1/K * sum over the K experts i assigned to the input id of E_i(u)          S: optional shared expert
 *
 * The table [V, E] is a buffer, stored with the checkpoint. Axes: N tokens, d width, E experts, V vocabulary.
 */
import { z } from 'zod';
import { uniforms } from '../../random.ts';
import type {
  BufferSpec,
  FfnMethod,
  FieldHelp,
  ForwardContext,
  LayerShape,
  ParameterSpec,
  Parameters,
  PartCounts,
} from '../method.ts';
import type { Tensor } from '../ops.ts';
import { countExperts } from './moe/counts.ts';
import { expertParameters, runExperts, tapExperts } from './moe/experts.ts';
import { topKMembers } from './moe/layout.ts';
import {
  checkTopK,
  dispatchFields,
  dispatchHelps,
  sizeFields,
  sizeHelps,
  thirdOf,
  topKField,
  topKHelp,
} from './moe/options.ts';
import { drawExpertTable } from './moe/table.ts';
import { normGain } from './swiglu.ts';

const schema = z.strictObject({
  kind: z.literal('hash'),
  ...sizeFields,
  ...topKField,
  hashDraw: z.enum(['random', 'balanced']).default('random'),
  hashPerLayer: z.boolean().default(true),
  hashSeed: z.int().nonnegative().default(0),
  ...dispatchFields,
});
export type HashFfn = z.infer<typeof schema>;

const fields: Record<keyof Omit<HashFfn, 'kind'>, FieldHelp> = {
  ...sizeHelps,
  ...topKHelp,
  hashDraw: {
    label: 'Assignment',
    help: 'random: distinct experts drawn uniformly for every token id. balanced: frequent ids first, each to the experts with the fewest tokens of the training split.',
  },
  hashPerLayer: {
    label: 'Own table per layer',
    help: 'Every layer draws a table of its own; off: all layers use the same one.',
  },
  hashSeed: { label: 'Table seed', help: 'Seed of the assignment; the run seed does not change it.' },
  ...dispatchHelps,
};

function parameters(options: HashFfn, shape: LayerShape): ParameterSpec[] {
  return [normGain(shape.width), ...expertParameters('', shape.width, options)];
}

/** `assigned` [V, E]: K ones in every row. */
function buffers(options: HashFfn, { vocabulary }: LayerShape): BufferSpec[] {
  const { nExperts, topK, hashSeed } = options;
  return [
    {
      name: 'assigned',
      shape: [vocabulary, nExperts],
      values: ({ counts, layer }) =>
        drawExpertTable({
          vocabulary,
          nExperts,
          expertsOf: () => topK,
          draw: options.hashDraw,
          counts,
          random: uniforms(hashSeed, options.hashPerLayer ? `hash/${layer}` : 'hash'),
        }),
    },
  ];
}

function counts(options: HashFfn, shape: LayerShape): PartCounts {
  return countExperts(options, shape.width, { active: options.topK, most: options.topK, router: false });
}

function forward(
  options: HashFfn,
  parameters: Parameters,
  stream_Nd: Tensor,
  context: ForwardContext,
): Tensor {
  const { ops } = context;
  const u_Nd = ops.rmsNorm(stream_Nd, parameters['norm.gain']!, context.normEpsilon);
  const chosen_NE = ops.stopGradient(ops.gatherRows(context.buffer('assigned'), context.inputs));
  const weight_NE = ops.scale(chosen_NE, 1 / options.topK);
  const run = runExperts(options, parameters, u_Nd, { chosen_NE, weight_NE, most: options.topK }, context);
  tapExperts(context, [{ run, weight_NE }]);
  return ops.add(stream_Nd, run.output_Nd);
}

export const hash = {
  kind: 'hash' as const,
  label: 'Hash Layer',
  summary: 'Every token type is assigned to fixed experts before training; nothing is routed.',
  standing: 'baseline' as const,
  source: 'arXiv 2106.04426 (Hash Layers)',
  notice: null,
  schema,
  defaults: (ffnWidth: number): HashFfn => {
    const W = thirdOf(ffnWidth);
    return schema.parse({ kind: 'hash', expertWidth: W, sharedWidth: W });
  },
  fields,
  ...topKMembers<HashFfn>(),
  check: (options: HashFfn) => checkTopK(options),
  parameters,
  counts,
  reconstructed: () => [],
  nsarThresholds: () => [],
  buffers,
  forward,
} satisfies FfnMethod<HashFfn>;
