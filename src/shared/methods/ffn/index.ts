/**
 * The FFN registry. Adding a method touches its own file and one line of the list below; nothing outside this folder
 * names a kind.
 */
import type { z } from 'zod';
import type { FfnMethod } from '../method.ts';
import { schemaUnion } from '../schemaUnion.ts';
import { cartesianmoe } from './cartesianmoe.ts';
import { dense } from './dense.ts';
import { dsmoe } from './dsmoe.ts';
import { finedeep } from './finedeep.ts';
import { hash } from './hash.ts';
import { llamamoe } from './llamamoe.ts';
import { maskmoe } from './maskmoe.ts';
import { moe } from './moe.ts';
import { random } from './random.ts';
import { topp } from './topp.ts';

const registry = [dense, finedeep, dsmoe, cartesianmoe, maskmoe, moe, topp, hash, random, llamamoe] as const;

/** The FFN part of a block, told apart by `kind`. */
export const ffnSchema = schemaUnion(registry);
export type Ffn = z.infer<typeof ffnSchema>;
export type FfnKind = Ffn['kind'];

/** All methods in order, behind the face that the rest of the project uses. */
export const ffnMethods: readonly FfnMethod<Ffn>[] = registry;
export const ffnKinds: readonly FfnKind[] = registry.map((method) => method.kind);

/** The method that reads and runs documents of this kind. */
export function ffnMethod(kind: FfnKind): FfnMethod<Ffn> {
  return ffnMethods.find((method) => method.kind === kind)!;
}
