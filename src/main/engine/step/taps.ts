/** Tapped tensors of a forward pass, by kind and by layer. */
import type { ProbeKind, TappedLayer } from '../types.ts';

interface Place {
  readonly layer: number;
  readonly half: ProbeKind;
  readonly tap: string;
}

function placeOf(name: string): Place {
  const match = /^blocks\.(\d+)\.(ffn|attention)\.(.+)$/.exec(name);
  if (!match) throw new Error(`The tap "${name}" belongs to no layer.`);
  return { layer: Number(match[1]), half: match[2] as ProbeKind, tap: match[3]! };
}

/** The probe that a tap `blocks.{i}.(ffn|attention).{tap}` belongs to. */
export function kindOfTap(name: string): ProbeKind {
  return placeOf(name).half;
}

/** Taps by layer. The FFN's taps keep their own names; those of the attention half are called `attention.{tap}`. */
export function tappedLayers(
  taps: ReadonlyArray<{ name: string; shape: number[]; values: Float32Array }>,
): TappedLayer[] {
  const layers = new Map<number, Record<string, { shape: number[]; values: Float32Array }>>();
  for (const { name, shape, values } of taps) {
    const { layer, half, tap } = placeOf(name);
    const entry = layers.get(layer) ?? {};
    entry[half === 'ffn' ? tap : `attention.${tap}`] = { shape, values };
    layers.set(layer, entry);
  }
  return [...layers].sort(([a], [b]) => a - b).map(([layer, entry]) => ({ layer, taps: entry }));
}
