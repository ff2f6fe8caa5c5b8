/** The schema of one part of a document from the registry of its methods, told apart by `kind`. */
import { z } from 'zod';

type SchemasOf<Methods extends readonly { readonly schema: z.ZodObject }[]> = {
  -readonly [Index in keyof Methods]: Methods[Index]['schema'];
};

export function schemaUnion<const Methods extends readonly { readonly schema: z.ZodObject }[]>(
  methods: Methods,
): z.ZodDiscriminatedUnion<SchemasOf<Methods>, 'kind'> {
  const schemas = methods.map((method) => method.schema);
  // The cast gives back the tuple type that `map` loses, from which each member is inferred.
  return z.discriminatedUnion('kind', schemas as [z.ZodObject]) as unknown as z.ZodDiscriminatedUnion<
    SchemasOf<Methods>,
    'kind'
  >;
}
