/** DSMoE's gates g in [0, 1]: how many exceed a threshold, what they cost, and what of the loss reaches them. */
import type { DsmoeFfn } from '../../shared/methods/ffn/dsmoe.ts';
import type { LayerProbe } from '../../shared/run/probe.ts';

/** Histograms over equal bins of [0, 1], summed over layers. Empty where no layer has one. */
export function sumHistograms(histograms: readonly (readonly number[])[]): number[] {
  const [first] = histograms;
  if (first === undefined) return [];
  return first.map((_, bin) => histograms.reduce((sum, counts) => sum + (counts[bin] ?? 0), 0));
}

/** Share of the values above `threshold`; within a bin values are taken to lie evenly. null: there are none. */
export function shareAbove(counts: readonly number[], threshold: number): number | null {
  const total = counts.reduce((sum, count) => sum + count, 0);
  if (total === 0) return null;
  const above = counts.reduce((sum, count, bin) => {
    const part = bin + 1 - threshold * counts.length;
    return sum + count * Math.min(1, Math.max(0, part));
  }, 0);
  return above / total;
}

/** Mean of the values, each taken at the middle of its bin. null: there are none. */
export function histogramMean(counts: readonly number[]): number | null {
  const total = counts.reduce((sum, count) => sum + count, 0);
  if (total === 0) return null;
  return counts.reduce((sum, count, bin) => sum + count * (bin + 0.5), 0) / (total * counts.length);
}

/**
 * Density of the gates at initialisation: logits are N(0, std^2 d), so g = sigmoid(z) has the density
 * phi(z / s) / (s g (1 - g)) with z = ln(g / (1 - g)) and s = std sqrt(d).
 */
export function initialDensity(gate: number, gateInitStd: number, width: number): number {
  if (gate <= 0 || gate >= 1 || gateInitStd === 0) return 0;
  const deviation = gateInitStd * Math.sqrt(width);
  const z = Math.log(gate / (1 - gate)) / deviation;
  return Math.exp((-z * z) / 2) / (Math.sqrt(2 * Math.PI) * deviation * gate * (1 - gate));
}

type PenaltyOptions = Pick<DsmoeFfn, 'tau' | 'lambdaSparse' | 'penaltyGate'>;

/** The sparsity term added to the loss if every gate of every layer were `gate` (eq. 17-19): lambda G(g), S has G's value. */
export function penalty({ tau, lambdaSparse, penaltyGate }: PenaltyOptions, gate: number): number {
  return lambdaSparse * (penaltyGate === 'raw' || gate > tau ? gate : 0);
}

/** Slope of the term by a gate over lambda: 1 where the gate is pushed down, 0 where the term does not move it. */
export function penaltySlope(
  { tau, penaltyGate }: Omit<PenaltyOptions, 'lambdaSparse'>,
  gate: number,
): 0 | 1 {
  return penaltyGate !== 'G' || gate > tau ? 1 : 0;
}

/** What an expert's output is weighted with in training, before rescaling. */
export function trainingWeight(
  { tau, gateInThreshold }: Pick<DsmoeFfn, 'tau' | 'gateInThreshold'>,
  gate: number,
): number {
  return gateInThreshold === 'none' || gate > tau ? gate : 0;
}

/** Slope of that weight by the gate as training sees it: the straight-through estimator passes 1 for closed gates too. */
export function trainingSlope(
  { tau, gateInThreshold, useSte }: Pick<DsmoeFfn, 'tau' | 'gateInThreshold' | 'useSte'>,
  gate: number,
): 0 | 1 {
  return gateInThreshold === 'none' || useSte || gate > tau ? 1 : 0;
}

/** What a probe's layers say about the gates: counts of their values, and the sparsity term over lambda. */
export interface ProbedGates {
  readonly counts: readonly number[];
  readonly mean: number | null;
  /** Mean of G(g) over tokens, experts and layers. */
  readonly openMean: number;
  /** Experts of a layer that ran for a token, mean. */
  readonly activeMean: number;
}

export function probedGates(layers: readonly LayerProbe[]): ProbedGates | null {
  const experts = layers.flatMap((layer) => (layer.experts === null ? [] : [layer.experts]));
  if (experts.length === 0) return null;
  const mean = (values: readonly number[]) =>
    values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length);
  const counts = sumHistograms(experts.map((layer) => layer.gateHistogram));
  return {
    counts,
    mean: histogramMean(counts),
    openMean: mean(experts.map((layer) => mean(layer.meanGate))),
    activeMean: mean(experts.map((layer) => layer.activeMean)),
  };
}
