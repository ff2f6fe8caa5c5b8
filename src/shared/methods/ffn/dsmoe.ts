/**
 * DSMoE (arXiv 2502.12455): the FFN of a dense model cut into n equal experts; a sigmoid gate with a threshold lets every
 * token use as many of them as it needs. Trained from scratch here; options the paper leaves open are marked ours.
 *
 *   o_i = (SiLU(u W_i) * (u U_i)) V_i ;  g_i = sigmoid(u Y_i) ;  G(x) = x if x > tau else 0              (6, 7)
 *   y   = sum_i o_i * G(g_i), times n / #{g_i > tau}                                                     (7, 8)
 *   training: G(x) replaced by S(x) = sg(G(x)) + x - sg(x), so that closed gates keep learning           (10, 11)
 *   loss += lambda / (L*n) * sum over layers and experts of G(g), mean over tokens                       (17-19)
 *
 * Axes: N tokens, d width, D FFN width (padded to n * e), n experts, e units of an expert.
 */
import { z } from 'zod';
import { mendsTo, type Problem } from '../../errors.ts';
import { nearestDivisors, nearestMultiples } from '../divisors.ts';
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
import { expertMatrices, scaleExperts, tapActivations } from './swiglu.ts';

const schema = z.strictObject({
  kind: z.literal('dsmoe'),
  width: z.int().positive(), // D, over all experts
  nExperts: z.int().positive().default(8), // n
  tau: z.number().min(0).lt(1).default(0.5),
  useSte: z.boolean().default(true),
  gateInThreshold: z.enum(['G', 'none']).default('G'),
  rescaleByActive: z.enum(['trainAndInfer', 'inferOnly', 'off']).default('trainAndInfer'),
  penaltyGate: z.enum(['G', 'S', 'raw']).default('G'),
  penaltyReduction: z.enum(['tokenMean']).default('tokenMean'),
  lambdaSparse: z.number().nonnegative().default(1),
  zeroActivePolicy: z.enum(['clampCount', 'keepTop1']).default('clampCount'),
  gateInitStd: z.number().nonnegative().default(0.02),
  padFfnToMultiple: z.boolean().default(true),
});
export type DsmoeFfn = z.infer<typeof schema>;

const fields: Record<keyof Omit<DsmoeFfn, 'kind'>, FieldHelp> = {
  width: { label: 'FFN width', symbol: 'D', help: 'Intermediate units over all experts.' },
  nExperts: { label: 'Experts', symbol: 'n', help: 'Equal contiguous slices of the FFN.', standing: 'paper' },
  tau: {
    label: 'Threshold',
    symbol: 'tau',
    help: 'An expert runs for a token where its gate exceeds this. Higher is sparser.',
    standing: 'paper',
  },
  useSte: {
    label: 'Straight-through estimator',
    symbol: 'S',
    help: 'Gates of closed experts keep learning (eq. 10-16). Off: the ablation of Table 3.',
    standing: 'paper',
  },
  gateInThreshold: {
    label: 'Threshold in training',
    symbol: 'G',
    help: 'G: experts below the threshold are closed while training too. none: eq. 20, the threshold applies at inference only.',
    standing: 'paper',
  },
  rescaleByActive: {
    label: 'Rescale by active experts',
    help: 'Multiply the output by n / active experts (eq. 8): in training and inference, at inference only, or never.',
    standing: 'ours',
  },
  penaltyGate: {
    label: 'Penalty reads',
    help: 'What the sparsity term adds up: G (the equation: only open gates are pushed), S (every gate is pushed) or the raw sigmoid.',
    standing: 'paper',
  },
  penaltyReduction: {
    label: 'Penalty reduction',
    help: 'How the sparsity term is reduced over tokens: their mean.',
    standing: 'ours',
  },
  lambdaSparse: {
    label: 'Penalty weight',
    symbol: 'lambda',
    help: "Factor of the sparsity term; the paper's loss has 1.",
    standing: 'ours',
  },
  zeroActivePolicy: {
    label: 'When no expert is open',
    help: 'clampCount: the output is 0. keepTop1: the expert with the largest gate runs (all of them in a tie).',
    standing: 'ours',
  },
  gateInitStd: {
    label: 'Gate initial deviation',
    help: 'Standard deviation of the gate vectors Y at the start.',
    standing: 'ours',
  },
  padFfnToMultiple: {
    label: 'Pad to equal experts',
    help: 'Where n does not divide D, add units that start at zero until it does; they leave the output unchanged.',
    standing: 'ours',
  },
};

