/**
 * MaskMoE (arXiv 2407.09816): a mask in front of the router lets every token type see only some of the experts, a rare
 * type one, a frequent type several. Only that principle is the paper's; the layer below is ours.
 *
 *   before training:  S_v  = V_v of the N experts for every token type v (V_v: vFrequent or vRare)
 *   p = softmax(u R + m_v)             m_v,i = 0 if i in S_v, else minus infinity; v the input id of the position
 *   y = S(u) + sum_{i in TopK(p), i in S_v} p_i E_i(u)
 *
 * V = N gives the plain MoE, V = 1 Hash Layer: p is exactly 1, and the router gets no gradient from such a token.
 *
 * Axes: N tokens, d width, E experts, V vocabulary.
 */
import { z } from 'zod';
import { FinegrainError, mendsTo, type Problem } from '../../errors.ts';
import { uniforms } from '../../random.ts';
import type {
  BufferSpec,
  CountAssumptions,
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
import { matchedWidthOf, resizedTopK, routedLayout } from './moe/layout.ts';
import {
  checkTopK,
  dispatchFields,
  dispatchHelps,
  type ExpertSizes,
  routerFields,
  routerHelps,
  sizeFields,
  sizeHelps,
  thirdOf,
  topKHelp,
  unitsOf,
} from './moe/options.ts';
import { addRouterLosses, expertWeights, routerParameter, scoreExperts, topChoices } from './moe/router.ts';
import { drawExpertTable } from './moe/table.ts';
import { normGain } from './swiglu.ts';

const schema = z.strictObject({
  kind: z.literal('maskmoe'),
  nExperts: sizeFields.nExperts, // N of the paper
  topK: z.int().positive().default(1), // K
  expertWidth: sizeFields.expertWidth,
  sharedExpert: z.boolean().default(true),
  vFrequent: z.int().positive().default(4),
  vRare: z.int().positive().default(1),
  frequentRule: z.enum(['coverage', 'topN']).default('coverage'),
  freqCoverage: z.number().min(0).max(1).default(0.8),
  freqTopN: z.int().nonnegative().default(100),
  maskDraw: z.enum(['uniform', 'balanced']).default('uniform'),
  maskPerLayer: z.boolean().default(true),
  maskSeed: z.int().nonnegative().default(0),
  ...routerFields,
  ...dispatchFields,
});
export type MaskMoeFfn = z.infer<typeof schema>;

const fields: Record<keyof Omit<MaskMoeFfn, 'kind'>, FieldHelp> = {
  nExperts: { ...sizeHelps.nExperts, standing: 'ours' },
  topK: { ...topKHelp.topK, standing: 'ours' },
  expertWidth: { ...sizeHelps.expertWidth, standing: 'ours' },
  sharedExpert: {
    label: 'Shared expert',
    help: 'One more expert of the same width that runs for every token.',
    standing: 'ours',
  },
  vFrequent: {
    label: 'Experts a frequent type sees',
    symbol: 'V_freq',
    help: 'The router of a frequent token type chooses among so many experts; all of them: the plain MoE.',
    standing: 'ours',
  },
  vRare: {
    label: 'Experts a rare type sees',
    symbol: 'V',
    help: '1: a rare token type always goes to the same expert, as in Hash Layer. Types that the training text lacks are rare.',
    standing: 'secondary',
  },
  frequentRule: {
    label: 'Frequent by',
    help: 'coverage: the most frequent types that together make up the coverage share of the training tokens. topN: a number of types.',
    standing: 'ours',
  },
  freqCoverage: {
    label: 'Coverage of frequent types',
    help: 'Share of the training tokens that frequent types make up at least; 0: no type is frequent, 1: every type that occurs.',
    standing: 'ours',
  },
  freqTopN: {
    label: 'Number of frequent types',
    help: 'How many of the most frequent types count as frequent, for the rule topN.',
    standing: 'ours',
  },
  maskDraw: {
    label: 'Draw of the masks',
    help: 'uniform: the experts a type sees are drawn uniformly. balanced: in order of frequency, each type sees the experts with the fewest tokens so far.',
    standing: 'secondary',
  },
  maskPerLayer: {
    label: 'Masks per layer',
    help: 'Every layer draws its own masks. Off: one draw for all layers.',
    standing: 'secondary',
  },
  maskSeed: {
    label: 'Mask seed',
    help: 'Seed of the draw; it does not follow the seed of the run.',
    standing: 'ours',
  },
  ...routerHelps,
  balanceAlpha: { ...routerHelps.balanceAlpha, standing: 'ours' },
  ...dispatchHelps,
};

const sizesOf = (options: MaskMoeFfn): ExpertSizes & MaskMoeFfn => ({
  ...options,
  sharedWidth: options.sharedExpert ? options.expertWidth : 0,
});

function check(options: MaskMoeFfn, shape: LayerShape): Problem[] {
  const { nExperts: N } = options;
  const problems = checkTopK(options);
  for (const path of ['vFrequent', 'vRare'] as const) {
    if (options[path] <= N) continue;
    problems.push({
      path,
      message: `${path} = ${options[path]} exceeds nExperts = ${N}: set ${path} to ${N} or less, or nExperts to ${options[path]} or more`,
      mends: [...mendsTo(path, path, [N]), ...mendsTo('nExperts', 'nExperts', [options[path]])],
    });
  }
  if (options.frequentRule === 'topN' && options.freqTopN > shape.vocabulary) {
    problems.push({
      path: 'freqTopN',
      message: `freqTopN = ${options.freqTopN} exceeds the vocabulary ${shape.vocabulary}: set freqTopN to ${shape.vocabulary} or less`,
      mends: mendsTo('freqTopN', 'freqTopN', [shape.vocabulary]),
    });
  }
  return problems;
}

/** Parameters are the plain MoE's; the masks are a buffer. */
function parameters(options: MaskMoeFfn, { width: d }: LayerShape): ParameterSpec[] {
  return [
    normGain(d),
    routerParameter('', d, options.nExperts),
    ...expertParameters('', d, sizesOf(options)),
  ];
}

/**
 * Frequent token ids. They are ranked by count, ties by id; `coverage` takes the shortest prefix whose share of all
 * occurrences is at least `freqCoverage`, `topN` the first `freqTopN`. Ids that never occur are not frequent.
 */
export function frequentTokens(options: MaskMoeFfn, counts: ArrayLike<number>): Set<number> {
  const ranked = Array.from({ length: counts.length }, (_, id) => id)
    .filter((id) => counts[id]! > 0)
    .sort((a, b) => counts[b]! - counts[a]! || a - b);
  if (options.frequentRule === 'topN') return new Set(ranked.slice(0, options.freqTopN));
  // Both sums add in this order, so that they agree to the bit at coverage 1 even where counts are weighted fractions.
  const total = ranked.reduce((sum, id) => sum + counts[id]!, 0);
  const frequent = new Set<number>();
  let covered = 0;
  for (const id of ranked) {
    if (covered >= options.freqCoverage * total) break;
    frequent.add(id);
    covered += counts[id]!;
  }
  return frequent;
}

/** `visible` [V, N]: 1 where a token type sees an expert. */
function buffers(options: MaskMoeFfn, { vocabulary }: LayerShape): BufferSpec[] {
  const { nExperts, vFrequent, vRare } = options;
  return [
    {
      name: 'visible',
      shape: [vocabulary, nExperts],
      values: ({ counts, layer }) => {
        const frequent = frequentTokens(options, counts);
        return drawExpertTable({
          vocabulary,
          nExperts,
          expertsOf: (id) => (frequent.has(id) ? vFrequent : vRare),
          draw: options.maskDraw === 'balanced' ? 'balanced' : 'random',
          counts,
          random: uniforms(options.maskSeed, options.maskPerLayer ? `visible/${layer}` : 'visible'),
        });
      },
    },
  ];
}

/**
 * Routed experts that a token runs on average: min(K, V). Under `coverage` frequent types make up that share of the tokens;
 * under `topN` their share is known only from the text, and the larger number stands for all.
 */
function meanActive({ topK, vFrequent, vRare, frequentRule, freqCoverage }: MaskMoeFfn): number {
  const [frequent, rare] = [Math.min(topK, vFrequent), Math.min(topK, vRare)];
  if (frequentRule === 'topN') return Math.max(frequent, rare);
  return freqCoverage * frequent + (1 - freqCoverage) * rare;
}

function counts(options: MaskMoeFfn, { width }: LayerShape, assumptions: CountAssumptions = {}): PartCounts {
  return countExperts(sizesOf(options), width, {
    active: Math.min(options.nExperts, assumptions.activeExperts ?? meanActive(options)),
    most: options.topK,
    router: true,
  });
}

/**
 * The rank that each token's choices start from, [N, 1], where the first choice is taken away: 1 for tokens that see more
 * than K experts, 0 for the others, which keep theirs. Reports the share of the former as `top1Disabled`.
 */
function firstRanks(options: MaskMoeFfn, visible_NE: Tensor, context: ForwardContext): Tensor | 0 {
  if (context.disableTop1 === 'none') return 0;
  const { topK, vFrequent, vRare } = options;
  if (Math.max(vFrequent, vRare) <= topK) {
    throw new FinegrainError(
      'input.invalid',
      `The first choice of this maskmoe router cannot be disabled: no token type sees more than topK = ${topK} experts (vFrequent = ${vFrequent}, vRare = ${vRare}).`,
      `Measure a model with vFrequent of at least ${topK + 1}.`,
    );
  }
  const { ops } = context;
  const first_N1 = ops.greater(ops.sum(visible_NE, [1], true), ops.constant(topK));
  context.report('top1Disabled', ops.mean(first_N1));
  return first_N1;
}

function forward(
  options: MaskMoeFfn,
  parameters: Parameters,
  stream_Nd: Tensor,
  context: ForwardContext,
): Tensor {
  const { ops } = context;
  const u_Nd = ops.rmsNorm(stream_Nd, parameters['norm.gain']!, context.normEpsilon);
  const visible_NE = ops.stopGradient(ops.gatherRows(context.buffer('visible'), context.inputs));
  const scores = scoreExperts(parameters['router.weight']!, u_Nd, options.jitter, context, visible_NE);
  const { logits_NE, probability_NE } = scores;
  // Ranked by logits: a visible expert whose probability underflows still comes before every hidden one.
  const top_NE = topChoices(ops, logits_NE, options.topK, firstRanks(options, visible_NE, context));
  const chosen_NE = ops.mul(top_NE, visible_NE);
  const weight_NE = expertWeights(ops, probability_NE, chosen_NE, options.renormalise);
  addRouterLosses(options, scores, chosen_NE, context);
  const routing = { chosen_NE, weight_NE, most: options.topK };
  const run = runExperts(sizesOf(options), parameters, u_Nd, routing, context);
  tapExperts(context, [{ run, weight_NE, probability_NE }]);
  return ops.add(stream_Nd, run.output_Nd);
}

/** All of it but the number a rare type sees, the uniform draw and a draw per layer; of the rules the one in use. */
function reconstructed(options: MaskMoeFfn): string[] {
  const names = ['nExperts', 'topK', 'sharedExpert', 'vFrequent', 'frequentRule', 'maskSeed', 'balanceAlpha'];
  names.push(options.frequentRule === 'coverage' ? 'freqCoverage' : 'freqTopN');
  if (options.maskDraw === 'balanced') names.push('maskDraw');
  for (const name of ['renormalise', 'jitter', 'routerZ'] as const) if (options[name]) names.push(name);
  return names;
}

/** N routed experts and, with it, the shared one, all of equal width. */
const equalExperts = ({ nExperts, sharedExpert }: MaskMoeFfn) => nExperts + (sharedExpert ? 1 : 0);

function withLayout(options: MaskMoeFfn, groups: number, perGroup: number): MaskMoeFfn {
  const nExperts = groups * perGroup;
  const visible = (before: number) =>
    Math.min(nExperts, Math.max(1, Math.round((before * nExperts) / options.nExperts)));
  return {
    ...options,
    nExperts,
    expertWidth: (equalExperts(options) * options.expertWidth) / equalExperts({ ...options, nExperts }),
    topK: resizedTopK(options.topK, options.nExperts, nExperts),
    vFrequent: visible(options.vFrequent),
    vRare: Math.min(nExperts, options.vRare),
  };
}

export const maskmoe = {
  kind: 'maskmoe' as const,
  label: 'MaskMoE',
  summary:
    'MoE whose router sees only some of the experts, by token type: one for a rare type, several for a frequent one.',
  standing: 'reconstruction' as const,
  source: 'arXiv 2407.09816',
  notice: 'Reconstruction: only the mask principle is established; every default is ours.',
  schema,
  /** 8 routed and 1 shared expert of W = D / 3, at most two of the routed ones for a token. */
  defaults: (ffnWidth: number): MaskMoeFfn =>
    schema.parse({ kind: 'maskmoe', topK: 2, expertWidth: thirdOf(ffnWidth) }),
  matchedWidth: (options: MaskMoeFfn) => matchedWidthOf(sizesOf(options)),
  units: (options: MaskMoeFfn) => unitsOf(sizesOf(options)),
  fields,
  check,
  parameters,
  buffers,
  counts,
  experts: ({ nExperts, expertWidth, sharedExpert }: MaskMoeFfn) =>
    routedLayout(nExperts, null, sharedExpert ? expertWidth : 0),
  withLayout,
  reconstructed,
  nsarThresholds: () => [],
  forward,
} satisfies FfnMethod<MaskMoeFfn>;
