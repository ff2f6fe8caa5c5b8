/** The registry of ways of sharing attention across layers. Adding one touches its own file and one line of the list below. */
import { z } from 'zod';
import { crossLayerKv } from './crossLayerKv.ts';
import { none } from './none.ts';
import type { SharingMethod } from './sharing.ts';
import { uniattn } from './uniattn.ts';

const registry = [none, uniattn, crossLayerKv] as const;

type Registry = typeof registry;
type SchemasOf<Methods extends readonly { schema: z.ZodObject }[]> = {
  -readonly [Index in keyof Methods]: Methods[Index]['schema'];
};

// The cast gives back the tuple type that `map` loses; the discriminated union needs it to infer each member.
const schemas = registry.map((method) => method.schema) as unknown as SchemasOf<Registry>;

/** The `sharing` of a document, told apart by `kind`. */
export const sharingSchema = z.discriminatedUnion('kind', schemas);
export type Sharing = z.infer<typeof sharingSchema>;
export type SharingKind = Sharing['kind'];

/** All methods in order, behind the face that the rest of the project uses. */
export const sharingMethods: readonly SharingMethod<Sharing>[] = registry;
export const sharingKinds: readonly SharingKind[] = registry.map((method) => method.kind);

/** The method that reads documents with this kind of sharing. */
export function sharingMethod(kind: SharingKind): SharingMethod<Sharing> {
  return sharingMethods.find((method) => method.kind === kind)!;
}