/** Units of one expert; with padding the last expert may hold units past D. */
function expertWidth(options: DsmoeFfn): number {
  return Math.ceil(options.width / options.nExperts);
}

function check(options: DsmoeFfn, _shape: LayerShape): Problem[] {
  const { width: D, nExperts: n } = options;
  if (n > D) {
    return [
      {
        path: 'nExperts',
        message: `experts n = ${n} exceed the FFN width D = ${D}: set experts to ${D} or fewer`,
        mends: mendsTo('nExperts', 'experts', [D]),
      },
    ];
  }
  if (D % n === 0 || options.padFfnToMultiple) return [];
  return [
    {
      path: 'width',
      message: `FFN width D = ${D} is not divisible by experts n = ${n}: set FFN width D to ${nearestMultiples(n, D).join(' or ')}, or experts n to ${nearestDivisors(D, n).join(' or ')}, or switch padding on`,
      mends: [
        ...mendsTo('width', 'D', nearestMultiples(n, D)),
        ...mendsTo('nExperts', 'experts', nearestDivisors(D, n)),
      ],
    },
  ];
}

function parameters(options: DsmoeFfn, shape: LayerShape): ParameterSpec[] {
  const d = shape.width;
  return [
    { name: 'norm.gain', shape: [d], initialiser: { kind: 'ones' }, decay: false },
    // The paper starts from dense weights; from scratch the experts are slices of the dense initial draw.
    ...expertMatrices('', d, options.width, 0, expertWidth(options) * options.nExperts, true),
    {
      name: 'router.weight',
      shape: [d, options.nExperts],
      initialiser: { kind: 'normal', std: options.gateInitStd },
      decay: false,
    },
  ];
}

/**
 * Expected open experts at initialisation: u has norm sqrt(d) after RMSNorm with gain 1, so each logit is
 * N(0, std^2 d) and an expert is open with P(logit > ln(tau / (1 - tau))). At tau = 0.5 that is one half.
 */
export function expectedActive(options: DsmoeFfn, d: number): number {
  if (options.tau === 0) return options.nExperts;
  const logit = Math.log(options.tau / (1 - options.tau));
  if (options.gateInitStd === 0) return logit < 0 ? options.nExperts : 0;
  return options.nExperts * (1 - normalCdf(logit / (options.gateInitStd * Math.sqrt(d))));
}

/** Abramowitz and Stegun 26.2.17, absolute error below 7.5e-8; exact at 0. */
function normalCdf(x: number): number {
  if (x === 0) return 0.5;
  const t = 1 / (1 + 0.2316419 * Math.abs(x));
  const tail =
    (Math.exp((-x * x) / 2) / Math.sqrt(2 * Math.PI)) *
    t *
    (0.31938153 + t * (-0.356563782 + t * (1.781477937 + t * (-1.821255978 + t * 1.330274429))));
  return x > 0 ? 1 - tail : tail;
}

/**
 * Active parameters at inference: all but the FFN matrices, plus their share k / n. k is the measured mean where given,
 * else the expectation at initialisation. Training computes every expert, so training FLOPs are not reduced.
 */
function counts(options: DsmoeFfn, shape: LayerShape, assumptions: CountAssumptions = {}): PartCounts {
  const d = shape.width;
  const n = options.nExperts;
  const matrices = 3 * d * expertWidth(options) * n;
  const k = Math.min(n, assumptions.activeExperts ?? expectedActive(options, d));
  const router = d * n;
  return {
    parameters: matrices + router + d,
    activeParameters: Math.round((matrices * k) / n) + router + d,
    forwardFlops: 2 * matrices + 2 * router + 2 * n * d,
    activeForwardFlops: Math.round((2 * matrices * k) / n) + 2 * router + Math.round(2 * k * d),
    matrixFlops: 2 * matrices,
  };
}

/** 1 where an expert runs, else 0, [N, n]. Piecewise constant: no gradient flows through it. */
function openExperts(options: DsmoeFfn, score_Nn: Tensor, ops: Ops): Tensor {
  const open_Nn = ops.greater(score_Nn, ops.constant(options.tau));
  if (options.zeroActivePolicy === 'clampCount') return open_Nn;
  const one = ops.constant(1);
  const someOpen_N1 = ops.greater(ops.sum(open_Nn, [1], true), ops.constant(0));
  const top_Nn = ops.sub(one, ops.greater(ops.max(score_Nn, [1], true), score_Nn));
  return ops.add(open_Nn, ops.mul(top_Nn, ops.sub(one, someOpen_N1)));
}

