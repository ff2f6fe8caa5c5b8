import { describe, expect, it } from 'vitest';
import type { Batch } from '../engine/types.ts';
import { measureLosses } from './measure.ts';

/** An evaluation that says the target ids as losses. */
const trainer = {
  evaluate: async (batch: Batch) => ({ losses: Float32Array.from(batch.targets) }),
} as unknown as Parameters<typeof measureLosses>[0];
const batch = (targets: number[], mask?: number[]): Batch => ({
  inputs: new Int32Array(targets.length),
  targets: Int32Array.from(targets),
  ...(mask === undefined ? {} : { mask: Float32Array.from(mask) }),
});

describe('measureLosses', () => {
  it('means over sequences at each position, with their standard errors', async () => {
    const sets = [{ set: 'validation', batches: [batch([1, 10, 3, 20]), batch([5, 30, 7, 40])] }];
    const [measured] = await measureLosses(trainer, sets, 2);
    expect(measured).toMatchObject({ set: 'validation', sequences: 4, loss: [4, 25] });
    // Sample deviation over sqrt(4): of 1, 3, 5, 7 and of 10, 20, 30, 40.
    expect(measured!.standardError[0]).toBeCloseTo(Math.sqrt(20 / 3) / 2, 12);
    expect(measured!.standardError[1]).toBeCloseTo(Math.sqrt(500 / 3) / 2, 12);
  });

  it('does not depend on the order of the sequences, and leaves masked targets out', async () => {
    const one = [{ set: 'a', batches: [batch([1, 2, 3, 4, 9, 6], [1, 1, 1, 1, 0, 1])] }];
    const other = [{ set: 'a', batches: [batch([3, 4, 9, 6, 1, 2], [1, 1, 0, 1, 1, 1])] }];
    const [first, second] = [await measureLosses(trainer, one, 2), await measureLosses(trainer, other, 2)];
    expect(first[0]!.loss).toEqual([2, 4]);
    expect(second[0]!.loss[0]).toBeCloseTo(2, 12);
    expect(second[0]!.loss[1]).toBeCloseTo(4, 12);
  });

  it('knows no standard error of a single sequence', async () => {
    const [measured] = await measureLosses(trainer, [{ set: 'a', batches: [batch([1, 2])] }], 2);
    expect(measured).toMatchObject({ sequences: 1, loss: [1, 2], standardError: [0, 0] });
  });
});
