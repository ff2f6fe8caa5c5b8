import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { byPosition } from './positions.ts';
import { keptShare } from './robustness.ts';
import { distinctPerType } from './routing.ts';
import { overlap } from './saturation.ts';
import { timeShares } from './softmaxTime.ts';

/** Choices of tokens, -1 filled up to `most`. */
function choices(rows: number[][], groups = 1) {
  const most = Math.max(1, ...rows.map((row) => row.length));
  const chosen = new Int32Array(rows.length * most).fill(-1);
  rows.forEach((row, at) => {
    chosen.set(row, at * most);
  });
  return { chosen, most, groups };
}

describe('saturation and fluctuation', () => {
  test('by hand', () => {
    const earlier = choices([[0, 1], [2, 3], [1, 0], [3]]);
    const final = choices([[1, 0], [2, 4], [5, 6], [3]]);
    // Kept: 2, 1, 0 and 1 of 7 choices; the first choice moved in the first and third rows.
    expect(overlap(earlier, final)).toEqual({ kept: 4 / 7, moved: 2 / 4 });
  });

  const rows = fc.array(fc.uniqueArray(fc.nat(5), { maxLength: 4 }), { minLength: 1, maxLength: 30 });

  test('of a checkpoint against itself are 1 and 0; both are shares', () => {
    fc.assert(
      fc.property(rows, rows, (a, b) => {
        expect(overlap(choices(a), choices(a))).toEqual({ kept: 1, moved: 0 });
        const size = Math.min(a.length, b.length);
        const { kept, moved } = overlap(choices(a.slice(0, size)), choices(b.slice(0, size)));
        for (const share of [kept, moved]) {
          expect(share).toBeGreaterThanOrEqual(0);
          expect(share).toBeLessThanOrEqual(1);
        }
      }),
    );
  });
});

test('distinct experts of types that occur again', () => {
  // Type 7 uses experts 0, 1 and 2 over two occurrences, type 8 always 3; type 9 occurs once.
  const layer = choices([[0, 1], [3], [1, 2], [3], [5]]);
  expect(distinctPerType(layer, Int32Array.of(7, 8, 7, 8, 9))).toBe((3 + 1) / 2);
  expect(distinctPerType(choices([[0], [1]]), Int32Array.of(1, 2))).toBeNull();
});

test('tokens that see no more than they run keep their experts', () => {
  expect(keptShare({ ...choices([[0], [1], [2], [3]]), visible: Int32Array.of(1, 4, 4, 1) })).toBe(0.5);
  expect(
    keptShare({
      ...choices([
        [0, 1],
        [1, 0],
      ]),
      visible: Int32Array.of(2, 3),
    }),
  ).toBe(0.5);
});

test('losses by position, each over the windows that reach it', () => {
  expect(byPosition(Int32Array.of(0, 1, 2, 0, 1), Float32Array.of(4, 2, 1, 2, 3))).toEqual({
    byPosition: [3, 2.5, 1],
    windows: [2, 2, 1],
  });
});

test('time is shared out among softmax, matrix products and the rest, without a remainder', () => {
  const found = timeShares([
    { operator: 'MatMul', milliseconds: 4, calls: 3 },
    { operator: 'FusedMatMul', milliseconds: 2, calls: 2 },
    { operator: 'Softmax', milliseconds: 1.5, calls: 2 },
    { operator: 'Softmax (router)', milliseconds: 0.5, calls: 2 },
    { operator: 'Gemm', milliseconds: 1, calls: 1 },
    { operator: 'Add', milliseconds: 1, calls: 9 },
  ]);
  expect(found.softmax).toEqual({ milliseconds: 2, share: 0.2 });
  expect(found.attentionSoftmax.share).toBeCloseTo(0.15, 12);
  expect(found.matrixProducts).toEqual({ milliseconds: 7, share: 0.7 });
  expect(found.other.share).toBeCloseTo(0.1, 12);
  expect(found.operators.reduce((sum, { share }) => sum + share, 0)).toBeCloseTo(1, 12);
});
