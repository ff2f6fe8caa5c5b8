/** Statistics of choosing among candidates by their predicted final losses (section 4 of the paper's file; ours). */

/** Ranks from 1, ties share the mean of theirs. */
export function ranks(values: readonly number[]): number[] {
  const order = values.map((value, index) => ({ value, index })).sort((a, b) => a.value - b.value);
  const result = new Array<number>(values.length).fill(0);
  for (let start = 0; start < order.length; ) {
    let end = start;
    while (end + 1 < order.length && order[end + 1]!.value === order[start]!.value) end++;
    for (let k = start; k <= end; k++) result[order[k]!.index] = (start + end) / 2 + 1;
    start = end + 1;
  }
  return result;
}

/** Spearman's rank correlation in [-1, 1]; null with fewer than two candidates, or when one side does not vary. */
export function spearman(a: readonly number[], b: readonly number[]): number | null {
  if (a.length !== b.length) throw new RangeError(`${a.length} values against ${b.length}`);
  if (a.length < 2) return null;
  const [x, y] = [ranks(a), ranks(b)];
  const middle = (a.length + 1) / 2;
  let [xy, xx, yy] = [0, 0, 0];
  for (let i = 0; i < a.length; i++) {
    const [dx, dy] = [x[i]! - middle, y[i]! - middle];
    xy += dx * dy;
    xx += dx * dx;
    yy += dy * dy;
  }
  return xx === 0 || yy === 0 ? null : Math.max(-1, Math.min(1, xy / Math.sqrt(xx * yy)));
}

/** Loss of the pick less that of the best, nats: >= 0, and 0 for the best. `losses` are final ones; `pick` is an index. */
export function regret(losses: readonly number[], pick: number): number {
  const chosen = losses[pick];
  if (chosen === undefined) throw new RangeError(`candidate ${pick} of ${losses.length}`);
  return chosen - Math.min(...losses);
}

/** Compute spent as a share of training every candidate to its end; both in one unit (tokens, FLOPs, seconds). */
export function computeShare(spent: readonly number[], full: readonly number[]): number {
  const sum = (values: readonly number[]) => values.reduce((a, b) => a + b, 0);
  return sum(spent) / sum(full);
}

/**
 * Probability of each candidate to have the lowest final loss. `draws` is [candidate][resample], the predictions' draws at
 * the end, equally many each; ties share. The probabilities add up to 1.
 */
export function probabilityOfBest(draws: readonly ArrayLike<number>[]): number[] {
  const resamples = draws[0]?.length ?? 0;
  const wins = draws.map(() => 0);
  for (let r = 0; r < resamples; r++) {
    const least = Math.min(...draws.map((row) => row[r]!));
    const best = draws.flatMap((row, candidate) => (row[r] === least ? [candidate] : []));
    for (const candidate of best) wins[candidate]! += 1 / best.length;
  }
  return wins.map((count) => count / resamples);
}