/** The sparsity term of one layer, lambda / L * mean over tokens and experts of G, S or the raw sigmoid (eq. 17-19). */
function sparsityTerm(options: DsmoeFfn, score_Nn: Tensor, context: ForwardContext): Tensor {
  const { ops } = context;
  const thresholded = () =>
    ops.mul(score_Nn, ops.greater(ops.stopGradient(score_Nn), ops.constant(options.tau)));
  const value_Nn = {
    G: thresholded,
    S: () => ops.straightThrough(ops.stopGradient(thresholded()), score_Nn),
    raw: () => score_Nn,
  }[options.penaltyGate]();
  return ops.scale(ops.mean(value_Nn), options.lambdaSparse / context.layers);
}

function forward(
  options: DsmoeFfn,
  parameters: Parameters,
  stream_Nd: Tensor,
  context: ForwardContext,
): Tensor {
  const { ops, training } = context;
  const u_Nd = ops.rmsNorm(stream_Nd, parameters['norm.gain']!, context.normEpsilon);
  const gateProduct_ND = ops.matMul(u_Nd, parameters['experts.gate']!);
  const a_ND = ops.swiglu(gateProduct_ND, ops.matMul(u_Nd, parameters['experts.up']!));
  const score_Nn = ops.sigmoid(ops.matMul(u_Nd, parameters['router.weight']!));

  const thresholded = !training || options.gateInThreshold === 'G';
  let weight_Nn = score_Nn;
  if (thresholded) {
    const open_Nn = openExperts(options, ops.stopGradient(score_Nn), ops);
    weight_Nn = ops.mul(score_Nn, open_Nn);
    if (context.tap !== null) context.tap('gate', () => weight_Nn);
    if (training && options.useSte) weight_Nn = ops.straightThrough(ops.stopGradient(weight_Nn), score_Nn);
    if (
      options.rescaleByActive === 'trainAndInfer' ||
      (options.rescaleByActive === 'inferOnly' && !training)
    ) {
      const count_N1 = ops.maximum(ops.sum(open_Nn, [1], true), ops.constant(1));
      weight_Nn = ops.mul(weight_Nn, ops.div(ops.constant(options.nExperts), count_N1));
    }
  } else if (context.tap !== null) {
    context.tap('gate', () => score_Nn);
  }
  if (context.tap !== null) {
    tapActivations(context, [gateProduct_ND], [a_ND]);
    context.tap('score', () => score_Nn);
  }
  if (options.lambdaSparse > 0) context.addLoss('sparsity', sparsityTerm(options, score_Nn, context));

  // Scaling an expert's units scales its output, so one product serves all experts.
  const y_Nd = ops.matMul(scaleExperts(ops, a_ND, weight_Nn), parameters['experts.down']!);
  return ops.add(stream_Nd, y_Nd);
}

/** Fields that fill gaps in the paper's text and have a say in this layer's training. */
function reconstructed(options: DsmoeFfn): string[] {
  const names = ['rescaleByActive', 'penaltyReduction', 'zeroActivePolicy', 'gateInitStd'];
  if (options.lambdaSparse !== 1) names.push('lambdaSparse');
  if (options.width % options.nExperts !== 0) names.push('padFfnToMultiple');
  return names;
}

export const dsmoe = {
  kind: 'dsmoe' as const,
  label: 'DSMoE',
  summary:
    'The FFN cut into equal experts; a sigmoid gate with a threshold runs as many of them as a token needs.',
  standing: 'complete' as const,
  source: 'arXiv 2502.12455; EMNLP 2025 main 997',
  notice: "Options marked reconstruction fill gaps in the paper's text.",
  schema,
  defaults: (ffnWidth: number): DsmoeFfn => schema.parse({ kind: 'dsmoe', width: ffnWidth }),
  matchedWidth: (options: DsmoeFfn) => options.width,
  units: (options: DsmoeFfn) => expertWidth(options) * options.nExperts,
  fields,
  check,
  parameters,
  counts,
  experts: (options: DsmoeFfn) => ({ count: options.nExperts, groups: 1, switchesOff: true }),
  withLayout: (options: DsmoeFfn, groups: number, perGroup: number): DsmoeFfn => ({
    ...options,
    nExperts: groups * perGroup,
  }),
  reconstructed,
  nsarThresholds: () => [],
  forward,
} satisfies FfnMethod<DsmoeFfn>;
