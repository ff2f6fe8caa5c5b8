/** The learning rate as a function of training tokens: what a law may know of the time after its prefix. */
import { FinegrainError } from '../errors.ts';
import type { RunConfiguration } from '../run/configuration.ts';
import { warmupSteps } from '../run/schedule.ts';
import type { Schedule } from './types.ts';

/**
 * Rate after `tokens` training tokens, the continuous form of `learningRateAt`: linear warm-up from 0 to the peak R,
 * then R (constant), R (r + (1 - r) (1 + cos(pi p)) / 2) with p = (N - N_w) / (N_tot - N_w) (cosine), or R and a linear
 * fall to r R over the last `decayShare` (wsd). Beyond N_tot the last value stays. 'table': linear between its rows.
 */
export function rateAt(schedule: Schedule, tokens: number): number {
  if (schedule.kind === 'table') return tableRate(schedule.table ?? [], tokens);
  const { peak, minimumRatio, warmupTokens, totalTokens } = schedule;
  if (tokens < warmupTokens) return (peak * tokens) / warmupTokens;
  if (schedule.kind === 'constant') return peak;
  const start = decayStart(schedule);
  if (tokens <= start) return peak;
  const progress = Math.min(1, (tokens - start) / Math.max(1, totalTokens - start));
  const share = schedule.kind === 'wsd' ? 1 - progress : (1 + Math.cos(Math.PI * progress)) / 2;
  return peak * (minimumRatio + (1 - minimumRatio) * share);
}

/** Rate over its highest value, in [0, 1]; 1 during warm-up, whose low rates are no annealing. */
export function annealedShare(schedule: Schedule, tokens: number): number {
  if (tokens <= schedule.warmupTokens) return 1;
  return Math.min(1, rateAt(schedule, tokens) / schedule.peak);
}

/** Tokens after which the rate falls; Infinity where it never does. */
export function decayStart(schedule: Schedule): number {
  const { warmupTokens, totalTokens } = schedule;
  if (schedule.kind === 'cosine') return warmupTokens;
  if (schedule.kind === 'wsd') {
    return Math.max(warmupTokens, totalTokens - schedule.decayShare * totalTokens);
  }
  if (schedule.kind === 'constant') return Number.POSITIVE_INFINITY;
  const rows = schedule.table ?? [];
  const last = rows.findLastIndex((row) => row.learningRate >= schedule.peak * (1 - 1e-9));
  return last < 0 || last === rows.length - 1 ? Number.POSITIVE_INFINITY : rows[last]!.tokens;
}

function tableRate(rows: NonNullable<Schedule['table']>, tokens: number): number {
  if (rows.length === 0) return Number.NaN;
  let [low, high] = [0, rows.length - 1];
  if (tokens <= rows[0]!.tokens) return rows[0]!.learningRate;
  if (tokens >= rows[high]!.tokens) return rows[high]!.learningRate;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (rows[middle]!.tokens <= tokens) low = middle;
    else high = middle;
  }
  const [before, after] = [rows[low]!, rows[high]!];
  const part = (tokens - before.tokens) / (after.tokens - before.tokens);
  return before.learningRate + part * (after.learningRate - before.learningRate);
}

/** Schedule of a run of ours. `tokensPerStep`: batch x accumulate x context. */
export function scheduleOfRun(
  configuration: Pick<
    RunConfiguration,
    'steps' | 'learningRate' | 'schedule' | 'warmup' | 'minimumRatio' | 'decayShare'
  >,
  tokensPerStep: number,
): Schedule {
  const { steps, decayShare } = configuration;
  return {
    kind: configuration.schedule,
    warmupTokens: warmupSteps(configuration) * tokensPerStep,
    totalTokens: steps * tokensPerStep,
    peak: configuration.learningRate,
    minimumRatio: configuration.minimumRatio,
    decayShare: Math.round(decayShare * steps) / steps, // whole steps, as the trainer counts
  };
}

/**
 * Schedule of a run from elsewhere, known by rows of tokens and rates (a CSV file). Rows are sorted by tokens; warm-up
 * ends where the peak is first reached. Throws `input.invalid` without two rows of different tokens or a positive rate.
 */
export function scheduleOfRows(
  rows: readonly { readonly tokens: number; readonly learningRate: number }[],
): Schedule {
  const table = rows
    .filter((row) => Number.isFinite(row.tokens) && Number.isFinite(row.learningRate))
    .map(({ tokens, learningRate }) => ({ tokens, learningRate }))
    .sort((a, b) => a.tokens - b.tokens)
    .filter((row, index, all) => index === 0 || row.tokens > all[index - 1]!.tokens);
  const peak = Math.max(0, ...table.map((row) => row.learningRate));
  if (table.length < 2 || !(peak > 0)) {
    throw new FinegrainError(
      'input.invalid',
      `A schedule needs two rows of different tokens and a positive learning rate; it got ${table.length} usable rows with a highest rate of ${peak}.`,
      'Give each row its training tokens and learning rate.',
    );
  }
  const first = table.find((row) => row.learningRate >= peak * (1 - 1e-9))!;
  const lowest = table.at(-1)!.learningRate;
  return {
    kind: 'table',
    warmupTokens: first === table[0] ? 0 : first.tokens,
    totalTokens: table.at(-1)!.tokens,
    peak,
    minimumRatio: lowest / peak,
    decayShare: 0,
    table,
  };
}
