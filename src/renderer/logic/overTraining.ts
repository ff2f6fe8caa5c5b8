/** Logged probes as series over the steps of a run. */
import type { LayerProbe, Probe } from '../../shared/run/probe.ts';

export interface StepSeries {
  readonly layer: number;
  readonly kind: string;
  readonly steps: number[];
  readonly values: number[];
}

/** One series a layer, of the probes that know the value. */
export function seriesOfLayers(
  probes: readonly Probe[],
  pick: (layer: LayerProbe) => number | null | undefined,
): StepSeries[] {
  const found = new Map<number, StepSeries>();
  for (const probe of probes) {
    for (const layer of probe.layers) {
      const value = pick(layer);
      if (value === null || value === undefined) continue;
      const own = found.get(layer.layer) ?? { layer: layer.layer, kind: layer.kind, steps: [], values: [] };
      found.set(layer.layer, own);
      own.steps.push(probe.step);
      own.values.push(value);
    }
  }
  return [...found.values()].sort((a, b) => a.layer - b.layer);
}

/** Load of one layer's experts by step, times their number: 1 is the uniform share. null where no probe has experts. */
export function loadOverSteps(
  probes: readonly Probe[],
  layer: number,
): { steps: number[]; values: number[][]; groups: number } | null {
  const own = probes.flatMap((probe) => {
    const experts = probe.layers.find((entry) => entry.layer === layer)?.experts;
    return experts === null || experts === undefined ? [] : [{ step: probe.step, experts }];
  });
  const first = own[0]?.experts;
  if (first === undefined) return null;
  return {
    steps: own.map(({ step }) => step),
    groups: first.groups,
    values: Array.from({ length: first.count }, (_, expert) =>
      own.map(({ experts }) => (experts.load[expert] ?? 0) * experts.count),
    ),
  };
}

/** The probe whose step lies nearest to the wanted one; the newest where none is wanted. */
export function nearestProbe(probes: readonly Probe[], step: number | null): Probe | undefined {
  if (step === null) return probes.at(-1);
  return probes.reduce<Probe | undefined>(
    (best, probe) =>
      best === undefined || Math.abs(probe.step - step) < Math.abs(best.step - step) ? probe : best,
    undefined,
  );
}
