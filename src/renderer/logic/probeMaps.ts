/** Probes as maps: NSAR by layer and step, expert load by layer and expert. */
import { expertLabel, type LayerProbe, type Probe } from '../../shared/run/probe.ts';

export { expertLabel };

export interface NsarMap {
  readonly steps: number[];
  readonly layers: number[]; // from 1, as on the canvas
  /** [layer][step]; null where a probe lacks the layer or the threshold. */
  readonly values: (number | null)[][];
}

export function nsarMap(probes: readonly Probe[], threshold: string): NsarMap {
  const indices = [...new Set(probes.flatMap((probe) => probe.layers.map((layer) => layer.layer)))].sort(
    (a, b) => a - b,
  );
  const values = indices.map((index) =>
    probes.map((probe) => probe.layers.find((layer) => layer.layer === index)?.nsar[threshold] ?? null),
  );
  return { steps: probes.map((probe) => probe.step), layers: indices.map((index) => index + 1), values };
}

/** Thresholds that every layer of some probe has, ascending. */
export function thresholdsOf(probes: readonly Probe[]): string[] {
  const found = new Set(probes.flatMap((probe) => probe.layers.flatMap((layer) => Object.keys(layer.nsar))));
  return [...found].sort((a, b) => Number(a) - Number(b));
}

export interface LoadMap {
  readonly layers: number[]; // from 1
  readonly experts: string[];
  /** [layer][expert]: load times the number of experts, so that 1 is the uniform share. */
  readonly values: (number | null)[][];
}

/** Layers with experts only; null where none has. Layers may differ in their number of experts. */
export function loadMap(layers: readonly LayerProbe[]): LoadMap | null {
  const gated = layers.filter((layer) => layer.experts !== null);
  if (gated.length === 0) return null;
  const most = gated.reduce((a, b) => ((b.experts?.count ?? 0) > (a.experts?.count ?? 0) ? b : a));
  const count = most.experts?.count ?? 0;
  return {
    layers: gated.map((layer) => layer.layer + 1),
    experts: Array.from({ length: count }, (_, index) =>
      expertLabel(index, count, most.experts?.groups ?? 1),
    ),
    values: gated.map((layer) => {
      const experts = layer.experts;
      return Array.from({ length: count }, (_, index) => {
        const load = experts?.load[index];
        return load === undefined || experts === null ? null : load * experts.count;
      });
    }),
  };
}

/** The probe at a step, or the newest when none is asked for. */
export function probeAt(probes: readonly Probe[], step: number | null): Probe | undefined {
  if (step === null) return probes.at(-1);
  return probes.findLast((probe) => probe.step <= step) ?? probes[0];
}
