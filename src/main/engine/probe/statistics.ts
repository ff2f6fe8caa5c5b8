/**
 * From the tapped tensors of a model on one batch to the numbers that probes log: activation sparsity and routing.
 *
 * NSAR_tau(layer) = mean over tokens t and units j of 1[|a_tj| > tau], with a = SiLU(x Wg): our definition, the paper's
 * is unknown; the variant takes a = SiLU(x Wg) * (x Wu). For experts the units of all of them stand side by side, so
 * that models of equal width compare.
 */
import { type Architecture, expandLayers } from '../../../shared/architecture/document.ts';
import { type FfnKind, ffnMethod } from '../../../shared/methods/ffn/index.ts';
import type { ExpertLayout } from '../../../shared/methods/method.ts';
import {
  type ExpertStatistics,
  type LayerProbe,
  nsarThresholds,
  type Probe,
} from '../../../shared/run/probe.ts';
import type { TappedLayer } from '../types.ts';
import { loggedPairs, mergeRouting, routingStatistics } from './routing.ts';

type Tapped = TappedLayer['taps'][string];

/** Bins of the activation histogram: SiLU never falls below -0.2785, and what lies outside is counted in the end bins. */
const histogramFrom = -1;
const histogramTo = 3;
const histogramBins = 80;

const gateBins = 20;

/**
 * Statistics of every layer. `layers` are the taps of `Model.probe` or `Trainer.probe` on the same document. Layers of
 * more than `mostPaired` experts go without their co-activation matrix.
 */
export function probeStatistics(
  architecture: Architecture,
  layers: readonly TappedLayer[],
  step: number,
  mostPaired = loggedPairs,
): Probe {
  const described = expandLayers(architecture);
  const tokens = layers[0] === undefined ? 0 : rows(tapped(layers[0], 'activation'));
  return {
    step,
    tokens,
    layers: layers.map((layer) => {
      const { ffn } = described[layer.layer]!;
      const method = ffnMethod(ffn.kind);
      const thresholds = [...new Set([...nsarThresholds, ...method.nsarThresholds(ffn)])].sort(
        (a, b) => a - b,
      );
      return layerStatistics(layer, ffn.kind, thresholds, method.experts(ffn), mostPaired);
    }),
  };
}

function layerStatistics(
  layer: TappedLayer,
  kind: FfnKind,
  thresholds: readonly number[],
  experts: ExpertLayout | null,
  mostPaired: number,
): LayerProbe {
  const activation = tapped(layer, 'activation');
  return {
    layer: layer.layer,
    kind,
    nsar: nonSparseRates(activation.values, thresholds),
    nsarTimesUp: nonSparseRates(tapped(layer, 'activationTimesUp').values, thresholds),
    activationHistogram: histogram(activation.values),
    experts: experts === null ? null : expertStatistics(layer, experts, mostPaired),
  };
}

function tapped(layer: TappedLayer, name: string): Tapped {
  const value = layer.taps[name];
  if (value === undefined) throw new Error(`layer ${layer.layer} has no tap ${name}`);
  return value;
}

function rows(tensor: Tapped): number {
  return tensor.shape[0]!;
}

/** Share of values with |a| > tau, for ascending thresholds, in one pass: each value raises the thresholds below it. */
export function nonSparseRates(values: Float32Array, thresholds: readonly number[]): Record<string, number> {
  const above = new Float64Array(thresholds.length + 1);
  for (let i = 0; i < values.length; i++) {
    const size = Math.abs(values[i]!);
    let passed = 0;
    while (passed < thresholds.length && size > thresholds[passed]!) passed++;
    above[passed]!++;
  }
  const shares = new Array<number>(thresholds.length);
  let count = 0;
  for (let index = thresholds.length - 1; index >= 0; index--) {
    count += above[index + 1]!;
    shares[index] = values.length === 0 ? 0 : count / values.length;
  }
  return Object.fromEntries(thresholds.map((tau, index) => [String(tau), shares[index]!]));
}

/** Counts in equal bins from -1 to 3. What lies outside falls into the first and last bin; NaN, of a diverged run, in none. */
export function histogram(values: Float32Array): { edges: number[]; counts: number[] } {
  const width = (histogramTo - histogramFrom) / histogramBins;
  const edges = Array.from({ length: histogramBins + 1 }, (_, i) =>
    Number((histogramFrom + i * width).toFixed(6)),
  );
  const counts = new Array<number>(histogramBins).fill(0);
  for (let i = 0; i < values.length; i++) {
    if (Number.isNaN(values[i])) continue;
    const bin = Math.floor((values[i]! - histogramFrom) / width);
    counts[Math.min(histogramBins - 1, Math.max(0, bin))]!++;
  }
  return { edges, counts };
}

