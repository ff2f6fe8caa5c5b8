/**
 * Softmax routing: logits and probabilities, the choice of experts, their weights, and the two losses on a router.
 *
 *   p = softmax(u R)                                  R [d, E]
 *   chosen: the K experts of highest p; lower index first in a tie
 *   weight_i = p_i if chosen, else 0; with `renormalise` divided by their sum
 *   balance = alpha * E * sum_i f_i P_i               f_i share of routed slots (no gradient), P_i mean probability
 *   routerZ = weight * mean(logsumexp(u R)^2)
 *
 * Axes: N tokens, d width, E routed experts.
 */
import { FinegrainError } from '../../../errors.ts';
import type { ForwardContext, ParameterSpec } from '../../method.ts';
import type { Ops, Tensor } from '../../ops.ts';
import type { RouterOptions } from './options.ts';

/**
 * Taken off the logit of an expert that a token must not see: exp of it is exactly 0. No infinity, and none in half
 * precision either (65,504 is its largest number), where 0 times infinity would be NaN.
 */
export const hidden = 30_000;

export function routerParameter(prefix: string, d: number, nExperts: number): ParameterSpec {
  return {
    name: `${prefix}router.weight`,
    shape: [d, nExperts],
    initialiser: { kind: 'normal' },
    decay: false,
  };
}

export interface Scores {
  readonly logits_NE: Tensor;
  readonly probability_NE: Tensor;
}

/**
 * Router logits and probabilities of u_Nd. `jitter` multiplies the router's input by U(1 - jitter, 1 + jitter), in
 * training only. `visible_NE`: 0 where a token does not see an expert, whose probability is then exactly 0, else 1.
 */
export function scoreExperts(
  router_dE: Tensor,
  u_Nd: Tensor,
  jitter: number,
  context: ForwardContext,
  visible_NE?: Tensor,
): Scores {
  const { ops } = context;
  let input_Nd = u_Nd;
  if (context.training && jitter > 0) {
    const factor_Nd = ops.add(ops.scale(context.uniform(u_Nd.shape), 2 * jitter), ops.constant(1 - jitter));
    input_Nd = ops.mul(u_Nd, factor_Nd);
  }
  let logits_NE = ops.matMul(input_Nd, router_dE);
  if (visible_NE !== undefined) {
    logits_NE = ops.add(logits_NE, ops.scale(ops.sub(visible_NE, ops.constant(1)), hidden));
  }
  return { logits_NE, probability_NE: ops.softmax(logits_NE) };
}

/**
 * 1 for the `count` experts from rank `first` on (0: the highest score), else 0, [N, E]. `first` may differ by token:
 * [N, 1]. No gradient.
 */
export function topChoices(ops: Ops, score_NE: Tensor, count: number, first: number | Tensor = 0): Tensor {
  const rank_NE = ops.ranks(score_NE);
  const begin = typeof first === 'number' ? ops.constant(first) : first;
  const before_NE = ops.greater(ops.add(begin, ops.constant(count)), rank_NE);
  return first === 0 ? before_NE : ops.sub(before_NE, ops.greater(begin, rank_NE));
}

/**
 * The rank that choices start from: 1 where the first choice is taken away (`disabled`), else 0. Throws where that
 * leaves fewer experts than a token chooses.
 */
export function firstRank(
  disabled: boolean,
  { kind, nExperts, topK }: { kind: string; nExperts: number; topK: number },
): 0 | 1 {
  if (!disabled) return 0;
  if (nExperts > topK) return 1;
  throw new FinegrainError(
    'input.invalid',
    `The first choice of a ${kind} router cannot be disabled: nExperts = ${nExperts} leaves ${nExperts - 1} for topK = ${topK}.`,
    `Measure a model with nExperts of at least ${topK + 1}, or with a topK of ${nExperts - 1} or less.`,
  );
}

/** The probabilities of chosen experts, 0 for the others; divided by their sum with `renormalise`. [N, E] */
export function expertWeights(
  ops: Ops,
  probability_NE: Tensor,
  chosen_NE: Tensor,
  renormalise: boolean,
): Tensor {
  const weight_NE = ops.mul(probability_NE, chosen_NE);
  if (!renormalise) return weight_NE;
  // The bound matters only where the first choice is disabled and all others underflow.
  const sum_N1 = ops.maximum(ops.sum(weight_NE, [1], true), ops.constant(1e-30));
  return ops.div(weight_NE, sum_N1);
}

/** Adds `balance` and `routerZ` where their weights are not 0. `chosen_NE`: what the router wants, before anything is dropped. */
export function addRouterLosses(
  options: Pick<RouterOptions, 'balanceAlpha' | 'routerZ'>,
  { logits_NE, probability_NE }: Scores,
  chosen_NE: Tensor,
  context: ForwardContext,
): void {
  const { ops } = context;
  if (options.balanceAlpha > 0) {
    const share_E = ops.div(ops.sum(chosen_NE, [0]), ops.sum(chosen_NE));
    const product = ops.sum(ops.mul(share_E, ops.mean(probability_NE, [0])));
    context.addLoss('balance', ops.scale(product, options.balanceAlpha * chosen_NE.shape[1]!));
  }
  if (options.routerZ > 0) {
    const z_N = ops.logSumExp(logits_NE);
    context.addLoss('routerZ', ops.scale(ops.mean(ops.square(z_N)), options.routerZ));
  }
}
