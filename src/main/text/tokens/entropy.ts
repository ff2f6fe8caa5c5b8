/** Entropy of token frequencies. */

/** Entropy in nats of the distribution proportional to `counts`; 0 when all are 0. */
export function entropyOfCounts(counts: ArrayLike<number>): number {
  let total = 0;
  for (let i = 0; i < counts.length; i++) total += counts[i]!;
  if (total === 0) return 0;
  let entropy = 0;
  for (let i = 0; i < counts.length; i++) {
    const p = counts[i]! / total;
    if (p > 0) entropy -= p * Math.log(p);
  }
  return entropy;
}

/** Entropy in nats of a mixture: each source's distribution with its weight. */
export function entropyOfMixture(
  sources: readonly { readonly counts: Float64Array; readonly weight: number }[],
): number {
  const length = Math.max(0, ...sources.map((source) => source.counts.length));
  const mixed = new Float64Array(length);
  for (const { counts, weight } of sources) {
    const total = counts.reduce((sum, count) => sum + count, 0);
    if (total > 0) for (let i = 0; i < counts.length; i++) mixed[i]! += (weight * counts[i]!) / total;
  }
  return entropyOfCounts(mixed);
}
