/** The lines of a metric card: runs one by one or as means of groups, smoothed, within the range on show. */
import type { Table } from '../../shared/figures/table.ts';
import type { Curve } from '../../shared/run/metrics.ts';
import { type BandKind, bandOf } from './bands.ts';
import { indicesWithin, type Range } from './chartRange.ts';
import { hasBand } from './curve.ts';
import type { RunGroup } from './runGroups.ts';
import { smooth } from './smoothing.ts';

/** How the lines of one group (of one run, or of several) look. */
export interface Look {
  readonly colour: string;
  readonly dash: 'solid' | 'dash' | 'dot' | 'dashdot';
}

export type Role = 'low' | 'high' | 'raw' | 'line' | 'points';

export interface ChartLine {
  /** Key of the group; what stands out when it is hovered. */
  readonly group: string;
  readonly name: string;
  readonly role: Role;
  readonly x: readonly number[];
  readonly y: readonly number[];
  readonly look: Look;
  /** Drawn thin: a single run behind the mean of its group. */
  readonly thin: boolean;
}

export interface LineOptions {
  readonly smoothing: number;
  readonly range: Range | null;
  readonly band: BandKind;
  readonly singles: boolean;
}

/** Validation is measured at few steps: smoothing it would only hide them. */
export const isSparse = (metric: string) => metric.startsWith('validation/');

export function chartLines(
  groups: readonly RunGroup[],
  metric: string,
  curveOf: (run: string) => Curve | undefined,
  lookOf: (group: number) => Look,
  nameOf: (group: RunGroup) => string,
  options: LineOptions,
): ChartLine[] {
  const weight = isSparse(metric) ? 0 : options.smoothing;
  const role: Role = isSparse(metric) ? 'points' : 'line';
  return groups.flatMap((group, index) => {
    const look = lookOf(index);
    const curves = group.runs.flatMap((run) => {
      const curve = curveOf(run);
      return curve === undefined || curve.x.length === 0 ? [] : [curve];
    });
    const line = (role: Role, x: readonly number[], y: readonly number[], thin = false): ChartLine => {
      const [first, end] = indicesWithin(x, options.range);
      const name = nameOf(group);
      return { group: group.key, name, role, x: x.slice(first, end), y: y.slice(first, end), look, thin };
    };
    if (curves.length === 0) return [];
    const [only] = curves;
    if (group.runs.length === 1 && only !== undefined) {
      return [
        ...(hasBand(only) ? [line('low', only.x, only.min), line('high', only.x, only.max)] : []),
        ...(weight > 0 ? [line('raw', only.x, only.last)] : []),
        line(role, only.x, smooth(only.last, weight)),
      ];
    }
    const smoothed = curves.map((curve) => ({ x: curve.x, y: smooth(curve.last, weight) }));
    const band = bandOf(smoothed, options.band);
    return [
      ...(band === null ? [] : [line('low', band.x, band.low), line('high', band.x, band.high)]),
      ...(options.singles ? smoothed.map((single) => line('raw', single.x, single.y, true)) : []),
      ...(band === null ? [] : [line(role, band.x, band.mean)]),
    ];
  });
}

/** What a card shows, for the clipboard: one row for each point of each line. */
export function linesTable(lines: readonly ChartLine[], axis: string, value: string): Table {
  const kinds: Record<Role, string> = {
    low: 'lower edge',
    high: 'upper edge',
    raw: 'raw',
    line: 'line',
    points: 'line',
  };
  return {
    columns: [{ name: 'series' }, { name: 'kind' }, { name: axis }, { name: value }],
    rows: lines.flatMap(({ name, role, x, y }) => x.map((at, index) => [name, kinds[role], at, y[index]!])),
  };
}
