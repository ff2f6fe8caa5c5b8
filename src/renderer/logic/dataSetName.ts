/** A name for a data set from its first file: "War and Peace.txt" becomes "war-and-peace". */
export function dataSetName(files: readonly { readonly name: string }[]): string {
  const first = files[0]?.name ?? '';
  return first
    .replace(/\.[^.]*$/, '')
    .toLowerCase()
    .replace(/[^\p{Letter}\p{Number}]+/gu, '-')
    .replace(/^-+|-+$/g, '')
    .slice(0, 60);
}
