/**
 * Mixture of experts with top-p routing (Harder Tasks Need More Experts, arXiv 2403.07652): a token runs as many experts
 * as it takes for their router probabilities to reach P, the one that crosses P included. The paper's entropy loss is
 * not part of it; CartesianMoE compares with P = 0.4.
 *
 *   p = softmax(u R), in descending order ;  y = S(u) + sum over i with p_1 + ... + p_(i-1) < P of p_i E_i(u)
 *
 * Axes: N tokens, d width, E experts.
 */
import { z } from 'zod';
import { mendsTo, type Problem } from '../../errors.ts';
import { uniforms } from '../../random.ts';
import type {
  CountAssumptions,
  FfnMethod,
  FieldHelp,
  ForwardContext,
  LayerShape,
  ParameterSpec,
  Parameters,
  PartCounts,
} from '../method.ts';
import type { Ops, Tensor } from '../ops.ts';
import { countExperts } from './moe/counts.ts';
import { expertParameters, runExperts, tapExperts } from './moe/experts.ts';
import { matchedWidthOf, resized, routedLayout } from './moe/layout.ts';
import {
  dispatchFields,
  dispatchHelps,
  routerFields,
  routerHelps,
  sizeFields,
  sizeHelps,
  thirdOf,
  unitsOf,
} from './moe/options.ts';
import {
  addRouterLosses,
  expertWeights,
  firstRank,
  routerParameter,
  type Scores,
  scoreExperts,
} from './moe/router.ts';
import { normGain } from './swiglu.ts';

const schema = z.strictObject({
  kind: z.literal('topp'),
  ...sizeFields,
  topP: z.number().positive().max(1).default(0.4), // P
  maxExperts: z.int().nonnegative().default(0),
  ...routerFields,
  ...dispatchFields,
});
export type ToppFfn = z.infer<typeof schema>;

const fields: Record<keyof Omit<ToppFfn, 'kind'>, FieldHelp> = {
  ...sizeHelps,
  topP: {
    label: 'Probability to reach',
    symbol: 'P',
    help: 'Experts run in descending probability until their sum reaches this, the one that crosses included; higher runs more.',
  },
  maxExperts: {
    label: 'Most experts per token',
    help: 'No token runs more experts than this; 0: no limit. Capacity dispatch needs a limit.',
    standing: 'ours',
  },
  ...routerHelps,
  ...dispatchHelps,
};

function check({ maxExperts, nExperts, dispatch }: ToppFfn): Problem[] {
  if (maxExperts > nExperts) {
    return [
      {
        path: 'maxExperts',
        message: `maxExperts = ${maxExperts} exceeds nExperts = ${nExperts}: set maxExperts to ${nExperts} or less (0: no limit), or nExperts to ${maxExperts} or more`,
        mends: [
          ...mendsTo('maxExperts', 'maxExperts', [nExperts]),
          ...mendsTo('nExperts', 'nExperts', [maxExperts]),
        ],
      },
    ];
  }
  if (dispatch === 'dense' || maxExperts > 0) return [];
  return [
    {
      path: 'maxExperts',
      message: `dispatch = capacity needs a limit of experts per token, but maxExperts = 0: set maxExperts from 1 to ${nExperts}, or dispatch to dense`,
      mends: [
        ...mendsTo('maxExperts', 'maxExperts', [nExperts]),
        ...mendsTo('dispatch', 'dispatch', ['dense']),
      ],
    },
  ];
}

function parameters(options: ToppFfn, shape: LayerShape): ParameterSpec[] {
  return [
    normGain(shape.width),
    routerParameter('', shape.width, options.nExperts),
    ...expertParameters('', shape.width, options),
  ];
}

/** Experts that one token can choose. */
function mostExperts({ maxExperts, nExperts }: ToppFfn): number {
  return maxExperts === 0 ? nExperts : maxExperts;
}

const expectations = new Map<string, number>();

/**
 * Mean experts per token at initialisation, where u has norm sqrt(d) and the router is N(0, 0.02^2), so that logits are
 * N(0, 0.0004 d): the mean over 2,000 tokens drawn from a fixed seed (standard error below 0.02 for 16 experts). Trained
 * routers are more certain and run fewer.
 */
