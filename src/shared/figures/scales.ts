/** From data to points, linear or logarithmic, and the domain of an axis that did not fix one. */
import { FinegrainError } from '../errors.ts';
import type { Axis, Mark, Panel } from './spec.ts';

export interface Scale {
  readonly domain: readonly [low: number, high: number];
  /** Position in points of a data value. */
  at(value: number): number;
  /** The same data on another stretch of paper. */
  onto(from: number, to: number): Scale;
}

export function scaleFor(kind: Axis['scale'], domain: readonly [number, number]): Scale {
  return place(kind, domain, 0, 1);
}

function place(kind: Axis['scale'], domain: readonly [number, number], from: number, to: number): Scale {
  const position = kind === 'log' ? Math.log10 : (value: number): number => value;
  const low = position(domain[0]);
  const factor = (to - from) / (position(domain[1]) - low);
  return {
    domain,
    at: (value) => from + (position(value) - low) * factor,
    onto: (start, end) => place(kind, domain, start, end),
  };
}

const linearMargin = 0.04;

/** The axis' own domain, or that of the marks with 4 % to spare on each side (of the logarithm on a log axis). */
export function domainOf(panel: Panel, axis: Axis, side: 'x' | 'y'): readonly [number, number] {
  if (axis.domain !== undefined) return axis.domain;
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (const mark of panel.marks) {
    for (const value of extentOf(mark, side)) {
      if (axis.scale === 'log' && value <= 0) continue;
      low = Math.min(low, value);
      high = Math.max(high, value);
    }
  }
  if (low > high) {
    throw new FinegrainError(
      'input.invalid',
      `Figure: nothing to draw on the axis "${axis.label}".`,
      'Choose runs that have logged this quantity.',
    );
  }
  return widened(low, high, axis.scale);
}

function widened(low: number, high: number, kind: Axis['scale']): readonly [number, number] {
  if (kind === 'log') {
    const margin = low === high ? 2 : (high / low) ** linearMargin;
    return [low / margin, high * margin];
  }
  if (low === high) {
    const margin = low === 0 ? 1 : Math.abs(low) * 0.1;
    return [low - margin, high + margin];
  }
  const margin = (high - low) * linearMargin;
  return [low - margin, high + margin];
}

function extentOf(mark: Mark, side: 'x' | 'y'): readonly number[] {
  switch (mark.kind) {
    case 'reference':
      return side === 'y' ? [mark.y] : [];
    case 'cells':
      return side === 'x' ? mark.xEdges : mark.yEdges;
    case 'band':
      return side === 'x' ? mark.x : [...mark.low, ...mark.high];
    case 'bars':
      if (side === 'y') return [0, ...mark.y];
      return mark.x.flatMap((x) => [x - mark.width / 2, x + mark.width / 2]);
    default:
      return side === 'x' ? mark.x : [...mark.y].filter((value): value is number => value !== null);
  }
}
