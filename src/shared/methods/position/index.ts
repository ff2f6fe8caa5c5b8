/** The registry of position encodings. Adding one touches its own file and one line of the list below. */
import type { z } from 'zod';
import { schemaUnion } from '../schemaUnion.ts';
import { harpe } from './harpe.ts';
import { pi } from './pi.ts';
import type { PositionMethod } from './position.ts';
import { rope } from './rope.ts';
import { yarn } from './yarn.ts';

const registry = [rope, pi, yarn, harpe] as const;

/** The position part of an attention object, told apart by `kind`. */
export const positionSchema = schemaUnion(registry);
export type Position = z.infer<typeof positionSchema>;
export type PositionKind = Position['kind'];

/** All methods in order, behind the face that the rest of the project uses. */
export const positionMethods: readonly PositionMethod<Position>[] = registry;
export const positionKinds: readonly PositionKind[] = registry.map((method) => method.kind);

/** The method that reads and runs positions of this kind. */
export function positionMethod(kind: PositionKind): PositionMethod<Position> {
  return positionMethods.find((method) => method.kind === kind)!;
}
