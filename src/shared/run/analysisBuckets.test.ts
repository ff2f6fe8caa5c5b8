import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { bucketLosses, frequencyBuckets } from './analysisBuckets.ts';

describe('buckets', () => {
  test('by hand: 100 occurrences of six types, two of them never seen', () => {
    // Order: 3 (50), 0 (30), 1 (10), 5 (10), 2 and 4 (0). Covered before each: 0, 0.5, 0.8, 0.9.
    expect([...frequencyBuckets([30, 10, 0, 50, 0, 10])]).toEqual([0, 1, 2, 0, 2, 1]);
  });

  test('ties go to the lower id', () => {
    // Ten equal types: eight reach 80 %, the ninth starts at 80 %, the tenth at 90 %.
    expect([...frequencyBuckets(new Array(10).fill(7))]).toEqual([0, 0, 0, 0, 0, 0, 0, 0, 1, 1]);
    expect([...frequencyBuckets([1, 1])]).toEqual([0, 0]);
  });

  const counts = fc.array(fc.nat(50), { minLength: 1, maxLength: 40 });

  test('frequent types are the shortest prefix that covers 80 %; unseen types are rare; none is less frequent above', () => {
    fc.assert(
      fc.property(counts, (list) => {
        const buckets = frequencyBuckets(list);
        const total = list.reduce((sum, count) => sum + count, 0);
        fc.pre(total > 0);
        const of = (bucket: number) => [...list.keys()].filter((id) => buckets[id] === bucket);
        const share = (ids: number[]) => ids.reduce((sum, id) => sum + list[id]!, 0) / total;
        expect(share(of(0))).toBeGreaterThanOrEqual(0.8 - 1e-12);
        const least = Math.min(...of(0).map((id) => list[id]!));
        expect(share(of(0)) - least / total).toBeLessThan(0.8);
        expect(share([...of(0), ...of(1)])).toBeGreaterThanOrEqual(0.95 - 1e-12);
        list.forEach((count, id) => {
          if (count === 0) expect(buckets[id]).toBe(2);
          list.forEach((other, otherId) => {
            if (count > other) expect(buckets[id]!).toBeLessThanOrEqual(buckets[otherId]!);
          });
        });
      }),
    );
  });
});

describe('losses', () => {
  test('by hand', () => {
    const buckets = Uint8Array.of(0, 1, 2);
    expect(bucketLosses(buckets, [0, 0, 2, 9], [1, 2, 5, 7])).toEqual([
      { bucket: 'frequent', types: 1, tokens: 2, loss: 1.5 },
      { bucket: 'middle', types: 1, tokens: 0, loss: null },
      { bucket: 'rare', types: 1, tokens: 2, loss: 6 },
    ]);
  });

  test('tokens sum to the total, and the weighted losses to the mean loss', () => {
    const rows = fc.array(fc.tuple(fc.nat(7), fc.double({ min: 0, max: 12, noNaN: true })), { minLength: 1 });
    fc.assert(
      fc.property(rows, fc.array(fc.nat(9), { minLength: 8, maxLength: 8 }), (positions, counts) => {
        const losses = positions.map(([, loss]) => loss);
        const found = bucketLosses(
          frequencyBuckets(counts),
          positions.map(([id]) => id),
          losses,
        );
        expect(found.reduce((sum, { tokens }) => sum + tokens, 0)).toBe(positions.length);
        expect(found.reduce((sum, { types }) => sum + types, 0)).toBe(8);
        const total = found.reduce((sum, { tokens, loss }) => sum + tokens * (loss ?? 0), 0);
        expect(total).toBeCloseTo(
          losses.reduce((sum, loss) => sum + loss, 0),
          8,
        );
      }),
    );
  });
});
