/** Which ticks an axis has in the room there is, and how its title wraps. */
import { capHeight } from './fontMetrics.ts';
import type { PlacedAxis } from './placed.ts';
import type { Scale } from './scales.ts';
import { domainOf, scaleFor } from './scales.ts';
import type { Axis, AxisGroup, Panel } from './spec.ts';
import { noBreakSpace, textWidth, widestLine, wrapText } from './text.ts';
import type { Tick } from './ticks.ts';
import {
  formatLinearTicks,
  formatLogTicks,
  linearTickValues,
  logTickValues,
  prefixSymbol,
  sharedExponent,
} from './ticks.ts';

export function measureAxis(
  panel: Panel,
  axis: Axis,
  side: 'x' | 'y',
  length: number,
  em: number,
): PlacedAxis {
  const scale = scaleFor(axis.scale, domainOf(panel, axis, side)).onto(0, length);
  const ticks = fittingTicks(axis, scale, side, length, em);
  return { scale, ticks, labelLines: wrapText(axisTitle(axis, ticks), length, em) };
}

/** Label with unit, the unit with the SI prefix that the ticks were divided by. */
function axisTitle(axis: Axis, ticks: readonly Tick[]): string {
  if (axis.unit === undefined || axis.unit === '') return axis.label;
  const values = ticks.filter((tick) => tick.label !== '').map((tick) => tick.at);
  const exponent = axis.prefix === 'unit' ? sharedExponent(values, { prefix: 'unit' }) : 0;
  return `${axis.label} (${prefixSymbol(exponent)}${axis.unit.replaceAll(' ', noBreakSpace)})`;
}

/** The most ticks, up to a comfortable number, whose labels keep clear of each other. */
function fittingTicks(axis: Axis, scale: Scale, side: 'x' | 'y', length: number, em: number): Tick[] {
  if (axis.ticks !== undefined) return thinned(axis.ticks, axis.groups ?? [], scale, side, em);
  const [low, high] = scale.domain;
  const format = { prefix: axis.prefix ?? 'tick' };
  const comfortable = side === 'x' ? Math.floor(length / (3.2 * em)) : Math.floor(length / (2.1 * em));
  for (let most = Math.min(8, Math.max(2, comfortable)); most >= 2; most--) {
    const { major, minor } =
      axis.scale === 'log'
        ? logTickValues(low, high, most)
        : { major: linearTickValues(low, high, most, axis.integers ?? false), minor: [] };
    const labels = axis.scale === 'log' ? formatLogTicks(major, format) : formatLinearTicks(major, format);
    const ticks = major.map((at, index) => ({ at, label: labels[index]! }));
    if (most === 2 || keepClear(ticks, scale, side, em)) {
      return [...ticks, ...minor.map((at) => ({ at, label: '' }))];
    }
  }
  return [];
}

/**
 * Every n-th of a list of named ticks (counted anew in each group), with the smallest n that fits; the others stay as
 * bare ticks.
 */
function thinned(
  ticks: readonly Tick[],
  groups: readonly AxisGroup[],
  scale: Scale,
  side: 'x' | 'y',
  em: number,
): Tick[] {
  const place = ticks.map(({ at }, index) => {
    const group = groups.find(({ from, to }) => at >= from && at <= to);
    return group === undefined ? index : ticks.filter((tick) => tick.at >= group.from && tick.at < at).length;
  });
  for (let stride = 1; stride < ticks.length; stride++) {
    const kept = ticks.filter((_, index) => place[index]! % stride === 0);
    if (!keepClear(kept, scale, side, em)) continue;
    return ticks.map((tick, index) => (place[index]! % stride === 0 ? tick : { at: tick.at, label: '' }));
  }
  return ticks.map((tick, index) => (index === 0 ? tick : { at: tick.at, label: '' }));
}

function keepClear(ticks: readonly Tick[], scale: Scale, side: 'x' | 'y', em: number): boolean {
  const extents = ticks.map((tick) => {
    const centre = scale.at(tick.at);
    const half = side === 'x' ? textWidth(tick.label, em) / 2 : (capHeight * em) / 2;
    return [centre - half, centre + half] as const;
  });
  const clearance = side === 'x' ? 0.5 * em : 0.35 * em;
  extents.sort((a, b) => a[0] - b[0]);
  return extents.every((extent, index) => index === 0 || extent[0] - extents[index - 1]![1] >= clearance);
}

export function widestTick(ticks: readonly Tick[], em: number): number {
  return widestLine(
    ticks.map((tick) => tick.label),
    em,
  );
}
