/** The registry of ways of sharing attention across layers. Adding one touches its own file and one line of the list below. */
import type { z } from 'zod';
import { schemaUnion } from '../schemaUnion.ts';
import { crossLayerKv } from './crossLayerKv.ts';
import { none } from './none.ts';
import type { SharingMethod } from './sharing.ts';
import { uniattn } from './uniattn.ts';

const registry = [none, uniattn, crossLayerKv] as const;

/** The `sharing` of a document, told apart by `kind`. */
export const sharingSchema = schemaUnion(registry);
export type Sharing = z.infer<typeof sharingSchema>;
export type SharingKind = Sharing['kind'];

/** All methods in order, behind the face that the rest of the project uses. */
export const sharingMethods: readonly SharingMethod<Sharing>[] = registry;
export const sharingKinds: readonly SharingKind[] = registry.map((method) => method.kind);

/** The method that reads documents with this kind of sharing. */
export function sharingMethod(kind: SharingKind): SharingMethod<Sharing> {
  return sharingMethods.find((method) => method.kind === kind)!;
}
