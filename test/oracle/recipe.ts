/** The numbers of recipe.py in TypeScript: weights and tokens from a name, bit for bit the same. */

/** 32-bit FNV-1a. */
function nameHash(text: string): number {
  let value = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(text)) value = Math.imul(value ^ byte, 0x01000193) >>> 0;
  return value;
}

/** lowbias32 of index and name. */
function hash(index: number, start: number): number {
  let x = (Math.imul(index, 0x9e3779b1) + start) >>> 0;
  x ^= x >>> 16;
  x = Math.imul(x, 0x7feb352d) >>> 0;
  x ^= x >>> 15;
  x = Math.imul(x, 0x846ca68b) >>> 0;
  return (x ^ (x >>> 16)) >>> 0;
}

export function tokens(name: string, count: number, vocabulary: number): Int32Array {
  const start = nameHash(name);
  return Int32Array.from({ length: count }, (_, index) => hash(index, start) % vocabulary);
}

/** Initial values of a parameter: of order one in every product, gains near 1. */
export function weights(seed: string, name: string, shape: readonly number[]): Float32Array {
  const start = nameHash(`${seed}/${name}`);
  const draw = (index: number) => hash(index, start) / 2 ** 31 - 1;
  // The inputs of each product: matrices are [in, out], stacked experts [N, in, out].
  const inputs = shape[Math.max(0, shape.length - 2)]!;
  let value = (index: number) => draw(index) * Math.sqrt(3 / inputs);
  if (name.endsWith('gain')) value = (index) => 1 + 0.2 * draw(index);
  else if (name === 'embedding.weight') value = draw;
  else if (name.includes('router')) value = (index) => 0.5 * draw(index);
  const count = shape.reduce((product, size) => product * size, 1);
  return Float32Array.from({ length: count }, (_, index) => value(index));
}

/** Draw number `index` of the model in optimiser step `step` (inference: 0), float32 in [0, 1): see recipe.py. */
export function noise(seed: string, step: number, index: number, count: number): Float32Array {
  const start = nameHash(`${seed}/uniform/${step}/${index}`);
  return Float32Array.from({ length: count }, (_, i) => hash(i, start) / 2 ** 32);
}

/** 0 or 1: about three in four positions count. */
export function mask(name: string, count: number): Float32Array {
  const start = nameHash(name);
  return Float32Array.from({ length: count }, (_, index) => Number(hash(index, start) % 4 !== 0));
}
