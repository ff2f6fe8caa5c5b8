import { describe, expect, it } from 'vitest';
import {
  histogramMean,
  initialDensity,
  penalty,
  penaltySlope,
  shareAbove,
  sumHistograms,
  trainingSlope,
  trainingWeight,
} from './gates.ts';

describe('histograms of gates', () => {
  it('add up over layers, and tell shares and means', () => {
    const counts = sumHistograms([
      [1, 0, 0, 3],
      [1, 2, 0, 1],
    ]);
    expect(counts).toEqual([2, 2, 0, 4]);
    expect(shareAbove(counts, 0.5)).toBe(0.5);
    expect(shareAbove(counts, 0)).toBe(1);
    expect(shareAbove(counts, 0.875)).toBe(0.25); // half of the last bin
    expect(histogramMean(counts)).toBeCloseTo((2 * 0.125 + 2 * 0.375 + 4 * 0.875) / 8);
  });

  it('know nothing where there is nothing', () => {
    expect(sumHistograms([])).toEqual([]);
    expect(shareAbove([], 0.5)).toBeNull();
    expect(histogramMean([0, 0])).toBeNull();
  });
});

describe('gates at initialisation', () => {
  it('have a density of total 1, even about one half', () => {
    const steps = 20_000;
    let sum = 0;
    for (let step = 0; step < steps; step++) sum += initialDensity((step + 0.5) / steps, 0.02, 1024) / steps;
    expect(sum).toBeCloseTo(1, 4);
    expect(initialDensity(0.4, 0.02, 1024)).toBeCloseTo(initialDensity(0.6, 0.02, 1024));
    expect(initialDensity(0, 0.02, 1024)).toBe(0);
  });
});

describe('what gates cost and what reaches them', () => {
  const options = {
    tau: 0.5,
    lambdaSparse: 2,
    penaltyGate: 'G',
    gateInThreshold: 'G',
    useSte: true,
  } as const;

  it('G charges open gates only; raw charges all; S has the value of G and the slope of raw', () => {
    expect(penalty(options, 0.4)).toBe(0);
    expect(penalty(options, 0.6)).toBeCloseTo(1.2);
    expect(penaltySlope(options, 0.4)).toBe(0);
    expect(penalty({ ...options, penaltyGate: 'S' }, 0.4)).toBe(0);
    expect(penaltySlope({ ...options, penaltyGate: 'S' }, 0.4)).toBe(1);
    expect(penalty({ ...options, penaltyGate: 'raw' }, 0.4)).toBeCloseTo(0.8);
  });

  it('the straight-through estimator passes a slope where the weight is 0', () => {
    expect(trainingWeight(options, 0.4)).toBe(0);
    expect(trainingSlope(options, 0.4)).toBe(1);
    expect(trainingSlope({ ...options, useSte: false }, 0.4)).toBe(0);
    expect(trainingWeight({ ...options, gateInThreshold: 'none' }, 0.4)).toBe(0.4);
  });
});
