/** What a scaling fit across runs is fitted to, and the checks that all of its forms share. */
import { FinegrainError } from '../../errors.ts';

/** One finished run. */
export interface ScalingRun {
  /** How a message names the run. */
  readonly name?: string;
  /** N: parameters, all or active, as the caller decides; one kind for all runs. */
  readonly parameters: number;
  /** D: tokens trained on. */
  readonly tokens: number;
  /** Final loss, nats per token. */
  readonly loss: number;
}

/** Options of the robust fits. */
export interface ScalingOptions {
  /** Where Huber's loss of the log-loss residual turns from square to line. Hoffmann et al. use 1e-3. */
  readonly delta?: number;
  /** Runs with the largest losses to leave out, e.g. 5 for the Chinchilla data. */
  readonly withoutLargest?: number;
}

/** A fitted law L(N, D). */
export interface ScalingFit<Parameters> {
  readonly parameters: Parameters;
  /** Sum of Huber losses of log-loss residuals, over the runs used. */
  readonly objective: number;
  /** Of the log loss, over the runs used: 1 is perfect, 0 no better than the mean. */
  readonly r2: number;
  /** How many runs were used, after `withoutLargest`. */
  readonly runs: number;
  /** ln(observed / predicted), one for each run used. */
  readonly residuals: readonly number[];
  /** The runs used, in the caller's order. */
  readonly used: readonly ScalingRun[];
}

const distinct = (values: readonly number[]): number => new Set(values.map((v) => v.toPrecision(3))).size;

/**
 * The runs to fit, without those of the largest losses. `input.invalid` when a value is not a positive number, when there
 * are no more runs than `free` parameters, or when fewer than three model sizes or token counts were tried: then the
 * exponents are not determined, and any numbers would be made up.
 */
export function usableRuns(
  runs: readonly ScalingRun[],
  free: number,
  options: ScalingOptions = {},
): readonly ScalingRun[] {
  for (const [index, run] of runs.entries()) {
    for (const field of ['parameters', 'tokens', 'loss'] as const) {
      if (Number.isFinite(run[field]) && run[field] > 0) continue;
      throw new FinegrainError(
        'input.invalid',
        `${field} of ${run.name ?? `run ${index + 1}`} is ${run[field]}; a scaling fit needs a positive number.`,
        'Leave the run out, or wait until it has finished.',
      );
    }
  }
  const drop = options.withoutLargest ?? 0;
  const largest = new Set(
    runs
      .map((run, index) => ({ loss: run.loss, index }))
      .sort((a, b) => b.loss - a.loss)
      .slice(0, drop)
      .map(({ index }) => index),
  );
  const used = runs.filter((_, index) => !largest.has(index));
  if (used.length <= free) {
    throw new FinegrainError(
      'input.invalid',
      `A law with ${free} free parameters needs more than ${free} runs; there are ${used.length}.`,
      'Add finished runs of other sizes and token counts.',
    );
  }
  const [sizes, amounts] = [distinct(used.map((r) => r.parameters)), distinct(used.map((r) => r.tokens))];
  if (sizes < 3 || amounts < 3) {
    throw new FinegrainError(
      'input.invalid',
      `The runs have ${sizes} model sizes and ${amounts} token counts; the exponents need at least 3 of each.`,
      'Add runs of other sizes, or of other lengths.',
    );
  }
  return used;
}

/** Puts a fit together from its predictions of the log loss, one for each run used. */
export function scalingFit<Parameters>(
  parameters: Parameters,
  objective: number,
  used: readonly ScalingRun[],
  predictedLog: readonly number[],
): ScalingFit<Parameters> {
  const observed = used.map(({ loss }) => Math.log(loss));
  const mean = observed.reduce((a, b) => a + b, 0) / observed.length;
  const residuals = observed.map((value, i) => value - predictedLog[i]!);
  const unexplained = residuals.reduce((sum, r) => sum + r * r, 0);
  const total = observed.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return { parameters, objective, r2: 1 - unexplained / total, runs: used.length, residuals, used };
}
