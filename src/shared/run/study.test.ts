import { describe, expect, it } from 'vitest';
import type { RunState } from './state.ts';
import { decide, dueStep, nextMove, reportStudy, type StudyCourse } from './study.ts';
import type { StudyPolicy } from './studyPlan.ts';
import { type CandidatePrediction, rankCandidates } from './studyRanking.ts';

const steps = 100;
const facts = (run: string, state: RunState, step: number, final: number | null = null) => ({
  ...{ run, state, step, final },
  flopsPerStep: 10,
});
const course = (policy: StudyPolicy, candidates: StudyCourse['candidates']): StudyCourse => ({
  plan: { prefix: 20, policy },
  ...{ steps, decisions: [], byHand: [], candidates },
});
const predicted = (run: string, loss: number | null, observed = 3): CandidatePrediction => ({
  ...{ run, step: 20, observed },
  predicted: loss === null ? null : { loss, low95: loss - 0.1, high95: loss + 0.1 },
  identifiable: true,
  trust: { level: 'good', sentence: '' },
});
const held = (...runs: string[]) => runs.map((run) => facts(run, 'paused', 20));
const decided = (of: StudyCourse, losses: readonly number[]): StudyCourse => {
  const move = nextMove(of);
  if (move.kind !== 'decide') throw new Error(`the next move is to ${move.kind}`);
  const ranking = rankCandidates(move.runs.map((run, at) => predicted(run, losses[at]!, 3 + at)));
  return { ...of, decisions: [...of.decisions, decide(ranking, { ...move, time: 'now' }, of.plan.policy)] };
};

describe('the next move of a study', () => {
  it.each<[RunState, number]>([
    ['queued', 0],
    ['running', 20],
    ['pausing', 20],
    ['paused', 12],
    ['interrupted', 19],
  ])('is to wait while a candidate is %s at step %d', (state, step) => {
    expect(nextMove(course({ kind: 'all' }, [...held('a'), facts('b', state, step)]))).toEqual({
      kind: 'wait',
    });
  });

  it('is to rank those that are held, without those that failed or were stopped', () => {
    const all = [...held('a', 'b'), facts('c', 'failed', 3), facts('d', 'stopped', 20)];
    expect(nextMove(course({ kind: 'all' }, all))).toEqual({
      kind: 'decide',
      step: 20,
      keep: 4,
      runs: ['a', 'b'],
    });
    expect(nextMove(course({ kind: 'all' }, [facts('c', 'failed', 3)]))).toEqual({ kind: 'end' });
  });

  it('ends a report at its ranking, and leaves its candidates', () => {
    const after = decided(course({ kind: 'report' }, held('a', 'b')), [2, 1]);
    expect(after.decisions[0]).toMatchObject({ continued: [], stopped: [] });
    expect(nextMove(after)).toEqual({ kind: 'end' });
    expect(dueStep(after, 'a')).toBeNull();
    const byHand = { ...after, byHand: ['a'] };
    expect(dueStep(byHand, 'a')).toBe(steps);
    expect(nextMove(byHand)).toEqual({ kind: 'wait' });
  });

  it('trains the best to the end, then ends', () => {
    const after = decided(course({ kind: 'best', keep: 1 }, held('a', 'b', 'c')), [2, 1, 3]);
    expect(after.decisions[0]).toMatchObject({ continued: ['b'], stopped: ['a', 'c'] });
    expect(['a', 'b', 'c'].map((run) => dueStep(after, run))).toEqual([null, 100, null]);
    expect(nextMove(after)).toEqual({ kind: 'wait' });
    const ended = [facts('a', 'stopped', 20), facts('b', 'finished', 100, 1.1), facts('c', 'stopped', 20)];
    expect(nextMove({ ...after, candidates: ended })).toEqual({ kind: 'end' });
  });

  it('halves: each rung ranks the survivors of the one before', () => {
    const first = decided(course({ kind: 'halving', factor: 2 }, held('a', 'b', 'c', 'd')), [4, 3, 2, 1]);
    expect(first.decisions[0]).toMatchObject({ step: 20, continued: ['d', 'c'], stopped: ['b', 'a'] });
    expect(['a', 'c', 'd'].map((run) => dueStep(first, run))).toEqual([null, 40, 40]);
    const second = decided(
      {
        ...first,
        candidates: [
          ...[facts('a', 'stopped', 20), facts('b', 'stopped', 20)],
          ...[facts('c', 'paused', 40), facts('d', 'paused', 40)],
        ],
      },
      [1, 2],
    );
    expect(second.decisions[1]).toMatchObject({ step: 40, continued: ['c'], stopped: ['d'] });
    expect(dueStep(second, 'c')).toBe(100);
  });
});

describe('the report', () => {
  const full = () => {
    const after = decided(course({ kind: 'all' }, held('a', 'b', 'c', 'd')), [2, 1, 3, 4]);
    const finals = [1.2, 1.3, 1.4, 1.5];
    const candidates = after.candidates.map(({ run }, at) => facts(run, 'finished', 100, finals[at]!));
    return { ...after, candidates };
  };

  it('is none before the first ranking', () => {
    expect(reportStudy(course({ kind: 'all' }, held('a', 'b')))).toBeNull();
  });

  it('says regret, rank correlation and compute, of the choice and of the loss at the prefix', () => {
    const report = reportStudy(full())!;
    // Predicted ranks b a c d; final ranks a b c d: Spearman 1 - 6 * 2 / (4 * 15) = 0.8. Observed rank a b c d.
    expect(report.chosen).toMatchObject({ pick: 'b' });
    expect(report.chosen!.rankCorrelation).toBeCloseTo(0.8, 12);
    expect(report.chosen!.regret).toBeCloseTo(0.1, 12);
    expect(report.chosen!.relativeRegret).toBeCloseTo(0.1 / 1.2, 12);
    expect(report.lastValue).toMatchObject({ pick: 'a', regret: 0, rankCorrelation: 1 });
    expect(report).toMatchObject({ known: 4, of: 4 });
    expect(report.compute).toEqual({ spent: 4000, full: 4000, selection: 4 * 20 * 10 + 80 * 10 });
    expect(report.sentences[0]).toBe('b is chosen; it ends 8.33 % above the best candidate.');
  });

  it('claims no regret while a final loss is unknown', () => {
    const all = full();
    const open = { ...all, candidates: [...all.candidates.slice(0, 3), facts('d', 'running', 50)] };
    const report = reportStudy(open)!;
    expect(report).toMatchObject({
      known: 3,
      of: 4,
      chosen: { pick: 'b', regret: null, rankCorrelation: null },
    });
    expect(report.sentences[0]).toMatch(/3 of 4 candidates is known/);
  });

  it('of the best k is about the lowest final loss among them, at what it cost', () => {
    const after = decided(course({ kind: 'best', keep: 2 }, held('a', 'b', 'c')), [2, 1, 3]);
    const candidates = [
      ...[facts('a', 'finished', 100, 1.1), facts('b', 'finished', 100, 1.2), facts('c', 'stopped', 20)],
    ];
    const report = reportStudy({ ...after, candidates })!;
    expect(report.chosen).toMatchObject({ pick: 'a', regret: null });
    expect(report.compute).toEqual({ spent: 2200, full: 3000, selection: 2200 });
  });
});
