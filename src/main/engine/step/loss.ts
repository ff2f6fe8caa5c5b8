/** From a forward pass to the scalars of a training step; the same for recorded and eager programs. */
import * as tf from '@tensorflow/tfjs-core';
import type { ForwardResult } from '../../../shared/methods/languageModel.ts';
import { type Objective, objectiveTerms } from '../../../shared/methods/objective.ts';
import type { Ops } from '../../../shared/methods/ops.ts';

export interface LossTerms {
  /** Plain next-token loss of this micro-batch: its share of the step's mean. */
  readonly loss: tf.Tensor;
  /** The same tensor as `loss` where the objective is plain. */
  readonly objective: tf.Tensor;
  readonly auxiliary: ReadonlyMap<string, tf.Tensor>;
  /** objective + auxiliary: what is differentiated. */
  readonly total: tf.Tensor;
  readonly reports: ReadonlyMap<string, tf.Tensor>;
}

/**
 * `weights`: mask / (counted positions of all micro-batches), so that terms weighted by it add up to the step's.
 * `share`: 1 / micro-batches, the weight of what layers add to the loss; null for a single micro-batch.
 */
export function lossTerms(
  ops: Ops,
  forward: ForwardResult,
  objective: Objective,
  targets: tf.Tensor,
  weights: tf.Tensor,
  share: tf.Tensor | null,
): LossTerms {
  const terms = objectiveTerms(ops, objective, forward.logits, targets, weights);
  const auxiliary = new Map<string, tf.Tensor>();
  for (const [name, term] of forward.auxiliary) {
    const scalar = tf.reshape(term as tf.Tensor, []);
    auxiliary.set(name, share ? tf.mul(scalar, share) : scalar);
  }
  if (terms.outputZ) auxiliary.set('outputZ', terms.outputZ as tf.Tensor);
  let total = terms.objective as tf.Tensor;
  for (const term of auxiliary.values()) total = tf.add(total, term);
  return {
    loss: terms.nextToken as tf.Tensor,
    objective: terms.objective as tf.Tensor,
    auxiliary,
    total,
    reports: forward.reports as ReadonlyMap<string, tf.Tensor>,
  };
}
