/**
 * Finedeep (arXiv 2502.12928): the FFN of a dense block cut into M sequential sub-layers of K experts; every expert runs
 * for every token, and a router weighs each expert's output. The routing and normalisation equations are ours, not
 * confirmed against the paper: the method is labelled a reconstruction wherever it shows.
 *
 *   h_0  = residual stream after attention
 *   u    = RMSNorm_m(h_{m-1})
 *   e_mk = (SiLU(u Wg_mk) * (u Wu_mk)) Wd_mk                     D_e = D / (M*K) units each
 *   r_mk = sigmoid(<e_mk, w_mk>)                                 the score reads the expert's output
 *   h_m  = h_{m-1} + sum_k r_mk * e_mk
 *
 * Axes: N tokens, d width, D FFN width, M sub-layers, K experts of a sub-layer, S = D / M units of a sub-layer,
 * e = D / (M*K) units of an expert.
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
import type { Ops, Tensor } from '../ops.ts';
import { expertMatrices, membership, scaleExperts, tapActivations } from './swiglu.ts';

const schema = z.strictObject({
  kind: z.literal('finedeep'),
  width: z.int().positive(), // D, over all experts
  subLayers: z.int().positive().default(2), // M
  expertsPerSubLayer: z.int().positive().default(4), // K
  routerScoreInput: z.enum(['output', 'input']).default('output'),
  routerWeight: z.enum(['perExpert', 'perSubLayerVector', 'perSubLayerMatrix']).default('perExpert'),
  gate: z.enum(['sigmoid', 'softmax', 'none']).default('sigmoid'),
  normPerSubLayer: z.boolean().default(true),
  residualPerSubLayer: z.boolean().default(true),
  routerInitStd: z.number().nonnegative().default(0.02),
  initFrom: z.enum(['scratch', 'densePartition']).default('scratch'),
  nsarThreshold: z.number().positive().default(0.1),
  nsarSweep: z.array(z.number().positive()).min(1).max(20).default([0.01, 0.05, 0.1, 0.2, 0.5]),
  nsarActivation: z.enum(['act', 'actTimesUp']).default('act'),
});
export type FinedeepFfn = z.infer<typeof schema>;

const fields: Record<keyof Omit<FinedeepFfn, 'kind'>, FieldHelp> = {
  width: {
    label: 'FFN width',
    symbol: 'D',
    help: 'Intermediate units over all experts; a multiple of M*K. Parameters and FLOPs follow D, not the layout.',
  },
  subLayers: {
    label: 'Sub-layers',
    symbol: 'M',
    help: 'Sequential sub-layers inside the block. More of them are deeper, and slower, at the same parameters.',
    standing: 'ours',
  },
  expertsPerSubLayer: {
    label: 'Experts per sub-layer',
    symbol: 'K',
    help: 'Parallel experts in every sub-layer, each D / (M*K) units wide.',
    standing: 'ours',
  },
  routerScoreInput: {
    label: 'Router reads',
    help: "What the router's score is taken from: the expert's output e, or the sub-layer's input u.",
    standing: 'ours',
  },
  routerWeight: {
    label: 'Router weight',
    symbol: 'w',
    help: 'One vector for each expert, one vector shared by a sub-layer, or a d x d matrix for each sub-layer that gates element-wise.',
    standing: 'ours',
  },
  gate: {
    label: 'Gate',
    symbol: 'r',
    help: 'sigmoid: experts do not compete. softmax: the gates of a sub-layer sum to 1. none: every gate is 1 and there is no router.',
    standing: 'secondary',
  },
  normPerSubLayer: {
    label: 'Norm per sub-layer',
    help: 'Each sub-layer has a norm gain of its own; off: all sub-layers of the block share one gain.',
    standing: 'ours',
  },
  residualPerSubLayer: {
    label: 'Residual per sub-layer',
    help: 'A residual connection around every sub-layer; off: sub-layers feed each other and one residual goes around all of them.',
    standing: 'ours',
  },
  routerInitStd: {
    label: 'Router initial deviation',
    help: 'Standard deviation of the router at the start; small values begin near r = 0.5.',
    standing: 'ours',
  },
  initFrom: {
    label: 'Experts start from',
    help: 'scratch: a draw of their own. densePartition: slices of the matrices that the dense model would draw under the same seed.',
    standing: 'ours',
  },
  nsarThreshold: {
    label: 'NSAR threshold',
    symbol: 'tau',
    help: 'A unit counts as active where |activation| exceeds this; our definition, always shown with its sweep.',
    standing: 'ours',
  },
  nsarSweep: { label: 'NSAR sweep', help: 'Thresholds shown beside the chosen one.', standing: 'ours' },
  nsarActivation: {
    label: 'NSAR activation',
    help: 'act: SiLU(u Wg). actTimesUp: SiLU(u Wg) * (u Wu).',
    standing: 'ours',
  },
};

function check(options: FinedeepFfn, _shape: LayerShape): Problem[] {
  const { width: D, subLayers: M, expertsPerSubLayer: K } = options;
  if (D % (M * K) === 0) return [];
  const ways = [`FFN width D to ${nearestMultiples(M * K, D).join(' or ')}`];
  if (D % M === 0) ways.push(`experts per sub-layer K to ${nearestDivisors(D / M, K).join(' or ')}`);
  else ways.push(`sub-layers M to ${nearestDivisors(D, M).join(' or ')}`);
  const mends = [
    ...mendsTo('width', 'D', nearestMultiples(M * K, D)),
    ...(D % M === 0 ? mendsTo('expertsPerSubLayer', 'K', nearestDivisors(D / M, K)) : []),
  ];
  return [
    {
      path: 'width',
      message: `FFN width D = ${D} is not divisible by M*K = ${M}*${K} = ${M * K} (sub-layers M = ${M}, experts per sub-layer K = ${K}): set ${ways.join(', or ')}`,
      mends,
    },
  ];
}

/** Router parameter of one sub-layer: [K, d] vectors w_mk, one vector [d], or a matrix [d, d]. None with gate `none`. */
function routerParameter(options: FinedeepFfn, prefix: string, d: number): ParameterSpec[] {
  if (options.gate === 'none') return [];
  const shape = {
    perExpert: [options.expertsPerSubLayer, d],
    perSubLayerVector: [d],
    perSubLayerMatrix: [d, d],
  }[options.routerWeight];
  return [
    {
      name: `${prefix}router.weight`,
      shape,
      initialiser: { kind: 'normal', std: options.routerInitStd },
      decay: false,
    },
  ];
}

