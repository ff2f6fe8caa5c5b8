import { describe, expect, it } from 'vitest';
import { uniformityStretches } from './uniformity.ts';

const at = (tokens: number, slopes: readonly number[]) => ({
  tokens,
  loss: slopes.map((slope, i) => 5 - i + (slope * tokens) / 1e6),
});

describe('uniform learning', () => {
  it('finds the slope at every position, in nats per million tokens', () => {
    const slopes = [-1, -2, -3];
    const points = [1, 2, 3, 4, 6, 8].map((millions) => at(millions * 1e6, slopes));
    const stretches = uniformityStretches(points);
    expect(stretches.map(({ to }) => to)).toEqual([2e6, 4e6, 8e6]);
    for (const { slope, mean, unevenness } of stretches) {
      slope.forEach((value, i) => {
        expect(value).toBeCloseTo(slopes[i]!, 9);
      });
      expect(mean).toBeCloseTo(-2, 9);
      expect(unevenness).toBeCloseTo(Math.sqrt(2 / 3) / 2, 9);
    }
  });

  it('is 0 where every position learns alike, and has no statistic where nothing is learnt', () => {
    const [even] = uniformityStretches([4e6, 8e6].map((tokens) => at(tokens, [-2, -2])));
    expect(even!.unevenness).toBeCloseTo(0, 12);
    const [flat] = uniformityStretches([4e6, 8e6].map((tokens) => ({ tokens, loss: [3, 2] })));
    expect(flat!.unevenness).toBeNull();
  });

  it('leaves out stretches with a single checkpoint', () => {
    expect(uniformityStretches([at(1e6, [-1]), at(8e6, [-1])])).toEqual([]);
    expect(uniformityStretches([])).toEqual([]);
  });
});
