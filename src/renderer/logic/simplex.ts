/** Mixtures of three data sets as points of a triangle with corners (0, 0), (1, 0) and (1/2, sqrt(3)/2), y upwards. */
export type Shares = readonly [number, number, number];

export const simplexHeight = Math.sqrt(3) / 2;

export function placeOf([, second, third]: Shares): { readonly x: number; readonly y: number } {
  return { x: second + third / 2, y: third * simplexHeight };
}

/** Shares at a place, brought into the triangle and onto multiples of `step` that sum to 1. */
export function sharesAt({ x, y }: { readonly x: number; readonly y: number }, step = 0.05): Shares {
  const third = y / simplexHeight;
  const second = x - third / 2;
  const raw = [1 - second - third, second, third].map((share) => Math.max(0, share));
  const sum = raw.reduce((a, b) => a + b, 0);
  const parts = Math.round(1 / step);
  const exact = raw.map((share) => (share / sum) * parts);
  const counts = exact.map(Math.floor);
  // What rounding down left over goes to the largest remainders.
  const order = [0, 1, 2].sort((a, b) => exact[b]! - counts[b]! - (exact[a]! - counts[a]!));
  const left = parts - counts.reduce((a, b) => a + b, 0);
  for (let k = 0; k < left; k++) counts[order[k]!]!++;
  return counts.map((count) => count / parts) as unknown as Shares;
}

export function sameShares(a: readonly number[], b: readonly number[]): boolean {
  return a.every((share, at) => Math.abs(share - b[at]!) < 1e-6);
}

/** `0.5, 0.3, 0.2` or `5 3 2` as shares that sum to 1; null where it is not three such numbers. */
export function parseShares(text: string): Shares | null {
  const numbers = text
    .split(/[\s,;/]+/)
    .filter((part) => part !== '')
    .map(Number);
  const sum = numbers.reduce((a, b) => a + b, 0);
  if (numbers.length !== 3 || numbers.some((value) => !(value >= 0)) || !(sum > 0)) return null;
  return numbers.map((value) => value / sum) as unknown as Shares;
}
