/** Parallel coordinates: one axis for each field, a line for each run; numbers on a scale, anything else in categories. */
import { type Axis, place, valueAt } from '../axis.ts';

export type Value = string | number | boolean | null;

export interface Dimension {
  readonly field: string;
  readonly kind: 'number' | 'category';
  /** Asked for, and possible: every number above 0. */
  readonly log: boolean;
  /** Lowest and highest number; a little wider where all are equal. */
  readonly from: number;
  readonly to: number;
  /** All runs that have a number have the same one. */
  readonly single: boolean;
  /** Categories, in order from the foot. */
  readonly categories: readonly string[];
}

/** An extent chosen on an axis, in places between 0 (foot) and 1 (top). */
export interface Brush {
  readonly low: number;
  readonly high: number;
}

export function dimensionOf(
  field: string,
  values: readonly Value[],
  log: boolean,
  compare: (a: string, b: string) => number = (a, b) => a.localeCompare(b, 'en', { numeric: true }),
): Dimension {
  const known = values.filter((value) => value !== null);
  const numbers = known.filter(
    (value): value is number => typeof value === 'number' && Number.isFinite(value),
  );
  if (numbers.length === 0 || known.some((value) => typeof value !== 'number')) {
    const categories = [...new Set(known.map(String))].sort(compare);
    return { field, kind: 'category', log: false, from: 0, to: 1, single: false, categories };
  }
  const [least, most] = [Math.min(...numbers), Math.max(...numbers)];
  const positive = log && least > 0;
  // One value alone stands in the middle of its axis.
  const half = least === most ? (least === 0 ? 1 : Math.abs(least) * 0.1) : 0;
  const [from, to] = [least - half, most + half];
  return { field, kind: 'number', log: positive && half === 0, from, to, single: half > 0, categories: [] };
}

const unit = (dimension: Dimension): Axis => ({
  from: dimension.from,
  to: dimension.to,
  start: 0,
  end: 1,
  log: dimension.log,
});

/** Where a value lies between the foot (0) and the top (1) of its axis; null where the axis cannot show it. */
export function placeOf(dimension: Dimension, value: Value): number | null {
  if (value === null) return null;
  if (dimension.kind === 'category') {
    const index = dimension.categories.indexOf(String(value));
    return index < 0 ? null : (index + 0.5) / dimension.categories.length;
  }
  return typeof value === 'number' && Number.isFinite(value) ? place(unit(dimension), value) : null;
}

export interface Tick {
  readonly place: number;
  /** null for a category, which has its text. */
  readonly value: number | null;
  readonly text: string;
}

export function ticksOf(dimension: Dimension, write: (value: number) => string): Tick[] {
  if (dimension.kind === 'category')
    return dimension.categories.map((text, index) => ({
      place: (index + 0.5) / dimension.categories.length,
      value: null,
      text,
    }));
  // One value alone: ticks around it would only seem to say more.
  const places = dimension.single ? [0.5] : [0, 0.25, 0.5, 0.75, 1];
  return places.map((at) => {
    const value = valueAt(unit(dimension), at);
    return { place: at, value, text: write(Number(value.toPrecision(3))) };
  });
}

/** Ids that pass every brush. A run that an axis cannot show does not pass its brush. */
export function passing(
  rows: readonly { readonly id: string; readonly places: readonly (number | null)[] }[],
  brushes: readonly (Brush | null)[],
): string[] {
  return rows
    .filter(({ places }) =>
      brushes.every((brush, index) => {
        const at = places[index] ?? null;
        return brush === null || (at !== null && at >= brush.low - 1e-9 && at <= brush.high + 1e-9);
      }),
    )
    .map(({ id }) => id);
}

/** A brush between two places, the lower first, within the axis; null when it is no more than a click. */
export function brushBetween(a: number, b: number): Brush | null {
  const within = (value: number) => Math.min(1, Math.max(0, value));
  const [low, high] = [within(Math.min(a, b)), within(Math.max(a, b))];
  return high - low < 0.01 ? null : { low, high };
}

/** Fields worth an axis: those that differ among the runs, at most `most`. */
export function axesWorth(
  fields: readonly string[],
  valuesOf: (field: string) => readonly Value[],
  most: number,
): string[] {
  return fields.filter((field) => new Set(valuesOf(field)).size > 1).slice(0, most);
}
