/** A tag keeps one of eight hues everywhere, told by its letters alone. */
export const tagHues = 8;

export function tagHue(tag: string): number {
  let hash = 0x811c9dc5;
  for (const letter of tag.toLowerCase()) hash = Math.imul(hash ^ letter.codePointAt(0)!, 0x01000193);
  // The low bits of FNV-1a differ least.
  return ((hash >>> 0) >>> 16) % tagHues;
}
