/** Axes of drawings by hand: a value's place, the value at a place, and round marks between two values. */

export interface Axis {
  readonly from: number; // value at `start`
  readonly to: number; // value at `end`
  readonly start: number;
  readonly end: number;
  readonly log: boolean;
}

const scaled = ({ log }: Axis, value: number) => (log ? Math.log10(value) : value);

/** Where a value lies. Values outside the axis lie outside. */
export function place(axis: Axis, value: number): number {
  const [from, to] = [scaled(axis, axis.from), scaled(axis, axis.to)];
  const share = (scaled(axis, value) - from) / (to - from);
  return axis.start + share * (axis.end - axis.start);
}

/** The value at a place, within the axis. */
export function valueAt(axis: Axis, position: number): number {
  const share = Math.min(1, Math.max(0, (position - axis.start) / (axis.end - axis.start)));
  const [from, to] = [scaled(axis, axis.from), scaled(axis, axis.to)];
  const value = from + share * (to - from);
  return axis.log ? 10 ** value : value;
}

/** Powers of ten within the axis, ends included. */
export function decades({ from, to }: Axis): number[] {
  const [first, last] = [Math.ceil(Math.log10(from) - 1e-9), Math.floor(Math.log10(to) + 1e-9)];
  return Array.from({ length: Math.max(0, last - first + 1) }, (_, index) => 10 ** (first + index));
}

/** A value at `digits` significant digits, as a number. */
export function significant(value: number, digits: number): number {
  return Number(value.toPrecision(digits));
}

/** The points as the `d` of an svg path. */
export function pathOf(points: readonly (readonly [number, number])[]): string {
  return points.map(([x, y], index) => `${index === 0 ? 'M' : 'L'}${x.toFixed(2)} ${y.toFixed(2)}`).join('');
}
