/** Which experts ran for which tokens, from the gates of a layer: choice shares, co-activation, router entropy, balance. */
import type { ExpertLayout } from '../../../shared/methods/method.ts';
import { pairIndex, type RoutingStatistics } from '../../../shared/run/probe.ts';
import type { TappedLayer } from '../types.ts';

type Tapped = TappedLayer['taps'][string];

/** Experts of a layer up to which probes log every pair: 64 give 2,080 whole numbers. */
export const loggedPairs = 64;

/**
 * An expert ran for a token where its gate is above 0. `score` [N, E] are the router's probabilities, group by group;
 * null where the layer has no router.
 */
export function routingStatistics(
  gate: Tapped,
  score: Tapped | null,
  layout: ExpertLayout,
  mostPaired = loggedPairs,
): RoutingStatistics {
  const E = layout.count;
  const tokens = gate.shape[0]!;
  const used = new Array<number>(E).fill(0);
  const pairs = E > mostPaired ? null : new Array<number>((E * (E + 1)) / 2).fill(0);
  const ran: number[] = [];
  for (let token = 0; token < tokens; token++) {
    ran.length = 0;
    for (let expert = 0; expert < E; expert++) if (gate.values[token * E + expert]! > 0) ran.push(expert);
    for (let a = 0; a < ran.length; a++) {
      used[ran[a]!]!++;
      if (pairs !== null) for (let b = a; b < ran.length; b++) pairs[pairIndex(E, ran[a]!, ran[b]!)]!++;
    }
  }
  return {
    tokens,
    pairs,
    routerEntropy: score === null ? null : meanEntropy(score, layout),
    ...sharesOf(used, tokens),
  };
}

function sharesOf(
  used: readonly number[],
  tokens: number,
): Pick<RoutingStatistics, 'choiceShare' | 'maxOverMean' | 'distinct'> {
  const total = used.reduce((sum, count) => sum + count, 0);
  return {
    choiceShare: used.map((count) => (tokens === 0 ? 0 : count / tokens)),
    maxOverMean: total === 0 ? 0 : (Math.max(...used) * used.length) / total,
    distinct: used.filter((count) => count > 0).length,
  };
}

/** -sum p ln p of each token's scores in each group, divided by their sum, mean over tokens and groups. */
function meanEntropy(score: Tapped, { count, groups }: ExpertLayout): number {
  const perGroup = count / groups;
  const rows = score.values.length / perGroup;
  let entropy = 0;
  for (let row = 0; row < rows; row++) {
    let total = 0;
    for (let at = row * perGroup; at < (row + 1) * perGroup; at++) total += score.values[at]!;
    if (total <= 0) continue;
    for (let at = row * perGroup; at < (row + 1) * perGroup; at++) {
      const share = score.values[at]! / total;
      if (share > 0) entropy -= share * Math.log(share);
    }
  }
  return rows === 0 ? 0 : entropy / rows;
}

/** The statistics of several batches as those of all their tokens. */
export function mergeRouting(parts: readonly RoutingStatistics[]): RoutingStatistics {
  const tokens = parts.reduce((sum, part) => sum + part.tokens, 0);
  const sum = (pick: (part: RoutingStatistics) => number) =>
    parts.reduce((total, part) => total + pick(part), 0);
  const first = parts[0]!;
  // Shares are counts over tokens, so that rounding gives the counts back exactly.
  const used = first.choiceShare.map((_, expert) =>
    sum((part) => Math.round(part.choiceShare[expert]! * part.tokens)),
  );
  return {
    tokens,
    pairs: parts.some((part) => part.pairs === null)
      ? null
      : first.pairs!.map((_, pair) => sum((part) => part.pairs![pair]!)),
    routerEntropy: parts.some((part) => part.routerEntropy === null)
      ? null
      : sum((part) => part.routerEntropy! * part.tokens) / Math.max(1, tokens),
    ...sharesOf(used, tokens),
  };
}
