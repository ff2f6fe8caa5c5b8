/**
 * The dense SwiGLU feed-forward network of LLaMA: h + (SiLU(u Wg) * (u Wu)) Wd with u = RMSNorm(h). The baseline.
 *
 * Axes: N tokens, d width, D FFN width.
 */
import { z } from 'zod';
import type {
  FfnMethod,
  ForwardContext,
  LayerShape,
  ParameterSpec,
  Parameters,
  PartCounts,
} from '../method.ts';
import type { Tensor } from '../ops.ts';
import { swigluMatrices, tapActivations } from './swiglu.ts';

const schema = z.strictObject({
  kind: z.literal('dense'),
  width: z.int().positive(), // D
});
export type DenseFfn = z.infer<typeof schema>;

function parameters(options: DenseFfn, shape: LayerShape): ParameterSpec[] {
  const { gate, up, down } = swigluMatrices(shape.width, options.width);
  return [
    { name: 'norm.gain', shape: [shape.width], initialiser: { kind: 'ones' }, decay: false },
    gate,
    up,
    down,
  ];
}

function counts(options: DenseFfn, shape: LayerShape): PartCounts {
  const matrices = 3 * shape.width * options.width;
  return {
    parameters: matrices + shape.width,
    activeParameters: matrices + shape.width,
    forwardFlops: 2 * matrices,
    activeForwardFlops: 2 * matrices,
    matrixFlops: 2 * matrices,
  };
}

function forward(
  _options: DenseFfn,
  parameters: Parameters,
  stream_Nd: Tensor,
  context: ForwardContext,
): Tensor {
  const { ops } = context;
  const u_Nd = ops.rmsNorm(stream_Nd, parameters['norm.gain']!, context.normEpsilon);
  const gate_ND = ops.matMul(u_Nd, parameters['gate.weight']!);
  const up_ND = ops.matMul(u_Nd, parameters['up.weight']!);
  const a_ND = ops.swiglu(gate_ND, up_ND);
  tapActivations(context, [gate_ND], [a_ND]);
  return ops.add(stream_Nd, ops.matMul(a_ND, parameters['down.weight']!));
}

export const dense = {
  kind: 'dense' as const,
  label: 'Dense SwiGLU',
  summary: 'Every unit runs for every token: the LLaMA feed-forward network, the baseline of both papers.',
  standing: 'baseline' as const,
  source: 'arXiv 2302.13971 (LLaMA); arXiv 2002.05202 (SwiGLU)',
  notice: null,
  schema,
  defaults: (ffnWidth: number): DenseFfn => ({ kind: 'dense', width: ffnWidth }),
  matchedWidth: (options: DenseFfn) => options.width,
  units: (options: DenseFfn) => options.width,
  fields: {
    width: {
      label: 'FFN width',
      symbol: 'D',
      help: 'Intermediate units of the feed-forward network; three matrices of width d x D.',
    },
  },
  check: () => [],
  parameters,
  counts,
  experts: () => null,
  reconstructed: () => [],
  nsarThresholds: () => [],
  forward,
} satisfies FfnMethod<DenseFfn>;
