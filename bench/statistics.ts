/** Medians and spreads of repeated timings. */

export function median(values: readonly number[]): number {
  return percentile(values, 50);
}

/** Linear between the two nearest ranks. Throws on no values: a median of nothing is a bug of the caller. */
export function percentile(values: readonly number[], percent: number): number {
  if (values.length === 0) throw new RangeError('no values to take a percentile of');
  const sorted = [...values].sort((a, b) => a - b);
  const position = ((sorted.length - 1) * percent) / 100;
  const below = Math.floor(position);
  const above = Math.min(below + 1, sorted.length - 1);
  return sorted[below]! + (sorted[above]! - sorted[below]!) * (position - below);
}

/** `412 (398-431)`: the median with the 10th and 90th percentiles. */
export function describeSpread(values: readonly number[], digits = 0): string {
  const [low, high] = [percentile(values, 10), percentile(values, 90)];
  return `${median(values).toFixed(digits)} (${low.toFixed(digits)}-${high.toFixed(digits)}, n ${values.length})`;
}

/** Whether repeated timings of one thing differ so much that something else was using the machine. */
export function isUnsteady(values: readonly number[]): boolean {
  return percentile(values, 90) > 1.5 * percentile(values, 10);
}
