/** Common parts of figures whose panels are fields of cells. */
import type { Axis } from '../spec.ts';

/** Borders of cells centred on 0, 1, ... */
export function squareEdges(count: number): number[] {
  return Array.from({ length: count + 1 }, (_, index) => index - 0.5);
}

/** An axis with one named place for each cell. */
export function namedAxis(label: string, names: readonly string[]): Axis {
  return {
    label,
    scale: 'linear',
    domain: [-0.5, names.length - 0.5],
    ticks: names.map((name, at) => ({ at, label: name })),
  };
}
