/**
 * Exponential moving average with its bias towards the start removed (as in Adam's moments): a constant series stays
 * constant, and the first smoothed value is the first value. Values that are not finite are passed through and skipped.
 * `weight` in [0, 1): 0 leaves the series as it is.
 */
export function smooth(values: readonly number[], weight: number): number[] {
  if (!(weight > 0)) return [...values];
  const kept = Math.min(weight, 0.999);
  let average = 0;
  let correction = 1;
  return values.map((value) => {
    if (!Number.isFinite(value)) return value;
    average = kept * average + (1 - kept) * value;
    correction *= kept;
    return average / (1 - correction);
  });
}