function expectedActive(options: ToppFfn, d: number): number {
  const { nExperts, topP } = options;
  const most = mostExperts(options);
  const key = `${nExperts} ${topP} ${most} ${d}`;
  const known = expectations.get(key);
  if (known !== undefined) return known;
  const uniform = uniforms(0, 'topp');
  const tokens = 2000;
  let chosen = 0;
  for (let token = 0; token < tokens; token++) {
    const odds = Array.from({ length: nExperts }, () => {
      const normal = Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform());
      return Math.exp(0.02 * Math.sqrt(d) * normal);
    }).sort((a, b) => b - a);
    const target = topP * odds.reduce((sum, value) => sum + value, 0);
    let count = 0;
    for (let before = 0; count < most && before < target; count++) before += odds[count]!;
    chosen += count;
  }
  expectations.set(key, chosen / tokens);
  return chosen / tokens;
}

function counts(options: ToppFfn, shape: LayerShape, assumptions: CountAssumptions = {}): PartCounts {
  const active = assumptions.activeExperts ?? expectedActive(options, shape.width);
  const most = mostExperts(options);
  return countExperts(options, shape.width, { active: Math.min(most, active), most, router: true });
}

/**
 * 1 for the experts from rank `first` on whose predecessors, from there, add up to less than P: so the expert that
 * reaches P is the last one. At most `most` of them. No gradient.
 */
function nucleus(
  ops: Ops,
  { logits_NE, probability_NE }: Scores,
  P: number,
  most: number,
  first: 0 | 1,
): Tensor {
  const [N, E] = logits_NE.shape as [number, number];
  const rank_NE = ops.ranks(logits_NE);
  const begin = ops.constant(first);
  // [n, i, j]: 1 where expert j stands before expert i.
  const before_NEE = ops.greater(ops.reshape(rank_NE, [N, E, 1]), ops.reshape(rank_NE, [N, 1, E]));
  const eligible_NE = ops.sub(ops.constant(1), ops.greater(begin, rank_NE));
  const p_N1E = ops.reshape(ops.mul(ops.stopGradient(probability_NE), eligible_NE), [N, 1, E]);
  const reached_NE = ops.sum(ops.mul(before_NEE, p_N1E), [2]);
  const wanted_NE = ops.mul(eligible_NE, ops.greater(ops.constant(P), reached_NE));
  if (most === E) return wanted_NE;
  return ops.mul(wanted_NE, ops.greater(ops.constant(first + most), rank_NE));
}

function forward(
  options: ToppFfn,
  parameters: Parameters,
  stream_Nd: Tensor,
  context: ForwardContext,
): Tensor {
  const { ops } = context;
  const most = mostExperts(options);
  const u_Nd = ops.rmsNorm(stream_Nd, parameters['norm.gain']!, context.normEpsilon);
  const scores = scoreExperts(parameters['router.weight']!, u_Nd, options.jitter, context);
  const first = firstRank(context.disableTop1 !== 'none', { ...options, topK: 1 });
  const chosen_NE = nucleus(ops, scores, options.topP, most, first);
  const weight_NE = expertWeights(ops, scores.probability_NE, chosen_NE, options.renormalise);
  addRouterLosses(options, scores, chosen_NE, context);
  const run = runExperts(options, parameters, u_Nd, { chosen_NE, weight_NE, most }, context);
  tapExperts(context, [{ run, weight_NE, probability_NE: scores.probability_NE }]);
  return ops.add(stream_Nd, run.output_Nd);
}

export const topp = {
  kind: 'topp' as const,
  label: 'MoE (top-p)',
  summary: 'A softmax router runs as many experts as it takes for their probabilities to reach P.',
  standing: 'baseline' as const,
  source: 'arXiv 2403.07652 (Harder Tasks Need More Experts)',
  notice: null,
  schema,
  /** At most two routed experts: with the shared one a token never runs more than D = 3 W units. */
  defaults: (ffnWidth: number): ToppFfn => {
    const W = thirdOf(ffnWidth);
    return schema.parse({ kind: 'topp', expertWidth: W, sharedWidth: W, maxExperts: 2 });
  },
  matchedWidth: (options: ToppFfn) => matchedWidthOf(options),
  units: (options: ToppFfn) => unitsOf(options),
  fields,
  check,
  parameters,
  counts,
  experts: ({ nExperts, sharedWidth }: ToppFfn) => routedLayout(nExperts, null, sharedWidth),
  withLayout: (options: ToppFfn, groups: number, perGroup: number): ToppFfn => ({
    ...options,
    ...resized(options, groups * perGroup),
    maxExperts: Math.round((options.maxExperts * groups * perGroup) / options.nExperts),
  }),
  reconstructed: ({ maxExperts }: ToppFfn) => (maxExperts > 0 ? ['maxExperts'] : []),
  nsarThresholds: () => [],
  forward,
} satisfies FfnMethod<ToppFfn>;
