/**
 * Multi-power law (Luo et al., arXiv 2503.12811, equations 1 and 2), a baseline that knows the schedule:
 *   L(t) = L0 + A S(t)^(-alpha) - B sum_k (eta_(k-1) - eta_k) G(eta_k^(-gamma) S_k(t)),  G(x) = 1 - (C x + 1)^(-beta),
 * with S the sum of learning rates since the start (warm-up included) and S_k that since step k. Reconstruction: rates
 * relative to the peak and sums in shares of the horizon, which changes A and C by a unit only; the schedule on a grid of
 * `pieces` steps; squared errors instead of Huber's on log losses; one run's prefix instead of several whole runs.
 */
import { solveColumns } from './numeric.ts';
import { rateAt } from './schedule.ts';
import { type Corner, simplex } from './simplex.ts';
import type { Schedule } from './types.ts';

const pieces = 64;

export interface MultiPowerFit {
  readonly l0: number;
  readonly a: number;
  readonly alpha: number;
  readonly b: number;
  readonly c: number;
  readonly beta: number;
  readonly gamma: number;
  readonly objective: number;
  /** false: the rate has not fallen in the prefix, and B, C, beta, gamma are open (B = 0). */
  readonly decaySeen: boolean;
}

interface Table {
  /** S at the checkpoints asked for. */
  readonly area: Float64Array;
  /** Falls of the rate: size, rate after it, and area before it. */
  readonly falls: readonly { size: number; rate: number; area: number }[];
}

/** Integrals of the relative rate, in shares of the horizon. */
function tabulate(schedule: Schedule, tokens: readonly number[]): Table {
  const horizon = schedule.totalTokens;
  const share = (value: number) => rateAt(schedule, value) / schedule.peak;
  const warm = Math.min(schedule.warmupTokens, horizon);
  const knots = [0, ...Array.from({ length: pieces + 1 }, (_, k) => warm + (k * (horizon - warm)) / pieces)];
  const areas = [0];
  for (let k = 1; k < knots.length; k++) {
    const middle = (share(knots[k - 1]!) + share(knots[k]!)) / 2;
    areas.push(areas[k - 1]! + (middle * (knots[k]! - knots[k - 1]!)) / horizon);
  }
  const areaAt = (value: number) => {
    const at = Math.max(
      1,
      knots.findIndex((knot) => knot >= value),
    );
    const k = value >= horizon ? knots.length - 1 : at;
    const from = knots[k - 1]!;
    if (value >= horizon) return areas[k]! + (share(horizon) * (value - horizon)) / horizon;
    return areas[k - 1]! + (((share(from) + share(value)) / 2) * (value - from)) / horizon;
  };
  const falls = knots.slice(2).flatMap((knot, index) => {
    const size = share(knots[index + 1]!) - share(knot);
    const middle = (areas[index + 1]! + areas[index + 2]!) / 2;
    return size > 1e-12 ? [{ size, rate: Math.max(1e-3, share(knot)), area: middle }] : [];
  });
  return { area: Float64Array.from(tokens, areaAt), falls };
}

/** Columns of A, L0 and B at every token count. */
function columnsAt(
  { area, falls }: Table,
  [logAlpha, logC, logBeta, gamma]: readonly number[],
): Float64Array[] {
  const [alpha, c, beta] = [Math.exp(logAlpha!), Math.exp(logC!), Math.exp(logBeta!)];
  const reduction = new Float64Array(area.length);
  for (const fall of falls) {
    const scale = c * fall.rate ** -gamma!;
    for (let j = 0; j < area.length; j++) {
      const since = area[j]! - fall.area;
      if (since > 0) reduction[j]! -= fall.size * (1 - (scale * since + 1) ** -beta);
    }
  }
  return [area.map((value) => value ** -alpha), new Float64Array(area.length).fill(1), reduction];
}

const low = [Math.log(0.01), Math.log(0.05), Math.log(0.05), 0];
const high = [Math.log(3), Math.log(500), Math.log(3), 1.5];

/** Least-squares fit to mean losses at `tokens` (thinned to 40), from three starts by Nelder and Mead's simplex. */
export function fitMultiPower(
  tokens: readonly number[],
  losses: readonly number[],
  schedule: Schedule,
  weights: readonly number[] | null = null,
): MultiPowerFit {
  const most = 40;
  const kept =
    tokens.length <= most
      ? tokens.map((_, j) => j)
      : Array.from({ length: most }, (_, k) => Math.round((k * (tokens.length - 1)) / (most - 1)));
  const table = tabulate(
    schedule,
    kept.map((j) => tokens[j]!),
  );
  const y = kept.map((j) => losses[j]!);
  const w = weights === null ? null : kept.map((j) => weights[j]!);
  const last = table.area.at(-1)!;
  const decaySeen = table.falls.some((fall) => fall.area < last);
  const held = (point: readonly number[]) =>
    point.map((value, k) => Math.min(high[k]!, Math.max(low[k]!, value)));
  const solve = (point: readonly number[]) => solveColumns(columnsAt(table, held(point)), y, w, [0, 1, 2]);
  const starts = decaySeen ? [0, 2, 4].map((logC) => [-0.7, logC, -0.7, 0.5]) : [[-1, 0, -0.7, 0.5]];
  let best: Corner = { point: starts[0]!, value: Number.POSITIVE_INFINITY };
  for (const start of starts) {
    const open = decaySeen ? start.map(() => 0.5) : [0.5];
    const found = simplex((point) => solve(point).sse, start, open);
    if (found.value < best.value) best = found;
  }
  const [logAlpha, logC, logBeta, gamma] = held(best.point) as [number, number, number, number];
  const { coefficients, sse } = solve(best.point);
  return {
    l0: coefficients[1]!,
    a: coefficients[0]!,
    alpha: Math.exp(logAlpha),
    b: coefficients[2]!,
    c: Math.exp(logC),
    beta: Math.exp(logBeta),
    gamma,
    objective: sse,
    decaySeen,
  };
}

/** Free parameters for checkpoints at `tokens`: L0, A, alpha, and four more once the rate has begun to fall. */
export function multiPowerParameters(tokens: readonly number[], schedule: Schedule): number {
  const { area, falls } = tabulate(schedule, tokens);
  return falls.some((fall) => fall.area < area[area.length - 1]!) ? 7 : 3;
}

/** Loss of the fitted law at each token count. */
export function multiPowerLoss(fit: MultiPowerFit, tokens: readonly number[], schedule: Schedule): number[] {
  const point = [Math.log(fit.alpha), Math.log(fit.c), Math.log(fit.beta), fit.gamma];
  const [power, , reduction] = columnsAt(tabulate(schedule, tokens), point);
  return tokens.map((_, j) => Math.max(0, fit.l0 + fit.a * power![j]! + fit.b * reduction![j]!));
}
