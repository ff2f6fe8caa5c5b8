/** What a probe of one model on one batch of tokens says, per layer. Logged every P steps and returned by `inspect`. */

/** Thresholds at which NSAR is measured (finedeep.md section 3: our sweep, default 0.1). */
export const nsarThresholds = [0.01, 0.05, 0.1, 0.2, 0.5] as const;

export interface ExpertStatistics {
  /** Experts of the layer: DSMoE n; Finedeep M*K, sub-layer major. */
  readonly count: number;
  /** Rows of the layout (Finedeep: M sub-layers), 1 for flat experts. */
  readonly groups: number;
  /** Share of the layer's summed gates that each expert gets; sums to 1 (or is all 0 when nothing is active). */
  readonly load: number[];
  readonly meanGate: number[];
  readonly gateDeviation: number[];
  /** Experts with a non-zero gate, mean over tokens. For methods that never switch off this is the count. */
  readonly activeMean: number;
  /** Entropy in nats of a token's gate shares, mean over tokens (0 for a token without an open expert). */
  readonly entropy: number;
  /** Indices of experts that no token of the probe used. */
  readonly dead: number[];
  /** Histogram over [0, 1] in 20 bins of the gate before its threshold, counts summed over experts and tokens. */
  readonly gateHistogram: number[];
  /** Finedeep: for each sub-layer the norm of its update over the norm of the stream it is added to, mean over tokens. */
  readonly updateShare?: number[];
  /** What is known of a layer whose experts can be switched off. Absent: none can, or the probe is of an older version. */
  readonly routing?: RoutingStatistics;
}

/** Which experts ran for which tokens. */
export interface RoutingStatistics {
  readonly tokens: number;
  /** Share of tokens for which each expert ran; sums to the mean number of experts a token runs (K for top-k). */
  readonly choiceShare: number[];
  /**
   * Tokens for which two experts both ran: the upper triangle of the symmetric matrix with its diagonal, row by row.
   * null where the layer has too many experts to log it. Whole numbers, because they are exact and compress well.
   */
  readonly pairs: number[] | null;
  /**
   * Entropy in nats of a token's router probabilities, mean over tokens and groups; scores that are no probabilities
   * (sigmoid gates) are first divided by their sum. null: the layer has no router.
   */
  readonly routerEntropy: number | null;
  /** Largest share of choices over the mean one: 1 is perfectly balanced. 0 where nothing ran. */
  readonly maxOverMean: number;
  /** Experts that ran for at least one token. */
  readonly distinct: number;
}

/** Index of the pair (i, j), i <= j, in the packed upper triangle of a matrix of `count` rows. */
export function pairIndex(count: number, i: number, j: number): number {
  return i * count - (i * (i - 1)) / 2 + (j - i);
}

/**
 * The co-activation matrix: share of tokens for which both experts ran; the diagonal is the share of the expert itself.
 * For two sub-layers of e experts the block [0, e) x [e, 2e) is the usage of pairs. null where it was not logged.
 */
export function coActivation(experts: Pick<ExpertStatistics, 'count' | 'routing'>): number[][] | null {
  const { count, routing } = experts;
  if (routing === undefined || routing.pairs === null) return null;
  const { pairs, tokens } = routing;
  const share = (i: number, j: number): number =>
    tokens === 0 ? 0 : pairs[pairIndex(count, Math.min(i, j), Math.max(i, j))]! / tokens;
  return Array.from({ length: count }, (_, i) => Array.from({ length: count }, (_, j) => share(i, j)));
}

/** "1.3" for expert 3 of sub-layer 1; "3" where experts are flat. Counted from 1. */
export function expertLabel(index: number, count: number, groups: number): string {
  if (groups <= 1) return String(index + 1);
  const perGroup = count / groups;
  return `${Math.floor(index / perGroup) + 1}.${(index % perGroup) + 1}`;
}

/** What the load of these layers is a share of: where no expert was switched off, it is a share of mean gates. */
export function loadLabel(layers: readonly ExpertStatistics[]): string {
  const allRun = layers.every(({ activeMean, count }) => activeMean >= count - 1e-6);
  return allRun ? 'Mean-gate share' : 'Share of gate weight';
}

export interface LayerProbe {
  readonly layer: number;
  readonly kind: string; // FFN kind
  /** Non-sparse activation rate by threshold, keys as in `String(threshold)`; our definition (finedeep.md section 4). */
  readonly nsar: Readonly<Record<string, number>>;
  /** Variant of the definition: a = SiLU(x Wg) * (x Wu). */
  readonly nsarTimesUp: Readonly<Record<string, number>>;
  readonly activationHistogram: { readonly edges: number[]; readonly counts: number[] };
  readonly experts: ExpertStatistics | null;
}

export interface Probe {
  readonly step: number;
  readonly tokens: number; // tokens the probe looked at
  readonly layers: LayerProbe[];
}
