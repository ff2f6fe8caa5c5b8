/**
 * What training minimises on the next token: maximum likelihood, or TaiLr (Ji et al., ICLR 2023, arXiv 2302.13344; as in
 * the authors' code), with label smoothing and a z-loss on the output logits.
 *
 * Axes: N tokens, V vocabulary. p: the model's probability of the target.
 */
import { z } from 'zod';
import type { FieldHelp } from './method.ts';
import type { Ops, Tensor } from './ops.ts';

export const objectiveSchema = z.strictObject({
  loss: z.enum(['mle', 'tailr']).default('mle'),
  gamma: z.number().min(0).max(1).default(0.1),
  minWeight: z.number().min(0).max(1).default(0.3),
  labelSmoothing: z.number().min(0).max(1).default(0),
  zLoss: z.number().nonnegative().default(0),
});

export type Objective = z.infer<typeof objectiveSchema>;

/** Plain next-token loss. */
export const maximumLikelihood: Objective = objectiveSchema.parse({});

export const objectiveFields: Readonly<Record<keyof Objective, FieldHelp>> = {
  loss: {
    label: 'Loss',
    help: 'mle: cross-entropy. tailr: each token weighted by p / (gamma + (1 - gamma) p), which trusts unlikely targets less.',
    standing: 'paper',
  },
  gamma: {
    label: 'Proxy coefficient',
    symbol: 'gamma',
    help: 'Share of the one-hot target in the proxy of the data distribution. 0: maximum likelihood; 1: total variation.',
    standing: 'paper',
  },
  minWeight: {
    label: 'Smallest weight',
    symbol: 'b_m',
    help: 'Lower bound of the weight of a token. 1: maximum likelihood.',
    standing: 'paper',
  },
  labelSmoothing: {
    label: 'Label smoothing',
    symbol: 'eps',
    help: 'Share of the loss that asks for all tokens equally; not weighted by TaiLr.',
    standing: 'paper',
  },
  zLoss: {
    label: 'Output z-loss',
    help: 'Weight of mean(log Z squared), Z the sum of the exponentials of the logits (PaLM: 1e-4). Reported as outputZ.',
    standing: 'secondary',
  },
};

export interface ObjectiveTerms {
  /** Plain next-token loss in nats. The same tensor as `objective` where nothing changes it. */
  readonly nextToken: Tensor;
  readonly objective: Tensor;
  /** zLoss * mean(logSumExp(logits)^2), where zLoss > 0. Not part of `objective`. */
  readonly outputZ: Tensor | null;
}

/**
 * Scalars from logits_NV, int32 targets_N, and weights_N = mask / counted positions: masked positions (weight 0) neither
 * count nor contribute.
 */
export function objectiveTerms(
  ops: Ops,
  settings: Objective,
  logits: Tensor,
  targets: Tensor,
  weights: Tensor,
): ObjectiveTerms {
  const { labelSmoothing, zLoss } = settings;
  const weightedSum = (x_N: Tensor) => ops.sum(ops.mul(x_N, weights));
  const negativeLog_N = ops.crossEntropy(logits, targets); // -log p
  const nextToken = weightedSum(negativeLog_N);
  const logZ_N = labelSmoothing > 0 || zLoss > 0 ? ops.logSumExp(logits) : null;

  const tokenWeight_N = tailrWeight(ops, settings, negativeLog_N);
  let objective = tokenWeight_N ? weightedSum(ops.mul(tokenWeight_N, negativeLog_N)) : nextToken;
  if (labelSmoothing > 0) {
    // -1/V sum_v log p_v = log Z - mean_v logits_v.
    const uniform = weightedSum(ops.sub(logZ_N!, ops.mean(logits, [-1])));
    objective = ops.add(ops.scale(objective, 1 - labelSmoothing), ops.scale(uniform, labelSmoothing));
  }
  const outputZ = zLoss > 0 ? ops.scale(weightedSum(ops.square(logZ_N!)), zLoss) : null;
  return { nextToken, objective, outputZ };
}

/**
 * TaiLr's weight clamp(p / (gamma + (1 - gamma) p), b_m, 1) of every token, without gradient; null where all are 1.
 * From -log p the quotient is 1 / (1 + gamma (1/p - 1)): exactly 1 at p = 1, and 0 without NaN where 1/p overflows.
 */
export function tailrWeight(ops: Ops, settings: Objective, negativeLog_N: Tensor): Tensor | null {
  const { loss, gamma, minWeight } = settings;
  if (loss === 'mle' || gamma === 0 || minWeight === 1) return null;
  const one = ops.constant(1);
  const inverse_N = ops.exp(ops.stopGradient(negativeLog_N)); // 1/p
  const quotient_N = ops.div(one, ops.add(one, ops.scale(ops.sub(inverse_N, one), gamma)));
  // Rounding may put p above 1; min(x, 1) = -max(-x, -1).
  const atMostOne_N = ops.scale(ops.maximum(ops.scale(quotient_N, -1), ops.constant(-1)), -1);
  return ops.maximum(atMostOne_N, ops.constant(minWeight));
}
