/**
 * The plane of expert layouts: G groups (Finedeep: sub-layers M) by P experts of a group (K) at a constant FFN width, so
 * that all have the same expert parameters and matrix-product FLOPs. Which layouts exist, the method says.
 */
import type { Layout } from '../../shared/architecture/edits.ts';

/**
 * Where a count lies on the editor's axis: 1 lies at 1, and each doubling adds the same length, so that every layout is
 * in reach of one drag and cells shrink as their number grows.
 */
export function layoutPosition(count: number): number {
  return 1 + Math.log2(count);
}

/** The layout nearest to a point on the plane of `layoutPosition`s. */
export function nearestLayout(
  family: readonly Layout[],
  groupPosition: number,
  perGroupPosition: number,
): Layout | null {
  let best: Layout | null = null;
  let bestDistance = Number.POSITIVE_INFINITY;
  for (const layout of family) {
    const distance = Math.hypot(
      layoutPosition(layout.groups) - groupPosition,
      layoutPosition(layout.perGroup) - perGroupPosition,
    );
    if (distance < bestDistance) {
      bestDistance = distance;
      best = layout;
    }
  }
  return best;
}

export type LayoutStep = 'moreGroups' | 'fewerGroups' | 'morePerGroup' | 'fewerPerGroup';

/** The next layout in a direction; along the other axis nothing changes. The same layout at the end of the road. */
export function stepLayout(family: readonly Layout[], layout: Layout, step: LayoutStep): Layout {
  const alongGroups = step === 'moreGroups' || step === 'fewerGroups';
  const candidates = family
    .filter((other) => (alongGroups ? other.perGroup === layout.perGroup : other.groups === layout.groups))
    .map((other) => (alongGroups ? other.groups : other.perGroup))
    .sort((a, b) => a - b);
  const now = alongGroups ? layout.groups : layout.perGroup;
  const next = step.startsWith('more')
    ? candidates.find((value) => value > now)
    : candidates.findLast((value) => value < now);
  if (next === undefined) return layout;
  return alongGroups ? { ...layout, groups: next } : { ...layout, perGroup: next };
}

/** The family with the layout in use, which may lie outside what is offered. */
export function withCurrent(family: readonly Layout[], current: Layout): Layout[] {
  return family.some((layout) => layout.groups === current.groups && layout.perGroup === current.perGroup)
    ? [...family]
    : [...family, current];
}

/** Counts along one axis of the plane, ascending, each once. */
export function axisCounts(family: readonly Layout[], axis: 'groups' | 'perGroup'): number[] {
  return [...new Set(family.map((layout) => layout[axis]))].sort((a, b) => a - b);
}
