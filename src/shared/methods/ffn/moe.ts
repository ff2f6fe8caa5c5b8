/**
 * Mixture of experts with softmax top-k routing, with or without a shared expert (Switch Transformer, arXiv 2101.03961;
 * shared and fine-grained experts: DeepSeekMoE, arXiv 2401.06066; router z-loss: ST-MoE, arXiv 2202.08906).
 *
 *   u = RMSNorm(h) ;  p = softmax(u R)
 *   y = S(u) + sum over the K largest p_i of p_i E_i(u)              S: optional shared expert
 *
 * Fine-grained is a variant: twice the experts, half as wide, twice as many per token.
 *
 * Axes: N tokens, d width, E experts.
 */
import { z } from 'zod';
import type {
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
  routerFields,
  routerHelps,
  sizeFields,
  sizeHelps,
  thirdOf,
  topKField,
  topKHelp,
} from './moe/options.ts';
import {
  addRouterLosses,
  expertWeights,
  firstRank,
  routerParameter,
  scoreExperts,
  topChoices,
} from './moe/router.ts';
import { normGain } from './swiglu.ts';

const schema = z.strictObject({
  kind: z.literal('moe'),
  ...sizeFields,
  ...topKField,
  ...routerFields,
  ...dispatchFields,
});
export type MoeFfn = z.infer<typeof schema>;

const fields: Record<keyof Omit<MoeFfn, 'kind'>, FieldHelp> = {
  ...sizeHelps,
  ...topKHelp,
  ...routerHelps,
  ...dispatchHelps,
};

function smoeShare(ffnWidth: number): MoeFfn {
  const W = thirdOf(ffnWidth);
  return schema.parse({ kind: 'moe', nExperts: 8, topK: 2, expertWidth: W, sharedWidth: W });
}

/** Layouts of equal total and active width: 9 W and 3 W units, W a third of the dense width. */
const variants = {
  'smoe-share': {
    label: 'SMoE-Share',
    summary: 'Top-2 of 8 experts beside a shared one.',
    options: smoeShare,
  },
  'smoe-top3': {
    label: 'SMoE-Top3',
    summary: 'Top-3 of 9 experts, none of them shared.',
    options: (ffnWidth: number): MoeFfn => ({
      ...smoeShare(ffnWidth),
      nExperts: 9,
      topK: 3,
      sharedWidth: 0,
    }),
  },
  'fine-grained': {
    label: 'Fine-grained MoE',
    summary: 'Top-4 of 16 half-width experts beside a full-width shared one.',
    options: (ffnWidth: number): MoeFfn => ({
      ...smoeShare(ffnWidth),
      nExperts: 16,
      topK: 4,
      expertWidth: Math.max(1, Math.round(ffnWidth / 6)),
    }),
  },
};

function parameters(options: MoeFfn, shape: LayerShape): ParameterSpec[] {
  return [
    normGain(shape.width),
    routerParameter('', shape.width, options.nExperts),
    ...expertParameters('', shape.width, options),
  ];
}

function counts(options: MoeFfn, shape: LayerShape): PartCounts {
  return countExperts(options, shape.width, { active: options.topK, most: options.topK, router: true });
}

function forward(
  options: MoeFfn,
  parameters: Parameters,
  stream_Nd: Tensor,
  context: ForwardContext,
): Tensor {
  const { ops } = context;
  const u_Nd = ops.rmsNorm(stream_Nd, parameters['norm.gain']!, context.normEpsilon);
  const scores = scoreExperts(parameters['router.weight']!, u_Nd, options.jitter, context);
  const first = firstRank(context.disableTop1 !== 'none', options);
  const chosen_NE = topChoices(ops, scores.logits_NE, options.topK, first);
  const weight_NE = expertWeights(ops, scores.probability_NE, chosen_NE, options.renormalise);
  addRouterLosses(options, scores, chosen_NE, context);
  const run = runExperts(options, parameters, u_Nd, { chosen_NE, weight_NE, most: options.topK }, context);
  tapExperts(context, [{ run, weight_NE, probability_NE: scores.probability_NE }]);
  return ops.add(stream_Nd, run.output_Nd);
}

export const moe = {
  kind: 'moe' as const,
  label: 'MoE (top-k)',
  summary: 'A softmax router sends every token to its K best experts; a shared expert may run beside them.',
  standing: 'baseline' as const,
  source: 'arXiv 2101.03961 (Switch Transformer); arXiv 2401.06066 (DeepSeekMoE); arXiv 2202.08906 (ST-MoE)',
  notice: null,
  schema,
  defaults: smoeShare,
  variants,
  fields,
  ...topKMembers<MoeFfn>(),
  check: (options: MoeFfn) => checkTopK(options),
  parameters,
  counts,
  reconstructed: () => [],
  nsarThresholds: () => [],
  forward,
} satisfies FfnMethod<MoeFfn>;
