/**
 * A drawn figure before it is written in any format: paths, boxes and lines of text, in points from the top left corner.
 * The writers of SVG and PDF both take it, so that the two files are the same drawing.
 */
import type { FontWeight } from './fontMetrics.ts';
import type { Box } from './placed.ts';

export interface Stroke {
  readonly colour: string;
  readonly width: number;
  readonly dash?: readonly number[];
  readonly opacity?: number;
  readonly round?: boolean; // joins
}

export type Shape =
  /** `d` in the grammar of SVG paths. */
  | {
      readonly kind: 'path';
      readonly d: string;
      readonly fill?: string;
      readonly fillOpacity?: number;
      readonly stroke?: Stroke;
    }
  | { readonly kind: 'box'; readonly box: Box; readonly fill: string }
  /** A box that runs through colours from its foot to its top. */
  | { readonly kind: 'ramp'; readonly box: Box; readonly colours: readonly string[] }
  /** One line of text; turned text reads upwards around (x, y). */
  | {
      readonly kind: 'text';
      readonly text: string;
      readonly x: number;
      readonly y: number; // baseline
      readonly anchor: 'start' | 'middle' | 'end';
      readonly weight?: FontWeight;
      readonly turned?: boolean;
    }
  /** What is drawn inside a box and cut at its edge. */
  | { readonly kind: 'clipped'; readonly box: Box; readonly shapes: readonly Shape[] };

export interface Scene {
  readonly description: string;
  readonly width: number;
  readonly height: number;
  readonly widthMm: number;
  readonly fontSize: number;
  readonly ink: string;
  readonly shapes: readonly Shape[];
}
