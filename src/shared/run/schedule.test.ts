import { describe, expect, it } from 'vitest';
import { learningRateAt, type ScheduleSettings, warmupSteps } from './schedule.ts';

const base: ScheduleSettings = {
  steps: 100,
  learningRate: 1,
  schedule: 'cosine',
  warmup: 10,
  minimumRatio: 0.1,
  decayShare: 0.2,
};

describe('warm-up', () => {
  it('defaults to 5 % of the steps, at most 100, and never exceeds the run', () => {
    expect(warmupSteps({ steps: 300, warmup: null })).toBe(15);
    expect(warmupSteps({ steps: 10_000, warmup: null })).toBe(100);
    expect(warmupSteps({ steps: 5, warmup: 20 })).toBe(5);
    expect(warmupSteps({ steps: 5, warmup: 0 })).toBe(0);
  });

  it('rises linearly from 0 and first reaches the peak at its last step', () => {
    expect([1, 5, 9, 10].map((step) => learningRateAt(step, base))).toEqual([0.1, 0.5, 0.9, 1]);
  });

  it('starts at the peak without warm-up', () => {
    expect(learningRateAt(1, { ...base, schedule: 'constant', warmup: 0 })).toBe(1);
  });
});

describe('cosine', () => {
  it('is half-way between peak and minimum in the middle, and at the minimum at the end', () => {
    expect(learningRateAt(55, base)).toBeCloseTo(0.55, 12);
    expect(learningRateAt(100, base)).toBeCloseTo(0.1, 12);
    // A third of the way: r + (1 - r) (1 + cos(pi / 3)) / 2 = 0.1 + 0.9 * 0.75.
    expect(learningRateAt(40, base)).toBeCloseTo(0.775, 12);
  });

  it('keeps the minimum beyond the last step', () => {
    expect(learningRateAt(140, base)).toBeCloseTo(0.1, 12);
  });
});

describe('wsd', () => {
  const wsd: ScheduleSettings = { ...base, schedule: 'wsd' };
  it('stays at the peak, then falls linearly over the last share of the steps', () => {
    expect(learningRateAt(80, wsd)).toBe(1);
    expect(learningRateAt(81, wsd)).toBeCloseTo(0.1 + 0.9 * 0.95, 12);
    expect(learningRateAt(90, wsd)).toBeCloseTo(0.55, 12);
    expect(learningRateAt(100, wsd)).toBeCloseTo(0.1, 12);
  });

  it('never decays inside the warm-up', () => {
    const short: ScheduleSettings = { ...wsd, steps: 10, warmup: 9, decayShare: 1 };
    expect(learningRateAt(9, short)).toBe(1);
    expect(learningRateAt(10, short)).toBeCloseTo(0.1, 12);
  });
});

describe('constant', () => {
  it('stays at the peak after the warm-up', () => {
    const constant: ScheduleSettings = { ...base, schedule: 'constant' };
    expect([10, 50, 100].map((step) => learningRateAt(step, constant))).toEqual([1, 1, 1]);
  });
});
