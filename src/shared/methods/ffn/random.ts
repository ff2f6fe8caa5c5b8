/**
 * Random routing (as in THOR, arXiv 2110.04260): K experts drawn uniformly for every token at every step, without a
 * router. The floor that learned routing is compared with. Inference draws once and for all, so that it repeats.
 *
 *   y = S(u) + 1/K * sum over K random experts i of E_i(u)          S: optional shared expert
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
  sizeFields,
  sizeHelps,
  thirdOf,
  topKField,
  topKHelp,
} from './moe/options.ts';
import { topChoices } from './moe/router.ts';
import { normGain } from './swiglu.ts';

const schema = z.strictObject({
  kind: z.literal('random'),
  ...sizeFields,
  ...topKField,
  ...dispatchFields,
});
export type RandomFfn = z.infer<typeof schema>;

const fields: Record<keyof Omit<RandomFfn, 'kind'>, FieldHelp> = {
  ...sizeHelps,
  ...topKHelp,
  ...dispatchHelps,
};

function parameters(options: RandomFfn, shape: LayerShape): ParameterSpec[] {
  return [normGain(shape.width), ...expertParameters('', shape.width, options)];
}

function counts(options: RandomFfn, shape: LayerShape): PartCounts {
  return countExperts(options, shape.width, { active: options.topK, most: options.topK, router: false });
}

function forward(
  options: RandomFfn,
  parameters: Parameters,
  stream_Nd: Tensor,
  context: ForwardContext,
): Tensor {
  const { ops } = context;
  const u_Nd = ops.rmsNorm(stream_Nd, parameters['norm.gain']!, context.normEpsilon);
  const draw_NE = context.uniform([u_Nd.shape[0]!, options.nExperts]);
  const chosen_NE = topChoices(ops, draw_NE, options.topK);
  const weight_NE = ops.scale(chosen_NE, 1 / options.topK);
  const run = runExperts(options, parameters, u_Nd, { chosen_NE, weight_NE, most: options.topK }, context);
  tapExperts(context, [{ run, weight_NE }]);
  return ops.add(stream_Nd, run.output_Nd);
}

export const random = {
  kind: 'random' as const,
  label: 'Random routing',
  summary: 'K experts drawn at random for every token and step: what routing without learning achieves.',
  standing: 'baseline' as const,
  source: 'arXiv 2110.04260 (THOR)',
  notice: null,
  schema,
  defaults: (ffnWidth: number): RandomFfn => {
    const W = thirdOf(ffnWidth);
    return schema.parse({ kind: 'random', expertWidth: W, sharedWidth: W });
  },
  fields,
  ...topKMembers<RandomFfn>(),
  check: (options: RandomFfn) => checkTopK(options),
  parameters,
  counts,
  reconstructed: () => [],
  nsarThresholds: () => [],
  forward,
} satisfies FfnMethod<RandomFfn>;
