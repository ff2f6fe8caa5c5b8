import { describe, expect, it } from 'vitest';
import type { LayerProbe } from '../../shared/run/probe.ts';
import { pairShares } from './pairShares.ts';

/** Two sets of two; pairs are the packed upper triangle of the 4 x 4 matrix, over 10 tokens. */
const layer = (pairs: number[] | null) =>
  ({ experts: { count: 4, groups: 2, routing: { tokens: 10, pairs } } }) as unknown as LayerProbe;

describe('shares of pairs', () => {
  it('are the block of A by B, mean over layers', () => {
    //        00 01 02 03 11 12 13 22 23 33
    const one = [6, 0, 4, 2, 4, 1, 3, 5, 0, 5];
    const two = [6, 0, 6, 0, 4, 1, 3, 7, 0, 3];
    expect(pairShares([layer(one), layer(two)], 2)).toEqual([
      [0.5, 0.1],
      [0.1, 0.3],
    ]);
  });

  it('are not known for other sizes, or where pairs were not logged', () => {
    expect(pairShares([layer([6, 0, 4, 2, 4, 1, 3, 5, 0, 5])], 4)).toBeNull();
    expect(pairShares([layer(null), { experts: null } as LayerProbe], 2)).toBeNull();
  });
});
