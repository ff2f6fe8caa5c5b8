/** What probes say over training, as lines: one for each layer. And the share of choices of each expert of a layer. */
import type { LayerProbe, Probe } from '../../shared/run/probe.ts';
import { expertLabel } from './probeMaps.ts';

export interface LayerLine {
  readonly layer: number; // from 1
  readonly kind: string;
  readonly x: number[]; // steps
  readonly y: number[];
}

type Pick = (layer: LayerProbe) => number | null | undefined;

/** A line for each layer where `pick` finds a value in some probe; probes without one are left out of it. */
export function layerLines(probes: readonly Probe[], pick: Pick): LayerLine[] {
  const lines = new Map<number, LayerLine>();
  for (const { step, layers } of probes) {
    for (const layer of layers) {
      const value = pick(layer);
      if (value === null || value === undefined || !Number.isFinite(value)) continue;
      const line = lines.get(layer.layer) ?? { layer: layer.layer + 1, kind: layer.kind, x: [], y: [] };
      line.x.push(step);
      line.y.push(value);
      lines.set(layer.layer, line);
    }
  }
  return [...lines.values()].sort((a, b) => a.layer - b.layer);
}

export const routerEntropy: Pick = ({ experts }) => experts?.routing?.routerEntropy;
export const activeExperts: Pick = ({ experts }) => experts?.activeMean;
export const imbalance: Pick = ({ experts }) => experts?.routing?.maxOverMean;

/** Entropy of a router that makes no difference between the experts of one group; null where layers differ. */
export function uniformEntropy(probes: readonly Probe[]): number | null {
  const counts = new Set(
    probes
      .flatMap((probe) => probe.layers)
      .flatMap(({ experts }) =>
        experts?.routing?.routerEntropy == null ? [] : [experts.count / experts.groups],
      ),
  );
  const [count] = counts;
  return counts.size === 1 && count !== undefined ? Math.log(count) : null;
}

export interface ChoiceMap {
  readonly steps: number[];
  readonly experts: string[];
  /** [expert][step]: share of tokens for which the expert ran; null where a probe does not say. */
  readonly values: (number | null)[][];
}

/** How often each expert of a layer (counted from 0) ran, over training; null where no probe says. */
export function choiceMap(probes: readonly Probe[], layer: number): ChoiceMap | null {
  const found = probes.map((probe) => probe.layers.find((entry) => entry.layer === layer)?.experts ?? null);
  const first = found.find((experts) => experts?.routing !== undefined);
  if (first === undefined || first === null) return null;
  return {
    steps: probes.map((probe) => probe.step),
    experts: Array.from({ length: first.count }, (_, index) => expertLabel(index, first.count, first.groups)),
    values: Array.from({ length: first.count }, (_, index) =>
      found.map((experts) => experts?.routing?.choiceShare[index] ?? null),
    ),
  };
}

/** Layers (counted from 0) of which some probe says who was chosen. */
export function chosenLayers(probes: readonly Probe[]): number[] {
  const layers = probes.flatMap((probe) =>
    probe.layers.filter(({ experts }) => experts?.routing !== undefined).map(({ layer }) => layer),
  );
  return [...new Set(layers)].sort((a, b) => a - b);
}
