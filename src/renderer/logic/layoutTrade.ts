/**
 * Another depth and width of a Finedeep layer at the cost it had: of its expert matrices (the FFN width D), of all its
 * parameters, or of its forward FLOPs. Routers and norms grow with the layout, so that under the latter two D gives way.
 */
import type { Layout } from '../../shared/architecture/edits.ts';
import { type Ffn, ffnMethod } from '../../shared/methods/ffn/index.ts';
import type { LayerShape } from '../../shared/methods/method.ts';

export type Cost = 'width' | 'parameters' | 'flops';

/** Kinds whose width D follows the layout: D is a multiple of the experts. */
export type Divided = Extract<Ffn, { width: number }>;

export function costOf(ffn: Ffn, cost: Cost, shape: LayerShape): number {
  const method = ffnMethod(ffn.kind);
  if (cost === 'width') return method.units(ffn);
  const counts = method.counts(ffn, shape);
  return cost === 'parameters' ? counts.parameters : counts.forwardFlops;
}

/** Farther from the cost asked for than this share is no trade. */
export const tradeTolerance = 0.03;

/**
 * The layer in this layout with the units of an expert that bring its cost nearest to `target`; null where even the
 * nearest is more than `tradeTolerance` away, or the kind has no layout.
 */
export function traded(
  ffn: Divided,
  layout: Layout,
  cost: Cost,
  target: number,
  shape: LayerShape,
): Divided | null {
  const method = ffnMethod(ffn.kind);
  if (method.withLayout === undefined) return null;
  const count = layout.groups * layout.perGroup;
  const laidOut = method.withLayout(ffn, layout.groups, layout.perGroup);
  const at = (units: number): Divided => ({ ...laidOut, width: count * units }) as Divided;
  // Cost is linear in the width: two points tell all.
  const [one, two] = [costOf(at(1), cost, shape), costOf(at(2), cost, shape)];
  const units = Math.max(1, Math.round(1 + (target - one) / (two - one)));
  const found = at(units);
  if (Math.abs(costOf(found, cost, shape) / target - 1) > tradeTolerance) return null;
  return found;
}

const sides = [1, 2, 3, 4, 6, 8, 12, 16];

/** Layouts that come within `tradeTolerance` of a cost. */
export function tradeFamily(ffn: Divided, cost: Cost, target: number, shape: LayerShape): Layout[] {
  return sides
    .flatMap((groups) => sides.map((perGroup) => ({ groups, perGroup })))
    .filter((layout) => traded(ffn, layout, cost, target, shape) !== null);
}
