import { describe, expect, it } from 'vitest';
import { maskmoe } from '../../shared/methods/ffn/maskmoe.ts';
import {
  coverageOf,
  cutAt,
  cutRank,
  rankCurve,
  rankTokens,
  searchTokens,
  visibleExperts,
} from './tokenRanks.ts';

const counts = [5, 0, 40, 5, 50, 1, 30];
const ranked = rankTokens(counts);
const options = maskmoe.defaults(192);

describe('token types by frequency', () => {
  it('are ranked, ties by id, without those that never occur', () => {
    expect(ranked.ids).toEqual([4, 2, 6, 0, 3, 5]);
    expect([...ranked.covered]).toEqual([50, 90, 120, 125, 130, 131]);
  });

  it('have a coverage for every cut that the method itself cuts there', () => {
    for (let rank = 0; rank <= ranked.ids.length; rank++) {
      const cut = cutAt({ ...options, frequentRule: 'coverage' }, ranked, rank);
      expect(cutRank(cut, counts)).toBe(rank);
      expect(cutRank(cutAt({ ...options, frequentRule: 'topN' }, ranked, rank), counts)).toBe(rank);
    }
    expect(coverageOf(ranked, 2)).toBe(0.68); // 90 / 131 = 0.687, more than 50 / 131
  });

  it('are cut at a coverage even in a long tail of equal counts', () => {
    const tail = Array.from({ length: 5000 }, (_, id) => (id < 10 ? 10_000 : 1));
    const many = rankTokens(tail);
    for (const rank of [9, 10, 11, 3000, 4999, 5000]) {
      expect(cutRank(cutAt({ ...options, frequentRule: 'coverage' }, many, rank), tail)).toBe(rank);
    }
  });

  it('see as many experts as they are frequent', () => {
    const shape = { width: 64, layers: 2, context: 16, vocabulary: 7 };
    const cut = cutAt(options, ranked, 2);
    const visible = visibleExperts(cut, shape, counts, 0);
    const seen = (id: number) => visible.slice(id * 8, id * 8 + 8).reduce((sum, value) => sum + value, 0);
    expect(counts.map((_, id) => seen(id))).toEqual([1, 1, 4, 1, 4, 1, 1]);
  });

  it('give a curve of few points that keeps both ends', () => {
    const tail = Array.from({ length: 3000 }, (_, id) => 3000 - id);
    const curve = rankCurve(rankTokens(tail), tail, 100);
    expect(curve[0]!.rank).toBe(1);
    expect(curve.at(-1)!.rank).toBe(3000);
    expect(curve.length).toBeLessThanOrEqual(100);
  });

  it('are searched, and shown from the top and around the cut', () => {
    const texts = ['the', ' The', 'a', 'of', ' and', 'then', null];
    const found = searchTokens('the', ranked, texts, 2, 10);
    expect(found.shown).toEqual([
      { id: 0, rank: 4 },
      { id: 5, rank: 6 },
      { id: 1, rank: null },
    ]);
    expect(searchTokens('x', ranked, texts, 2, 10)).toEqual({ shown: [], all: 0 });
    expect(searchTokens('', ranked, texts, 4, 4).shown.map(({ rank }) => rank)).toEqual([1, 2, 4, 5]);
    expect(searchTokens('', ranked, texts, 2, 40).shown).toHaveLength(6);
  });
});
