/** Counts of one set of routed experts with its norm, router and shared expert. */
import type { PartCounts } from '../../method.ts';
import type { DispatchOptions, ExpertSizes } from './options.ts';

export interface RoutedCount {
  /** Experts that a token runs, or the mean where it varies. */
  readonly active: number;
  /** Most experts that a token can choose: what capacity dispatch reserves slots for. */
  readonly most: number;
  /** Whether there is a router [d, E]. */
  readonly router: boolean;
}

/**
 * Per token: 6*d for every unit that is computed, 2*d for the weighted sum of each expert's output, 2*d*E for the router.
 * `forwardFlops` is what training computes under the chosen dispatch: dense all E experts, capacity the C*E slots of N
 * tokens, capacityFactor * most of them for a token before rounding and never more than E. The theoretical cost, with
 * only the experts that a token chose, is `activeForwardFlops`.
 */
export function countExperts(
  options: ExpertSizes & DispatchOptions,
  d: number,
  { active, most, router }: RoutedCount,
): PartCounts {
  const { nExperts: E, expertWidth: e, sharedWidth: s, dispatch, capacityFactor } = options;
  const perUnit = 3 * d; // a column of Wg and of Wu, a row of Wd
  const always = perUnit * s;
  const routing = router ? d * E : 0;
  const computed = dispatch === 'dense' ? E : Math.min(E, capacityFactor * most);
  const matrixFlops = Math.round(2 * (perUnit * e * computed + always));
  return {
    parameters: perUnit * e * E + always + routing + d,
    activeParameters: Math.round(perUnit * e * active) + always + routing + d,
    forwardFlops: matrixFlops + 2 * routing + Math.round(2 * computed * d),
    activeForwardFlops:
      Math.round(2 * (perUnit * e * active + always)) + 2 * routing + Math.round(2 * active * d),
    matrixFlops,
  };
}