function parameters(options: FinedeepFfn, shape: LayerShape): ParameterSpec[] {
  const d = shape.width;
  const S = options.width / options.subLayers;
  const gain = (name: string): ParameterSpec => ({
    name,
    shape: [d],
    initialiser: { kind: 'ones' },
    decay: false,
  });
  const specs: ParameterSpec[] = options.normPerSubLayer ? [] : [gain('norm.gain')];
  for (let m = 0; m < options.subLayers; m++) {
    const prefix = `layers.${m}.`;
    if (options.normPerSubLayer) specs.push(gain(`${prefix}norm.gain`));
    specs.push(...expertMatrices(prefix, d, options.width, m * S, S, options.initFrom === 'densePartition'));
    specs.push(...routerParameter(options, prefix, d));
  }
  return specs;
}

/**
 * Per token: 6*d*D for the experts, equal to the dense FFN; 2*d for each score and 2*d for each weighted output of the
 * M*K experts (perSubLayerMatrix: 2*d^2 for each score vector). The forward function below reaches the same values
 * with fewer operations; the count is the method's, not the implementation's.
 */
function counts(options: FinedeepFfn, shape: LayerShape): PartCounts {
  const d = shape.width;
  const { subLayers: M, expertsPerSubLayer: K } = options;
  const total = parameters(options, shape).reduce(
    (sum, spec) => sum + spec.shape.reduce((a, b) => a * b, 1),
    0,
  );
  const matrixFlops = 6 * d * options.width;
  let routing = 0;
  if (options.gate !== 'none') {
    const scores = options.routerScoreInput === 'output' || options.routerWeight === 'perExpert' ? M * K : M;
    routing = scores * (options.routerWeight === 'perSubLayerMatrix' ? 2 * d * d : 2 * d) + 2 * M * K * d;
  }
  return {
    parameters: total,
    activeParameters: total,
    forwardFlops: matrixFlops + routing,
    activeForwardFlops: matrixFlops + routing,
    matrixFlops,
  };
}

