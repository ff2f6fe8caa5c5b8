import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { hashIntegers, Permutation } from './random.ts';

describe('Permutation', () => {
  it('visits each item once', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 700 }), fc.nat(), (size, seed) => {
        const permutation = new Permutation(size, seed);
        const items = Array.from({ length: size }, (_, i) => permutation.at(i)).sort((a, b) => a - b);
        expect(items).toEqual(Array.from({ length: size }, (_, i) => i));
      }),
    );
  });

  it('is another for another seed, and the same for the same', () => {
    const first = (seed: number) => Array.from({ length: 20 }, (_, i) => new Permutation(10_000, seed).at(i));
    expect(first(1)).toEqual(first(1));
    expect(first(1)).not.toEqual(first(2));
    expect(first(1)).not.toEqual(first(1 + 2 ** 32));
  });

  it('leaves no trace of the order it shuffles', () => {
    // Rank correlation of 20,000 items: its standard deviation under independence is 1 / sqrt(n - 1).
    const size = 20_000;
    const permutation = new Permutation(size, 7);
    const middle = (size - 1) / 2;
    let sum = 0;
    for (let i = 0; i < size; i++) sum += (i - middle) * (permutation.at(i) - middle);
    const correlation = sum / ((size * (size * size - 1)) / 12);
    expect(Math.abs(correlation)).toBeLessThan(4 / Math.sqrt(size - 1));
  });

  it('works up to 2^32 items', () => {
    const permutation = new Permutation(2 ** 32, 3);
    const items = Array.from({ length: 1000 }, (_, i) => permutation.at(2 ** 32 - 1 - i));
    expect(new Set(items).size).toBe(1000);
    expect(Math.max(...items)).toBeLessThan(2 ** 32);
    expect(Math.max(...items)).toBeGreaterThan(2 ** 31);
  });
});

describe('hashIntegers', () => {
  it('spreads over all 32 bits and depends on each argument', () => {
    const bits = new Array<number>(32).fill(0);
    const count = 20_000;
    for (let i = 0; i < count; i++) {
      const hash = hashIntegers(5, i);
      for (let bit = 0; bit < 32; bit++) bits[bit]! += (hash >>> bit) & 1;
    }
    for (const ones of bits) expect(Math.abs(ones / count - 0.5)).toBeLessThan(4 * Math.sqrt(0.25 / count));
    expect(
      new Set([hashIntegers(1, 2), hashIntegers(2, 1), hashIntegers(1, 2, 0), hashIntegers(1, 2 + 2 ** 32)])
        .size,
    ).toBe(4);
  });
});
