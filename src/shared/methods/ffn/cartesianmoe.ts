/**
 * CartesianMoE (arXiv 2410.16077): two routed sub-layers in sequence, each with its own router and its own shared expert,
 * so that an expert is a pair (i, j) of halves, E2_j after E1_i, and pairs share halves. Placement of norms and residuals
 * is ours:
 *
 *   y_m(v) = S_m(v) + sum_{i in TopK(p_m)} p_m,i E_m,i(v)        p_m = softmax(v R_m)
 *   perSublayer   x1 = x + y_1(Norm_1(x));   out = x1 + y_2(Norm_2(x1))
 *   outerOnly     hbar = Norm_1(x + y_1(x)); out = Norm_2(x + y_2(hbar))
 *
 * The paper's initialisation is unknown; the stand-in N(0, 0.01) is the document's `initialisation.std`.
 *
 * Axes: N tokens, d width, e sub-experts of one sub-layer.
 */
import { z } from 'zod';
import { mendsTo, type Problem } from '../../errors.ts';
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
import { expertParameters, runExperts, type TappedRun, tapExperts } from './moe/experts.ts';
import { resizedTopK } from './moe/layout.ts';
import {
  dispatchFields,
  dispatchHelps,
  type ExpertSizes,
  routerFields,
  routerHelps,
  thirdOf,
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
  kind: z.literal('cartesianmoe'),
  nSubExperts: z.int().positive().default(16), // e, of each sub-layer
  topKPerSublayer: z.int().positive().default(2), // K
  subExpertWidth: z.int().positive(),
  sharedExpert: z.enum(['perSublayer', 'none']).default('perSublayer'),
  residual: z.enum(['perSublayer', 'outerOnly']).default('perSublayer'),
  ...routerFields,
  ...dispatchFields,
});
export type CartesianMoeFfn = z.infer<typeof schema>;

const fields: Record<keyof Omit<CartesianMoeFfn, 'kind'>, FieldHelp> = {
  nSubExperts: {
    label: 'Sub-experts',
    symbol: 'e',
    help: 'Routed sub-experts of each of the two sub-layers; e squared pairs.',
    standing: 'derived',
  },
  topKPerSublayer: {
    label: 'Sub-experts per token',
    symbol: 'K',
    help: 'How many sub-experts of each sub-layer run for a token; K squared pairs.',
    standing: 'paper',
  },
  subExpertWidth: {
    label: 'Sub-expert width',
    symbol: 'D/2',
    help: 'Intermediate units of one sub-expert, shared ones too: half of a full expert, since two run in sequence.',
    standing: 'paper',
  },
  sharedExpert: {
    label: 'Shared experts',
    help: 'perSublayer: each sub-layer has one sub-expert that runs for every token. none: only routed ones.',
    standing: 'secondary',
  },
  residual: {
    label: 'Residual',
    help: 'perSublayer: norm before and residual around each sub-layer. outerOnly: the post-norm reading, where both sums start from the input of the layer and a norm follows each.',
    standing: 'ours',
  },
  ...routerHelps,
  renormalise: { ...routerHelps.renormalise, standing: 'ours' },
  balanceAlpha: { ...routerHelps.balanceAlpha, standing: 'ours' },
  ...dispatchHelps,
};

/** One sub-layer as a set of routed experts. */
function subLayer(options: CartesianMoeFfn): ExpertSizes & CartesianMoeFfn {
  const { nSubExperts, subExpertWidth, sharedExpert } = options;
  return {
    ...options,
    nExperts: nSubExperts,
    expertWidth: subExpertWidth,
    sharedWidth: sharedExpert === 'none' ? 0 : subExpertWidth,
  };
}

/** Equal sub-experts of a sub-layer, the shared one included. */
function perSubLayer({ nSubExperts, sharedExpert }: CartesianMoeFfn): number {
  return nSubExperts + (sharedExpert === 'none' ? 0 : 1);
}

function units(options: CartesianMoeFfn): number {
  return 2 * perSubLayer(options) * options.subExpertWidth;
}

function check({ topKPerSublayer: K, nSubExperts: e }: CartesianMoeFfn, _shape: LayerShape): Problem[] {
  if (K <= e) return [];
  return [
    {
      path: 'topKPerSublayer',
      message: `topKPerSublayer = ${K} exceeds nSubExperts = ${e}: set topKPerSublayer to ${e} or less, or nSubExperts to ${K} or more`,
      mends: [
        ...mendsTo('topKPerSublayer', 'topKPerSublayer', [e]),
        ...mendsTo('nSubExperts', 'nSubExperts', [K]),
      ],
    },
  ];
}

const prefixes = ['layers.0.', 'layers.1.'] as const;

function parameters(options: CartesianMoeFfn, { width: d }: LayerShape): ParameterSpec[] {
  return prefixes.flatMap((prefix) => [
    normGain(d, prefix),
    routerParameter(prefix, d, options.nSubExperts),
    ...expertParameters(prefix, d, subLayer(options)),
  ]);
}

