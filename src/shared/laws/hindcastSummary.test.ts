import { describe, expect, it } from 'vitest';
import { type ScoredHindcast, summariseHindcasts } from './hindcastSummary.ts';

const row = (
  fraction: number,
  method: ScoredHindcast['method'],
  finalRelativeError: number | null,
  coverage95: number | null = null,
): ScoredHindcast => ({
  fraction,
  method,
  quality: finalRelativeError === null ? null : { r2: 0.5, mape: 0.1, finalRelativeError, coverage95 },
});

describe('summary of hindcasts', () => {
  it('takes the median of errors without their sign, and counts what was not possible', () => {
    const rows = [
      row(0.4, 'temporal', -0.03, 1),
      row(0.4, 'temporal', 0.01, 0.5),
      row(0.4, 'temporal', 0.02, 0.9),
      row(0.1, 'temporal', null),
      row(0.4, 'lastValue', 0.2),
    ];
    const [early, late, last] = summariseHindcasts(rows);
    expect(early).toMatchObject({ fraction: 0.1, runs: 0, of: 1, medianError: null, coverage95: null });
    expect(late).toMatchObject({ fraction: 0.4, method: 'temporal', runs: 3, of: 3, medianError: 0.02 });
    expect(late!.coverage95).toBeCloseTo(0.8, 12);
    expect(last).toMatchObject({ method: 'lastValue', runs: 1, medianError: 0.2, coverage95: null });
  });

  it('is the middle of two where their number is even, and empty of nothing', () => {
    expect(summariseHindcasts([row(0.2, 'power', 0.1), row(0.2, 'power', 0.3)])[0]!.medianError).toBeCloseTo(
      0.2,
    );
    expect(summariseHindcasts([])).toEqual([]);
  });
});
