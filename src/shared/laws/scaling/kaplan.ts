/**
 * Kaplan et al.'s law of size and data together (arXiv 2001.08361, equation 1.5):
 *
 *   L(N, D) = [ (Nc/N)^(alphaN/alphaD) + Dc/D ]^alphaD
 *
 * fitted like Chinchilla's: log L = alphaD * logsumexp((nc - ln N) alphaN/alphaD, dc - ln D) by Huber's loss of its
 * residual, summed. It has no irreducible loss: both terms fall to zero.
 */
import { huber, minimiseFromMany, type Objective } from './minimise.ts';
import { type ScalingFit, type ScalingOptions, type ScalingRun, scalingFit, usableRuns } from './runs.ts';

export interface KaplanParameters {
  readonly Nc: number;
  readonly Dc: number;
  readonly alphaN: number;
  readonly alphaD: number;
}

export type KaplanFit = ScalingFit<KaplanParameters>;

const free = 4;

/** Loss of a model of N `parameters` trained on D `tokens`, nats per token. */
export function kaplanLoss(law: KaplanParameters, parameters: number, tokens: number): number {
  return ((law.Nc / parameters) ** (law.alphaN / law.alphaD) + law.Dc / tokens) ** law.alphaD;
}

/**
 * The objective in x = (u, v, ln alphaN, ln alphaD) and its gradient, where log L = logsumexp_alphaD(u - alphaN lnN',
 * v - alphaD lnD') with N' and D' in units of `unitN` and `unitD`: u and v are then log losses of each term alone, near 1
 * for any data, which keeps the problem well scaled.
 */
function kaplanObjective(
  runs: readonly ScalingRun[],
  delta: number,
  units: { logN: number; logD: number },
  predicted?: number[],
): Objective {
  const logN = runs.map((run) => Math.log(run.parameters) - units.logN);
  const logD = runs.map((run) => Math.log(run.tokens) - units.logD);
  const logL = runs.map((run) => Math.log(run.loss));
  return (x, gradient) => {
    const [u, v, logAlphaN, logAlphaD] = x as [number, number, number, number];
    const [alphaN, alphaD] = [Math.exp(logAlphaN), Math.exp(logAlphaD)];
    gradient.fill(0);
    let total = 0;
    for (let i = 0; i < runs.length; i++) {
      const n = (u - alphaN * logN[i]!) / alphaD;
      const d = (v - alphaD * logD[i]!) / alphaD;
      const top = Math.max(n, d);
      const sum = Math.exp(n - top) + Math.exp(d - top);
      const share = Math.exp(n - top) / sum; // of the size term
      const together = top + Math.log(sum);
      const value = alphaD * together;
      if (predicted !== undefined) predicted[i] = value;
      const { loss, slope } = huber(value - logL[i]!, delta);
      total += loss;
      gradient[0]! += slope * share;
      gradient[1]! += slope * (1 - share);
      gradient[2]! -= slope * share * logN[i]! * alphaN;
      // d value / d alphaD at fixed u, v: together - share n - (1 - share)(d + logD), times alphaD for its logarithm.
      gradient[3]! += slope * alphaD * (together - share * n - (1 - share) * (d + logD[i]!));
    }
    return total;
  };
}

/** Fits the law to final losses. `input.invalid` below 5 runs, or below 3 model sizes or token counts. */
export function fitKaplan(runs: readonly ScalingRun[], options: ScalingOptions = {}): KaplanFit {
  const used = usableRuns(runs, free, options);
  const delta = options.delta ?? 1e-3;
  const mean = (values: readonly number[]) => values.reduce((a, b) => a + b, 0) / values.length;
  const units = {
    logN: mean(used.map((run) => Math.log(run.parameters))),
    logD: mean(used.map((run) => Math.log(run.tokens))),
  };
  const typical = mean(used.map((run) => Math.log(run.loss)));
  const starts: number[][] = [];
  for (const alphaN of [0.03, 0.1, 0.3]) {
    for (const alphaD of [0.03, 0.1, 0.3]) {
      // Shares of the two terms in [..]: w and 1 - w, so that the law passes through the middle of the data.
      for (const w of [0.1, 0.5, 0.9]) {
        starts.push([
          typical + alphaD * Math.log(w),
          typical + alphaD * Math.log(1 - w),
          Math.log(alphaN),
          Math.log(alphaD),
        ]);
      }
    }
  }
  const best = minimiseFromMany(kaplanObjective(used, delta, units), starts);
  const predicted = new Array<number>(used.length).fill(0);
  kaplanObjective(used, delta, units, predicted)(best.x, new Array<number>(free).fill(0));
  const [alphaN, alphaD] = [Math.exp(best.x[2]!), Math.exp(best.x[3]!)];
  const parameters = {
    Nc: Math.exp(best.x[0]! / alphaN + units.logN),
    Dc: Math.exp(best.x[1]! / alphaD + units.logD),
    alphaN,
    alphaD,
  };
  return scalingFit(parameters, best.value, used, predicted);
}