function counts(options: CartesianMoeFfn, { width: d }: LayerShape): PartCounts {
  const K = options.topKPerSublayer;
  const one = countExperts(subLayer(options), d, { active: K, most: K, router: true });
  return {
    parameters: 2 * one.parameters,
    activeParameters: 2 * one.activeParameters,
    forwardFlops: 2 * one.forwardFlops,
    activeForwardFlops: 2 * one.activeForwardFlops,
    matrixFlops: 2 * one.matrixFlops,
  };
}

/** y_m of one sub-layer for its input v_Nd. `parameters` by names without the sub-layer's prefix. */
function route(
  options: CartesianMoeFfn,
  parameters: Parameters,
  v_Nd: Tensor,
  disabled: boolean,
  context: ForwardContext,
): TappedRun {
  const { ops } = context;
  const { nSubExperts: nExperts, topKPerSublayer: topK } = options;
  const first = firstRank(disabled, { kind: options.kind, nExperts, topK });
  const scores = scoreExperts(parameters['router.weight']!, v_Nd, options.jitter, context);
  const { logits_NE, probability_NE } = scores;
  const chosen_NE = topChoices(ops, logits_NE, topK, first);
  const weight_NE = expertWeights(ops, probability_NE, chosen_NE, options.renormalise);
  addRouterLosses(options, scores, chosen_NE, context);
  const routing = { chosen_NE, weight_NE, most: topK };
  const run = runExperts(subLayer(options), parameters, v_Nd, routing, context);
  return { run, weight_NE, probability_NE };
}

function forward(
  options: CartesianMoeFfn,
  parameters: Parameters,
  stream_Nd: Tensor,
  context: ForwardContext,
): Tensor {
  const { ops, disableTop1 } = context;
  const [first, second] = prefixes.map((prefix) => withoutPrefix(parameters, prefix)) as [
    Parameters,
    Parameters,
  ];
  const norm = (x_Nd: Tensor, of: Parameters) => ops.rmsNorm(x_Nd, of['norm.gain']!, context.normEpsilon);
  const preNorm = options.residual === 'perSublayer';
  const off = (name: 'first' | 'second') => disableTop1 === name || disableTop1 === 'both';

  const a_Nd = preNorm ? norm(stream_Nd, first) : stream_Nd;
  const one = route(options, first, a_Nd, off('first'), context);
  const x1_Nd = ops.add(stream_Nd, one.run.output_Nd);
  const b_Nd = norm(x1_Nd, preNorm ? second : first);
  const two = route(options, second, b_Nd, off('second'), context);
  tapExperts(context, [one, two]);
  return preNorm ? ops.add(x1_Nd, two.run.output_Nd) : norm(ops.add(stream_Nd, two.run.output_Nd), second);
}

function withoutPrefix(parameters: Parameters, prefix: string): Parameters {
  return Object.fromEntries(
    Object.entries(parameters)
      .filter(([name]) => name.startsWith(prefix))
      .map(([name, tensor]) => [name.slice(prefix.length), tensor]),
  );
}

/** What the paper leaves open and has a say here: placement always, the router's options where they are in use. */
function reconstructed(options: CartesianMoeFfn): string[] {
  const names = ['residual', 'renormalise', 'balanceAlpha'];
  if (options.jitter > 0) names.push('jitter');
  if (options.routerZ > 0) names.push('routerZ');
  return names;
}

export const cartesianmoe = {
  kind: 'cartesianmoe' as const,
  label: 'CartesianMoE',
  summary:
    'Two routed sub-layers in sequence: every pair of sub-experts is an expert, and pairs share their halves.',
  standing: 'partial' as const,
  source: 'arXiv 2410.16077; NAACL 2025 long 505',
  notice: 'Reconstruction: norm and residual placement, gate renormalisation and balancing loss are ours.',
  schema,
  /** 2 x (8 routed + 1 shared) of half of W = D / 3, top-2 each. */
  defaults: (ffnWidth: number): CartesianMoeFfn =>
    schema.parse({
      kind: 'cartesianmoe',
      nSubExperts: 8,
      subExpertWidth: Math.max(1, Math.round(ffnWidth / 6)),
    }),
  matchedWidth: (options: CartesianMoeFfn) => thirdOf(units(options)),
  units,
  fields,
  check,
  parameters,
  counts,
  experts: (options: CartesianMoeFfn) => ({
    count: 2 * options.nSubExperts,
    groups: 2,
    switchesOff: true,
    chosenPerGroup: options.topKPerSublayer,
    sharedUnits: 2 * subLayer(options).sharedWidth,
  }),
  /** There are always two groups. The shared sub-expert is as wide as a routed one, so both share the units. */
  withLayout: (options: CartesianMoeFfn, _groups: number, perGroup: number): CartesianMoeFfn => ({
    ...options,
    nSubExperts: perGroup,
    subExpertWidth:
      (perSubLayer(options) * options.subExpertWidth) / perSubLayer({ ...options, nSubExperts: perGroup }),
    topKPerSublayer: resizedTopK(options.topKPerSublayer, options.nSubExperts, perGroup),
  }),
  reconstructed,
  nsarThresholds: () => [],
  forward,
} satisfies FfnMethod<CartesianMoeFfn>;
