import { describe, expect, it } from 'vitest';
import { testStudy } from '../../shared/figures/testLaws.ts';
import { decisionOf, orderedCandidates, sharesOf } from './studyRows.ts';

const [first, second] = testStudy('y1').candidates;
const ranking = [first!.ranked!, second!.ranked!];
const decided = {
  steps: 100,
  decisions: [{ step: 10, time: '', ranking, continued: ['r1'], stopped: ['r2'] }],
};

describe('rows of a study', () => {
  it('come by prediction, then by what was observed, then the unknown', () => {
    const seen = { ...first!, run: 'seen', ranked: null };
    const unknown = { ...first!, run: 'unknown', ranked: null, observed: null };
    const candidates = [unknown, second!, seen, first!];
    expect(orderedCandidates({ candidates }).map(({ run }) => run)).toEqual(['r1', 'r2', 'seen', 'unknown']);
  });

  it('say what became of each', () => {
    expect(decisionOf(decided, { ...first!, due: 100 })).toBe('kept');
    expect(decisionOf(decided, { ...second!, due: null })).toBe('stopped');
    expect(decisionOf(decided, { ...second!, due: 100 })).toBe('kept'); // continued by hand
    expect(decisionOf(decided, { ...first!, state: 'finished', step: 100 })).toBe('done');
    const open = { steps: 100, decisions: [] };
    expect(decisionOf(open, { ...first!, step: 0, due: 10 })).toBe('waits');
    expect(decisionOf(open, { ...first!, step: 5, due: 10, state: 'running' })).toBe('trains');
    expect(decisionOf(open, { ...first!, step: 10, due: 10 })).toBe('held');
    expect(decisionOf(open, { ...first!, state: 'failed', step: 5, due: 10 })).toBe('stopped');
  });

  it('read proportions by the names of data sets', () => {
    expect(sharesOf({ 'data.a': 0.25, 'data.c': 0.75, learningRate: 1 }, ['a', 'b', 'c'])).toEqual([
      0.25, 0, 0.75,
    ]);
  });
});