/** Routing of one layer from its gates [N, E]: the weight of each expert's output before any rescaling. */
export function expertStatistics(
  layer: TappedLayer,
  layout: ExpertLayout,
  mostPaired = loggedPairs,
): ExpertStatistics {
  const gate = tapped(layer, 'gate');
  const tokens = rows(gate);
  const E = layout.count;
  const sums = new Float64Array(E);
  const squares = new Float64Array(E);
  const used = new Float64Array(E);
  let entropy = 0;
  for (let token = 0; token < tokens; token++) {
    const gates = gate.values.subarray(token * E, (token + 1) * E);
    const total = gates.reduce((sum, value) => sum + value, 0);
    for (let expert = 0; expert < E; expert++) {
      const value = gates[expert]!;
      sums[expert]! += value;
      squares[expert]! += value * value;
      if (!layout.switchesOff || value > 0) used[expert]!++;
      if (value > 0) entropy -= (value / total) * Math.log(value / total);
    }
  }
  const all = sums.reduce((sum, value) => sum + value, 0);
  const perToken = (value: number) => (tokens === 0 ? 0 : value / tokens);
  const mean = Array.from(sums, perToken);
  const share = layer.taps.updateShare;
  return {
    count: E,
    groups: layout.groups,
    load: Array.from(sums, (sum) => (all === 0 ? 0 : sum / all)),
    meanGate: mean,
    gateDeviation: mean.map((value, e) => Math.sqrt(Math.max(0, perToken(squares[e]!) - value * value))),
    activeMean: perToken(used.reduce((sum, count) => sum + count, 0)),
    entropy: perToken(entropy),
    dead: Array.from(used.keys()).filter((expert) => used[expert] === 0),
    gateHistogram: gateHistogram((layer.taps.score ?? gate).values),
    ...(share === undefined ? {} : { updateShare: columnMeans(share) }),
    ...(layout.switchesOff
      ? { routing: routingStatistics(gate, layer.taps.score ?? null, layout, mostPaired) }
      : {}),
  };
}

function gateHistogram(values: Float32Array): number[] {
  const counts = new Array<number>(gateBins).fill(0);
  for (let i = 0; i < values.length; i++) {
    if (Number.isNaN(values[i])) continue;
    counts[Math.min(gateBins - 1, Math.max(0, Math.floor(values[i]! * gateBins)))]!++;
  }
  return counts;
}

function columnMeans(tensor: Tapped): number[] {
  const [count, columns] = tensor.shape as [number, number];
  const sums = new Array<number>(columns).fill(0);
  tensor.values.forEach((value, i) => {
    sums[i % columns]! += value;
  });
  return sums.map((sum) => (count === 0 ? 0 : sum / count));
}

/**
 * Adds the statistics of several batches of the same document into one probe: rates and means weighted by tokens,
 * histograms summed, an expert dead only if no batch used it.
 */
export function mergeProbes(probes: readonly Probe[]): Probe {
  const tokens = probes.reduce((sum, probe) => sum + probe.tokens, 0);
  const weights = probes.map((probe) => (tokens === 0 ? 0 : probe.tokens / tokens));
  const first = probes[0]!;
  const average = (pick: (layer: LayerProbe) => number, layer: number) =>
    probes.reduce((sum, probe, i) => sum + weights[i]! * pick(probe.layers[layer]!), 0);
  const rates = (layer: number, variant: 'nsar' | 'nsarTimesUp') =>
    Object.fromEntries(
      Object.keys(first.layers[layer]![variant]).map((key) => [
        key,
        average((probe) => probe[variant][key]!, layer),
      ]),
    );
  return {
    step: first.step,
    tokens,
    layers: first.layers.map((layer, index) => ({
      ...layer,
      nsar: rates(index, 'nsar'),
      nsarTimesUp: rates(index, 'nsarTimesUp'),
      activationHistogram: {
        edges: layer.activationHistogram.edges,
        counts: layer.activationHistogram.counts.map((_, bin) =>
          probes.reduce((sum, probe) => sum + probe.layers[index]!.activationHistogram.counts[bin]!, 0),
        ),
      },
      experts:
        layer.experts === null
          ? null
          : mergeExperts(
              probes.map((probe) => probe.layers[index]!.experts!),
              weights,
            ),
    })),
  };
}

function mergeExperts(parts: readonly ExpertStatistics[], weights: readonly number[]): ExpertStatistics {
  const first = parts[0]!;
  const average = (pick: (part: ExpertStatistics) => number) =>
    parts.reduce((sum, part, i) => sum + weights[i]! * pick(part), 0);
  const meanGate = first.meanGate.map((_, e) => average((part) => part.meanGate[e]!));
  const all = meanGate.reduce((sum, value) => sum + value, 0);
  return {
    count: first.count,
    groups: first.groups,
    // Load is the share of summed gates, so it follows from the mean gates over all tokens.
    load: meanGate.map((value) => (all === 0 ? 0 : value / all)),
    meanGate,
    gateDeviation: meanGate.map((value, e) => {
      const square = average((part) => part.gateDeviation[e]! ** 2 + part.meanGate[e]! ** 2);
      return Math.sqrt(Math.max(0, square - value * value));
    }),
    activeMean: average((part) => part.activeMean),
    entropy: average((part) => part.entropy),
    dead: first.dead.filter((expert) => parts.every((part) => part.dead.includes(expert))),
    gateHistogram: first.gateHistogram.map((_, bin) =>
      parts.reduce((sum, part) => sum + part.gateHistogram[bin]!, 0),
    ),
    ...(first.updateShare === undefined
      ? {}
      : { updateShare: first.updateShare.map((_, m) => average((part) => part.updateShare![m]!)) }),
    ...(first.routing === undefined ? {} : { routing: mergeRouting(parts.map((part) => part.routing!)) }),
  };
}
