/**
 * What one position encoding declares, once, in one file: its part of the document's schema, its rotation, its help
 * texts. All are rotary: dimension pairs (i, i + h/2) of queries and keys turn by position * theta_i. The registry in
 * `index.ts` lists them; nothing else in the project names one.
 *
 * Axes: T position, h head size, G key/value heads, i = 0..h/2-1 pair.
 */
import type { z } from 'zod';
import type { Problem } from '../../errors.ts';
import type { FieldHelp } from '../method.ts';

/** What of an attention layer a rotation may depend on. */
export interface HeadLayout {
  readonly heads: number; // H
  readonly kvHeads: number; // G
  readonly headSize: number; // h
  /** Index of the layer in the expanded stack. */
  readonly layer: number;
}

export interface Rotation {
  /** theta_i in radians per token, [h/2] each: one row for all heads, or one for each key/value head. */
  readonly frequencies: readonly Float64Array[];
  /** Factor on cos and sin, so that scores grow by its square; 1 leaves vector norms as they are. */
  readonly amplitude: number;
}

export interface PositionMethod<Options extends { kind: string }> {
  readonly kind: Options['kind'];
  readonly label: string;
  /** One sentence for pickers. */
  readonly summary: string;
  readonly standing: 'complete' | 'partial' | 'reconstruction' | 'baseline';
  readonly source: string;
  /** What must be said beside every run of the method, or null. */
  readonly notice: string | null;
  readonly schema: z.ZodType<Options>;
  /** Options to start from for heads of this layout in a model that was built for `context` positions. */
  defaults(layout: HeadLayout, context: number): Options;
  readonly fields: Readonly<Record<string, FieldHelp>>;
  /** Rules that cross fields; paths relative to the position object. The layout itself is valid. */
  check(options: Options, layout: HeadLayout): Problem[];
  rotation(options: Options, layout: HeadLayout): Rotation;
  /** The same rotation in every layer, with values found for each head written out as a list. Absent: there are none. */
  writtenOut?(options: Options, layout: HeadLayout): Options;
  /** Names of the fields whose value in `options` is a reconstruction of ours and shapes what is computed. */
  reconstructed(options: Options, layout: HeadLayout): string[];
}

/** theta_i = base^(-2i/h), i = 0..h/2-1 (Su et al., arXiv 2104.09864, section 3.2.2). */
export function rotaryFrequencies(base: number, headSize: number): Float64Array {
  return Float64Array.from({ length: headSize / 2 }, (_, pair) => base ** ((-2 * pair) / headSize));
}

export interface RotaryTables {
  readonly cos: Float32Array;
  readonly sin: Float32Array;
  /** [T, h], or [heads, T, h] where heads differ. */
  readonly shape: readonly number[];
}

/**
 * cos and sin of position * theta_i times the amplitude, with equal halves along h (rotate-half form), for positions
 * 0..T-1. Angles are float64: float32 would be off by 1e-3 radians at position 10,000 already. `heads`, a multiple of
 * the rotation's rows: each row is written for heads / rows heads in turn.
 */
export function rotaryTables(rotation: Rotation, context: number, heads: number): RotaryTables {
  const { frequencies, amplitude } = rotation;
  const half = frequencies[0]!.length;
  const h = 2 * half;
  const rows = frequencies.length === 1 ? 1 : heads;
  const cos = new Float32Array(rows * context * h);
  const sin = new Float32Array(rows * context * h);
  for (let row = 0; row < rows; row++) {
    const theta = frequencies[Math.floor((row * frequencies.length) / rows)]!;
    for (let position = 0; position < context; position++) {
      const start = (row * context + position) * h;
      for (let pair = 0; pair < half; pair++) {
        const angle = position * theta[pair]!;
        cos[start + pair] = cos[start + half + pair] = amplitude * Math.cos(angle);
        sin[start + pair] = sin[start + half + pair] = amplitude * Math.sin(angle);
      }
    }
  }
  return { cos, sin, shape: rows === 1 ? [context, h] : [rows, context, h] };
}
