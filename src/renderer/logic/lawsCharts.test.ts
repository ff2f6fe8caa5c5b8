import { describe, expect, it } from 'vitest';
import { testReading } from '../../shared/figures/testLaws.ts';
import {
  curveAt,
  logTicks,
  lossWindow,
  parameterWindow,
  scorePrediction,
  signedShare,
} from './lawsCharts.ts';

describe('charts of laws', () => {
  const reading = testReading();

  it('scores a prediction on what came after the prefix', () => {
    const perfect = { at: reading.measured.filter(({ used }) => !used) };
    expect(scorePrediction(reading, perfect)).toMatchObject({ relativeError: 0, covered: null });
    expect(scorePrediction(reading, perfect).r2).toBeCloseTo(1, 12);
    const flat = { at: [{ tokens: reading.horizon, loss: reading.truth! * 1.1, low95: 0, high95: 99 }] };
    expect(scorePrediction(reading, flat)).toMatchObject({ covered: true });
    expect(scorePrediction(reading, flat).relativeError).toBeCloseTo(0.1, 12);
    expect(scorePrediction({ ...reading, truth: null }, flat).relativeError).toBeNull();
  });

  it('reads a curve linearly in log N', () => {
    const at = [
      { tokens: 100, loss: 4 },
      { tokens: 10_000, loss: 2 },
    ];
    expect(curveAt(at, 1000)).toBeCloseTo(3, 12);
    expect(curveAt(at, 10)).toBe(4);
    expect(curveAt(at, 1e6)).toBe(2);
  });

  it('leaves out the first losses on a log axis, and follows a prediction only so far', () => {
    const view = lossWindow(reading.measured, reading.horizon, true);
    expect(view.x[0]).toBeGreaterThanOrEqual(reading.horizon / 50);
    const far = lossWindow(reading.measured, reading.horizon, true, [-100]);
    expect(far.y[0]).toBeLessThan(view.y[0]);
    expect(far.y[0]).toBeGreaterThan(-100);
    expect(lossWindow(reading.measured, reading.horizon, false).x[0]).toBe(0);
  });

  it('gives a parameter a window that an early outlier does not set', () => {
    const points = [
      { tokens: 1, value: 1000 },
      { tokens: 500, value: 2 },
      { tokens: 1000, value: 1 },
    ];
    expect(parameterWindow({ points, curve: [] }, 1000).y[1]).toBeLessThan(3);
  });

  it('has round ticks, and errors with their sign', () => {
    expect(logTicks(9e3, 6e5).texts).toEqual(['10 k', '20 k', '50 k', '100 k', '200 k', '500 k']);
    expect(logTicks(0, 1e6).values).toEqual([]);
    expect(logTicks(1e3, 1e6, 4).values).toEqual([1e3, 1e4, 1e5, 1e6]);
    expect([0.017, -0.0042, 0.16, null].map(signedShare)).toEqual(['+1.7 %', '−0.42 %', '+16 %', '–']);
  });
});
