/** Bars in groups: a group for each name, a bar in it for each run. */
import type { Mark, Panel } from '../spec.ts';

export interface BarGroups {
  readonly label: string;
  readonly names: readonly string[];
  /** [run][group]; null where there is nothing to show. */
  readonly values: readonly (readonly (number | null)[])[];
  readonly y: Panel['y'];
}

const groupWidth = 0.8;

export function barPanel({ label, names, values, y }: BarGroups): Panel {
  const width = groupWidth / values.length;
  return {
    x: {
      label,
      scale: 'linear',
      domain: [-0.6, names.length - 0.4],
      ticks: names.map((name, at) => ({ at, label: name })),
    },
    y,
    marks: values.map((row, series): Mark => {
      const known = row.flatMap((value, at) => (value === null ? [] : [{ at, value }]));
      return {
        kind: 'bars',
        x: known.map(({ at }) => at - groupWidth / 2 + (series + 0.5) * width),
        y: known.map(({ value }) => value),
        width: width * 0.92,
        series,
      };
    }),
  };
}

/** A domain from 0 to a little above the highest value, or from the lowest where some are below 0. */
export function barDomain(values: readonly (readonly (number | null)[])[]): [number, number] {
  const known = values.flat().filter((value) => value !== null);
  const low = Math.min(0, ...known);
  const high = Math.max(0, ...known);
  const margin = 0.08 * (high - low || 1);
  return [low < 0 ? low - margin : 0, high + margin];
}
