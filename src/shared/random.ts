/** Seeded random numbers: a stream of its own for every (seed, name), the same on every machine. */

/** FNV-1a over UTF-16 code units, 32 bits. */
function hash(text: string, start = 0x811c9dc5): number {
  let value = start;
  for (let i = 0; i < text.length; i++) value = Math.imul(value ^ text.charCodeAt(i), 0x01000193);
  return value >>> 0;
}

/** sfc32 (Chris Doty-Humphrey, PractRand): 128 bits of state, passes BigCrush; uniform in [0, 1) with 32 bits. */
export function uniforms(seed: number, name: string): () => number {
  let [a, b, c, counter] = [seed >>> 0, hash(name), hash(name, Math.floor(seed / 2 ** 32) ^ 0x9e3779b9), 1];
  const next = (): number => {
    const result = (((a + b) | 0) + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (c << 21) | (c >>> 11);
    c = (c + result) | 0;
    return (result >>> 0) / 2 ** 32;
  };
  for (let i = 0; i < 15; i++) next(); // mixes the seed through the state
  return next;
}