/**
 * The gates r [N, K] of one sub-layer for scalar routers. With the output as the score's input,
 * <e_mk, w_mk> = <a_mk, Wd_mk w_mk>: the experts' outputs need not exist one by one.
 */
function scalarGates(
  options: FinedeepFfn,
  weight: Tensor,
  u_Nd: Tensor,
  a_NS: Tensor,
  down_Sd: Tensor,
  context: ForwardContext,
): Tensor {
  const { ops } = context;
  const K = options.expertsPerSubLayer;
  const [S, d] = down_Sd.shape as [number, number];
  const vectors = options.routerWeight === 'perExpert' ? K : 1;
  const w_Vd = ops.reshape(weight, [vectors, d]);

  let score: Tensor;
  if (options.routerScoreInput === 'input') {
    score = ops.matMul(u_Nd, w_Vd, false, true);
    if (vectors === 1 && K > 1)
      score = ops.matMul(
        score,
        context.once(`ones 1 ${K}`, () => ops.constant(new Float32Array(K).fill(1), [1, K])),
      );
  } else {
    const unitScore_S1 =
      vectors === 1
        ? ops.matMul(down_Sd, w_Vd, false, true)
        : ops.reshape(ops.matMul(ops.reshape(down_Sd, [K, S / K, d]), ops.reshape(w_Vd, [K, d, 1])), [S, 1]);
    const member_SK = context.once(`membership ${S} ${K}`, () => ops.constant(membership(S, K), [S, K]));
    score = ops.matMul(a_NS, ops.mul(unitScore_S1, member_SK));
  }
  return options.gate === 'softmax' ? ops.softmax(score) : ops.sigmoid(score);
}

/** sum_k r_mk * e_mk [N, d] of one sub-layer with vector gates r_mk = gate(e_mk W_m) or gate(u W_m), each [N, d]. */
function matrixGatedSum(
  options: FinedeepFfn,
  weight_dd: Tensor,
  u_Nd: Tensor,
  a_NS: Tensor,
  down_Sd: Tensor,
  ops: Ops,
): { sum_Nd: Tensor; gate_KNd: Tensor } {
  const K = options.expertsPerSubLayer;
  const [S, d] = down_Sd.shape as [number, number];
  const N = u_Nd.shape[0]!;
  const a_KNe = ops.transpose(ops.reshape(a_NS, [N, K, S / K]), [1, 0, 2]);
  const e_KNd = ops.matMul(a_KNe, ops.reshape(down_Sd, [K, S / K, d]));
  let score_KNd: Tensor;
  if (options.routerScoreInput === 'output') {
    score_KNd = ops.reshape(ops.matMul(ops.reshape(e_KNd, [K * N, d]), weight_dd), [K, N, d]);
  } else {
    const shared = ops.reshape(ops.matMul(u_Nd, weight_dd), [1, N, d]);
    score_KNd =
      K === 1
        ? shared
        : ops.concat(
            Array.from({ length: K }, () => shared),
            0,
          );
  }
  const gate_KNd =
    options.gate === 'softmax'
      ? ops.transpose(ops.softmax(ops.transpose(score_KNd, [1, 2, 0])), [2, 0, 1])
      : ops.sigmoid(score_KNd);
  return { sum_Nd: ops.sum(ops.mul(gate_KNd, e_KNd), [0]), gate_KNd };
}

