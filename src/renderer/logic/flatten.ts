/** A document as a list of `path: value`, leaves only; what two documents differ in. */
export function flatten(value: unknown, path = ''): [string, string][] {
  if (typeof value !== 'object' || value === null) return [[path, value === null ? '–' : String(value)]];
  const entries = Object.entries(value);
  if (Array.isArray(value) && value.every((item) => typeof item !== 'object'))
    return [[path, value.length === 0 ? '–' : value.join(', ')]];
  return entries.flatMap(([key, child]) => flatten(child, path === '' ? key : `${path}.${key}`));
}

/** Paths whose values are not the same in all documents, with each document's value (undefined where it has none). */
export function differences(
  documents: readonly unknown[],
): { path: string; values: (string | undefined)[] }[] {
  const flat = documents.map((document) => new Map(flatten(document)));
  const paths = [...new Set(flat.flatMap((map) => [...map.keys()]))];
  return paths
    .map((path) => ({ path, values: flat.map((map) => map.get(path)) }))
    .filter((row) => row.values.some((value) => value !== row.values[0]));
}
