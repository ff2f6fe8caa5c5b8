/**
 * LLaMA-MoE (arXiv 2406.16554): one dense FFN of width D cut into n equal contiguous experts under a softmax top-k
 * router. The baseline of DSMoE, which cuts the FFN in the same way. Trained from scratch here, from slices of the dense
 * initial draw.
 *
 *   p = softmax(u R) ;  y = factor * sum over the K largest p_i of p_i E_i(u) ;  factor: `rescale`
 *
 * Axes: N tokens, d width, n experts.
 */
import { z } from 'zod';
import { mendsTo, type Problem } from '../../errors.ts';
import { nearestDivisors, nearestMultiples } from '../divisors.ts';
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
import { resizedTopK, routedLayout } from './moe/layout.ts';
import {
  checkTopK,
  dispatchFields,
  dispatchHelps,
  routerFields,
  routerHelps,
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
  kind: z.literal('llamamoe'),
  width: z.int().positive(), // D, over all experts
  nExperts: z.int().positive().default(8), // n
  ...topKField,
  rescale: z.enum(['none', 'nOverK', 'n']).default('nOverK'),
  ...routerFields,
  ...dispatchFields,
});
export type LlamaMoeFfn = z.infer<typeof schema>;

const fields: Record<keyof Omit<LlamaMoeFfn, 'kind'>, FieldHelp> = {
  width: {
    label: 'FFN width',
    symbol: 'D',
    help: 'Intermediate units over all experts; a multiple of the experts.',
  },
  nExperts: { ...sizeHelps.nExperts, symbol: 'n', help: 'Equal contiguous slices of the FFN.' },
  ...topKHelp,
  rescale: {
    label: 'Rescale the output',
    help: 'Factor on the weighted sum of the experts: none, n / K, or n, with which equal weights of all experts give back the dense FFN.',
    standing: 'ours',
  },
  ...routerHelps,
  ...dispatchHelps,
};

function check(options: LlamaMoeFfn): Problem[] {
  const { width: D, nExperts: n } = options;
  const problems = checkTopK(options);
  if (D % n === 0) return problems;
  return [
    ...problems,
    {
      path: 'width',
      message: `FFN width D = ${D} is not divisible by experts n = ${n}: set FFN width D to ${nearestMultiples(n, D).join(' or ')}, or experts n to ${nearestDivisors(D, n).join(' or ')}`,
      mends: [
        ...mendsTo('width', 'D', nearestMultiples(n, D)),
        ...mendsTo('nExperts', 'experts', nearestDivisors(D, n)),
      ],
    },
  ];
}

/** The sizes behind the shared building blocks: all units are routed. */
function sizes(options: LlamaMoeFfn) {
  return { ...options, expertWidth: options.width / options.nExperts, sharedWidth: 0 };
}

function parameters(options: LlamaMoeFfn, shape: LayerShape): ParameterSpec[] {
  return [
    normGain(shape.width),
    routerParameter('', shape.width, options.nExperts),
    ...expertParameters('', shape.width, sizes(options), true),
  ];
}

function counts(options: LlamaMoeFfn, shape: LayerShape): PartCounts {
  const { topK } = options;
  return countExperts(sizes(options), shape.width, { active: topK, most: topK, router: true });
}

function forward(
  options: LlamaMoeFfn,
  parameters: Parameters,
  stream_Nd: Tensor,
  context: ForwardContext,
): Tensor {
  const { ops } = context;
  const { topK, nExperts: n } = options;
  const u_Nd = ops.rmsNorm(stream_Nd, parameters['norm.gain']!, context.normEpsilon);
  const scores = scoreExperts(parameters['router.weight']!, u_Nd, options.jitter, context);
  const first = firstRank(context.disableTop1 !== 'none', options);
  const chosen_NE = topChoices(ops, scores.logits_NE, topK, first);
  const weight_NE = expertWeights(ops, scores.probability_NE, chosen_NE, options.renormalise);
  addRouterLosses(options, scores, chosen_NE, context);
  const run = runExperts(sizes(options), parameters, u_Nd, { chosen_NE, weight_NE, most: topK }, context);
  tapExperts(context, [{ run, weight_NE, probability_NE: scores.probability_NE }]);
  const factor = { none: 1, nOverK: n / topK, n }[options.rescale];
  return ops.add(stream_Nd, factor === 1 ? run.output_Nd : ops.scale(run.output_Nd, factor));
}

export const llamamoe = {
  kind: 'llamamoe' as const,
  label: 'LLaMA-MoE',
  summary: 'A dense FFN cut into equal experts under a softmax top-k router: the baseline of DSMoE.',
  standing: 'baseline' as const,
  source: 'arXiv 2406.16554 (LLaMA-MoE)',
  notice: null,
  schema,
  /** Nine experts of W = D / 3 units, three per token: D of 3 D units run. */
  defaults: (ffnWidth: number): LlamaMoeFfn =>
    schema.parse({
      kind: 'llamamoe',
      width: 9 * thirdOf(ffnWidth),
      nExperts: 9,
      topK: 3,
    }),
  matchedWidth: ({ width }: LlamaMoeFfn) => thirdOf(width),
  units: ({ width }: LlamaMoeFfn) => width,
  fields,
  check,
  parameters,
  counts,
  experts: ({ nExperts, topK }: LlamaMoeFfn) => routedLayout(nExperts, topK, 0),
  withLayout: (options: LlamaMoeFfn, groups: number, perGroup: number): LlamaMoeFfn => ({
    ...options,
    nExperts: groups * perGroup,
    topK: resizedTopK(options.topK, options.nExperts, groups * perGroup),
  }),
  reconstructed: () => ['rescale'],
  nsarThresholds: () => [],
  forward,
} satisfies FfnMethod<LlamaMoeFfn>;