function forward(
  options: FinedeepFfn,
  parameters: Parameters,
  stream_Nd: Tensor,
  context: ForwardContext,
): Tensor {
  const { ops, tap } = context;
  const K = options.expertsPerSubLayer;
  const N = stream_Nd.shape[0]!;
  const gateProducts: Tensor[] = [];
  const activations: Tensor[] = [];
  const gates: Tensor[] = [];
  const updateShares: Tensor[] = [];

  let h_Nd = stream_Nd;
  for (let m = 0; m < options.subLayers; m++) {
    const own = (name: string) => parameters[`layers.${m}.${name}`]!;
    const gain_d = options.normPerSubLayer ? own('norm.gain') : parameters['norm.gain']!;
    const u_Nd = ops.rmsNorm(h_Nd, gain_d, context.normEpsilon);
    const gateProduct_NS = ops.matMul(u_Nd, own('experts.gate'));
    const a_NS = ops.swiglu(gateProduct_NS, ops.matMul(u_Nd, own('experts.up')));
    const down_Sd = own('experts.down');

    let sum_Nd: Tensor;
    let gate_NK: Tensor | null = null;
    if (options.gate === 'none') {
      sum_Nd = ops.matMul(a_NS, down_Sd);
      if (tap !== null) gate_NK = ops.constant(new Float32Array(N * K).fill(1), [N, K]);
    } else if (options.routerWeight === 'perSubLayerMatrix') {
      const gated = matrixGatedSum(options, own('router.weight'), u_Nd, a_NS, down_Sd, ops);
      sum_Nd = gated.sum_Nd;
      // A vector gate is shown by its mean over the width.
      if (tap !== null) gate_NK = ops.transpose(ops.mean(gated.gate_KNd, [2]), [1, 0]);
    } else {
      gate_NK = scalarGates(options, own('router.weight'), u_Nd, a_NS, down_Sd, context);
      sum_Nd = ops.matMul(scaleExperts(ops, a_NS, gate_NK), down_Sd);
    }

    if (tap !== null) {
      gateProducts.push(gateProduct_NS);
      activations.push(a_NS);
      gates.push(gate_NK!);
      updateShares.push(relativeNorm(ops, sum_Nd, h_Nd));
    }
    h_Nd = options.residualPerSubLayer ? ops.add(h_Nd, sum_Nd) : sum_Nd;
  }

  if (tap !== null) {
    tapActivations(context, gateProducts, activations);
    tap('gate', () => ops.concat(gates, 1));
    tap('updateShare', () => ops.concat(updateShares, 1));
  }
  return options.residualPerSubLayer ? h_Nd : ops.add(stream_Nd, h_Nd);
}

/** ||x|| / ||y|| for each token, [N, 1]. */
function relativeNorm(ops: Ops, x_Nd: Tensor, y_Nd: Tensor): Tensor {
  const norm = (value: Tensor) => ops.sqrt(ops.sum(ops.square(value), [1], true));
  return ops.div(norm(x_Nd), ops.maximum(norm(y_Nd), ops.constant(1e-12)));
}

export const finedeep = {
  kind: 'finedeep' as const,
  label: 'Finedeep',
  summary:
    'The dense FFN cut into sub-layers of experts that all run, each weighted by a router that reads its output.',
  standing: 'reconstruction' as const,
  source: 'arXiv 2502.12928',
  notice:
    'Reconstruction: the routing and normalisation equations are ours, not confirmed against the paper.',
  schema,
  defaults: (ffnWidth: number): FinedeepFfn => schema.parse({ kind: 'finedeep', width: ffnWidth }),
  matchedWidth: (options: FinedeepFfn) => options.width,
  units: (options: FinedeepFfn) => options.width,
  fields,
  check,
  parameters,
  counts,
  experts: (options: FinedeepFfn) => ({
    count: options.subLayers * options.expertsPerSubLayer,
    groups: options.subLayers,
    switchesOff: false,
  }),
  withLayout: (options: FinedeepFfn, groups: number, perGroup: number): FinedeepFfn => ({
    ...options,
    subLayers: groups,
    expertsPerSubLayer: perGroup,
  }),
  reconstructed: (options: FinedeepFfn) =>
    Object.entries(fields)
      .filter(([name, help]) => help.standing === 'ours' || (name === 'gate' && options.gate !== 'sigmoid'))
      .map(([name]) => name),
  nsarThresholds: (options: FinedeepFfn) => [options.nsarThreshold, ...options.nsarSweep],
  forward,
} satisfies FfnMethod<FinedeepFfn>;
