/** The way out that the reason of a diverged run ends with; by it the page tells such a run from one that broke. */
export const divergenceHint = 'Try a lower learning rate, a longer warm-up, or stronger gradient clipping.';

export function isDivergence(reason: string | null): boolean {
  return reason?.endsWith(divergenceHint) ?? false;
}
