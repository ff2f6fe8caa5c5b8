import { describe, expect, it } from 'vitest';
import { bandOf, baseRange, bestOf, meanOf, normalisedWaveform } from './waveformBands.ts';

describe('waveforms as they are drawn', () => {
  it('begin at 1', () => {
    const values = normalisedWaveform(1e6, 32, 500);
    expect(values).toHaveLength(501);
    expect(values[0]).toBeCloseTo(1);
  });

  it('keep every peak and valley in their columns', () => {
    const values = Float64Array.from({ length: 1000 }, (_, index) =>
      index === 537 ? 9 : index === 12 ? -9 : 0,
    );
    const band = bandOf(values, 10);
    expect([...band.most]).toEqual([0, 0, 0, 0, 0, 9, 0, 0, 0, 0]);
    expect(band.least[0]).toBe(-9);
    expect(band.mean[5]).toBeCloseTo(0.09);
    expect(bandOf(values.slice(0, 3), 10).mean).toHaveLength(3);
  });

  it('combine over heads', () => {
    const heads = [Float64Array.of(1, -1), Float64Array.of(3, 0)];
    expect([...meanOf(heads)]).toEqual([2, -0.5]);
    expect([...bestOf(heads)]).toEqual([3, 0]);
    expect(meanOf([])).toHaveLength(0);
  });

  it('leave room to drag bases', () => {
    expect(baseRange([1e6, 5e6])).toEqual({ from: 1e4, to: 1e7 });
    expect(baseRange([500, 2e7])).toEqual({ from: 100, to: 1e8 });
  });
});
