/**
 * Chinchilla's parametric law (Hoffmann et al., arXiv 2203.15556, equation 2 and appendix D.3):
 *
 *   L(N, D) = E + A / N^alpha + B / D^beta
 *
 * fitted as log L = logsumexp(e, a - alpha ln N, b - beta ln D), E = exp(e) and so on, by Huber's loss (delta 1e-3) of the
 * residual of log L, summed over runs (a mean hides from a stopping rule how far from the minimum it is: Besiroglu et al.,
 * arXiv 2404.10102), from a grid of starts.
 */
import { uniforms } from '../../random.ts';
import { huber, minimise, minimiseFromMany, type Objective } from './minimise.ts';
import { type ScalingFit, type ScalingOptions, type ScalingRun, scalingFit, usableRuns } from './runs.ts';

export interface ChinchillaParameters {
  /** Loss of an infinite model on infinite data, nats per token. */
  readonly E: number;
  readonly A: number;
  readonly B: number;
  readonly alpha: number;
  readonly beta: number;
}

export type ChinchillaFit = ScalingFit<ChinchillaParameters>;

const free = 5;

/** Loss of a model of N `parameters` trained on D `tokens`, nats per token. */
export function chinchillaLoss(law: ChinchillaParameters, parameters: number, tokens: number): number {
  return law.E + law.A / parameters ** law.alpha + law.B / tokens ** law.beta;
}

/** The objective in x = (a, b, e, alpha, beta) and its gradient; `predicted` receives log L for each run. */
function chinchillaObjective(runs: readonly ScalingRun[], delta: number, predicted?: number[]): Objective {
  const logN = runs.map((run) => Math.log(run.parameters));
  const logD = runs.map((run) => Math.log(run.tokens));
  const logL = runs.map((run) => Math.log(run.loss));
  return (x, gradient) => {
    const [a, b, e, alpha, beta] = x as [number, number, number, number, number];
    gradient.fill(0);
    let total = 0;
    for (let i = 0; i < runs.length; i++) {
      const [n, d, l] = [a - alpha * logN[i]!, b - beta * logD[i]!, e];
      const top = Math.max(n, d, l);
      const [en, ed, el] = [Math.exp(n - top), Math.exp(d - top), Math.exp(l - top)];
      const sum = en + ed + el;
      const value = top + Math.log(sum);
      if (predicted !== undefined) predicted[i] = value;
      const { loss, slope } = huber(value - logL[i]!, delta);
      total += loss;
      gradient[0]! += (slope * en) / sum;
      gradient[1]! += (slope * ed) / sum;
      gradient[2]! += (slope * el) / sum;
      gradient[3]! -= (slope * en * logN[i]!) / sum;
      gradient[4]! -= (slope * ed * logD[i]!) / sum;
    }
    return total;
  };
}

/** Starts around the data: each term of the sum takes its part of the typical loss, for several exponents. */
function starts(runs: readonly ScalingRun[]): number[][] {
  const middle = (values: readonly number[]) =>
    [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)]!;
  const logN = Math.log(middle(runs.map((run) => run.parameters)));
  const logD = Math.log(middle(runs.map((run) => run.tokens)));
  const least = Math.log(Math.min(...runs.map((run) => run.loss)));
  const result: number[][] = [];
  for (const alpha of [0.1, 0.25, 0.5, 0.9]) {
    for (const beta of [0.1, 0.25, 0.5, 0.9]) {
      for (const part of [0.3, 0.6, 0.9]) {
        const rest = Math.log((1 - part) / 2) + least;
        result.push([rest + alpha * logN, rest + beta * logD, Math.log(part) + least, alpha, beta]);
      }
    }
  }
  return result;
}

const parametersAt = (x: readonly number[]): ChinchillaParameters => ({
  A: Math.exp(x[0]!),
  B: Math.exp(x[1]!),
  E: Math.exp(x[2]!),
  alpha: x[3]!,
  beta: x[4]!,
});

/** Fits the law to final losses. `input.invalid` below 6 runs, or below 3 model sizes or token counts. */
export function fitChinchilla(runs: readonly ScalingRun[], options: ScalingOptions = {}): ChinchillaFit {
  const used = usableRuns(runs, free, options);
  const delta = options.delta ?? 1e-3;
  const best = minimiseFromMany(chinchillaObjective(used, delta), starts(used));
  const predicted = new Array<number>(used.length).fill(0);
  chinchillaObjective(used, delta, predicted)(best.x, new Array<number>(free).fill(0));
  return scalingFit(parametersAt(best.x), best.value, used, predicted);
}

/**
 * How certain the parameters are: the fit repeated on runs drawn with replacement, started at the fit itself. Returns
 * `resamples` laws, in no order. A and B are tied to the exponents and vary by orders of magnitude; read E, alpha, beta.
 */
export function resampleChinchilla(
  fit: ChinchillaFit,
  options: ScalingOptions & { resamples?: number; seed?: number } = {},
): ChinchillaParameters[] {
  const { resamples = 100, seed = 0, delta = 1e-3 } = options;
  const uniform = uniforms(seed, 'laws.chinchilla');
  const { A, B, E, alpha, beta } = fit.parameters;
  const start = [Math.log(A), Math.log(B), Math.log(E), alpha, beta];
  return Array.from({ length: resamples }, () => {
    const drawn = fit.used.map(() => fit.used[Math.floor(uniform() * fit.used.length)]!);
    return parametersAt(minimise(chinchillaObjective(drawn, delta), start, { tolerance: 1e-9 }).x);
  });
}

export interface ComputeOptimum {
  /** N, of the kind the law was fitted to. */
  readonly parameters: number;
  /** D. */
  readonly tokens: number;
  /** Predicted loss there, nats per token. */
  readonly loss: number;
}

/**
 * The model size and token count of least loss for a budget of `flops`, where training costs `flopsPerParameterToken` N D
 * (6 for a dense model; Hoffmann et al., equation 4):
 *   N = G (C/6)^(beta/(alpha+beta)),  D = (C/6)/N,  G = (alpha A / (beta B))^(1/(alpha+beta)).
 */
export function computeOptimum(
  law: ChinchillaParameters,
  flops: number,
  flopsPerParameterToken = 6,
): ComputeOptimum {
  const { A, B, alpha, beta } = law;
  const budget = flops / flopsPerParameterToken;
  const logG = (Math.log(alpha) + Math.log(A) - Math.log(beta) - Math.log(B)) / (alpha + beta);
  const parameters = Math.exp(logG + (beta / (alpha + beta)) * Math.log(budget));
  const tokens = budget / parameters;
  return { parameters, tokens, loss: chinchillaLoss(law, parameters, tokens) };
}
