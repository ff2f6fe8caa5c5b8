import { describe, expect, it } from 'vitest';
import { calmState, type DivergenceState, judgeLoss } from './divergence.ts';

const settings = { deviations: 10, vocabulary: 512 };

/** Feeds losses in order; returns the step and reason of the stop, or null. */
function feed(losses: readonly number[], chosen = settings): { step: number; reason: string } | null {
  let state: DivergenceState = calmState;
  for (const [index, loss] of losses.entries()) {
    const verdict = judgeLoss(index + 1, { loss, gradientNorm: 1 }, state, chosen);
    if (verdict.reason !== null) return { step: index + 1, reason: verdict.reason };
    state = verdict.state;
  }
  return null;
}

const noisyDescent = Array.from(
  { length: 200 },
  (_, step) => 6 * Math.exp(-step / 80) + 0.1 * Math.sin(step * 7),
);

describe('judgeLoss', () => {
  it('lets a noisy descent pass', () => {
    expect(feed(noisyDescent)).toBeNull();
  });

  it('stops at once on NaN and infinity, of loss or gradient', () => {
    expect(feed([6, Number.NaN])).toEqual({ step: 2, reason: 'The loss became NaN at step 2.' });
    expect(feed([6, Number.POSITIVE_INFINITY])?.step).toBe(2);
    const verdict = judgeLoss(4, { loss: 5, gradientNorm: Number.NaN }, calmState, settings);
    expect(verdict.reason).toContain('gradient norm became NaN at step 4');
  });

  it('stops at the third spike in a row, not at one or two', () => {
    const calm = Array.from({ length: 60 }, (_, step) => 3 + 0.05 * Math.sin(step * 5));
    expect(feed([...calm, 9, 9, 3, 9, 9, 3])).toBeNull();
    expect(feed([...calm, 9, 9, 9])).toMatchObject({ step: 63 });
  });

  it('does not take ripples on a plateau for spikes', () => {
    const plateau = Array.from({ length: 100 }, () => 2);
    expect(feed([...plateau, 2.1, 2.1, 2.1])).toBeNull();
  });

  it('stops a run that is far worse than chance before any running mean exists', () => {
    expect(feed([6.2, 40_000, 52_000, 61_000])).toMatchObject({ step: 4 });
  });

  it('judges only NaN when switched off', () => {
    expect(feed([6.2, 40_000, 52_000, 61_000], { ...settings, deviations: 0 })).toBeNull();
  });
});
