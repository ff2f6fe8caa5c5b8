import { describe, expect, it } from 'vitest';
import { type CandidatePrediction, rankCandidates } from './studyRanking.ts';

const trust = { level: 'good', sentence: '' } as const;
const candidate = (run: string, loss: number | null, half = 0.1, observed = 3): CandidatePrediction => ({
  run,
  step: 10,
  observed,
  predicted:
    loss === null
      ? null
      : {
          loss,
          low95: loss - half,
          high95: loss + half,
          low50: loss - (half * 0.67449) / 1.959964,
          high50: loss + (half * 0.67449) / 1.959964,
        },
  identifiable: true,
  trust,
});

describe('candidates', () => {
  it('are ranked by predicted loss; those without a prediction come last, by what was measured', () => {
    const ranking = rankCandidates([
      candidate('late', null, 0, 2),
      candidate('worse', 2.5),
      candidate('later', null, 0, 2.1),
      candidate('best', 2.4),
    ]);
    expect(ranking.map(({ run, rank }) => [run, rank])).toEqual([
      ['best', 1],
      ['worse', 2],
      ['late', 3],
      ['later', 4],
    ]);
    expect(ranking.map(({ chance }) => chance === null)).toEqual([false, false, true, true]);
  });

  it('have chances that follow from their intervals', () => {
    // Two normal variables 1 standard deviation of each apart: P(a < b) = Phi(1 / sqrt 2) = 0.7602.
    const deviation = 0.1 / 1.959964;
    const pair = rankCandidates([candidate('a', 2), candidate('b', 2 + deviation)], { draws: 40_000 });
    expect(pair[0]!.chance).toBeGreaterThan(0.752);
    expect(pair[0]!.chance).toBeLessThan(0.768);
    const three = rankCandidates([candidate('a', 2), candidate('b', 2), candidate('c', 2)], { draws: 9000 });
    for (const { chance } of three) expect(Math.abs(chance! - 1 / 3)).toBeLessThan(0.02);
    expect(three.reduce((sum, { chance }) => sum + chance!, 0)).toBeCloseTo(1, 12);
    const far = rankCandidates([candidate('a', 2), candidate('b', 3)]);
    expect(far.map(({ chance }) => chance)).toEqual([1, 0]);
  });

  it('are ranked alike under one seed, without a chance where no interval is stated', () => {
    const some = [candidate('a', 2), candidate('b', 2.05)];
    expect(rankCandidates(some, { seed: 3 })).toEqual(rankCandidates(some, { seed: 3 }));
    const bare = rankCandidates([{ ...candidate('a', 2), predicted: { loss: 2 } }]);
    expect(bare[0]!.chance).toBeNull();
  });
});
