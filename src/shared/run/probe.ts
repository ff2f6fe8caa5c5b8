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
