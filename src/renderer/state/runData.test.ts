import { describe, expect, it } from 'vitest';
import type { RunSummary } from '../../shared/rpc/contract.ts';
import { emptyCurve } from '../logic/curve.ts';
import { ready } from './loadable.ts';
import { addProbe, appendToCurves, curveKey, isLive, needsRefresh, upsertRun } from './runData.ts';

const summary = (run: string, createdAt: string, step = 0, state: RunSummary['state'] = 'running') =>
  ({ run, createdAt, step, state }) as RunSummary;

describe('run data', () => {
  it('keeps runs newest first and replaces in place', () => {
    const runs = upsertRun(upsertRun([], summary('a', '2026-01-01')), summary('b', '2026-01-02'));
    expect(runs.map((run) => run.run)).toEqual(['b', 'a']);
    expect(upsertRun(runs, summary('a', '2026-01-01', 7)).map((run) => run.step)).toEqual([0, 7]);
  });

  it('appends points only to curves of the same run and metric', () => {
    const curves = {
      [curveKey('a', 'train/loss', 'step')]: ready(emptyCurve('train/loss', 'step')),
      [curveKey('b', 'train/loss', 'step')]: ready(emptyCurve('train/loss', 'step')),
    };
    const point = { name: 'train/loss', step: 1, tokens: 8, flops: 9, seconds: 0.5, value: 7 };
    const next = appendToCurves(curves, 'a', [point, { ...point, name: 'validation/loss' }]);
    expect(next[curveKey('a', 'train/loss', 'step')]?.value?.last).toEqual([7]);
    expect(next[curveKey('b', 'train/loss', 'step')]?.value?.last).toEqual([]);
    expect(appendToCurves(curves, 'c', [point])).toBe(curves);
  });

  it('replaces probes that a resumed run logs again', () => {
    const probe = (step: number, tokens: number) => ({ step, tokens, layers: [] });
    const probes = [probe(0, 1), probe(50, 1), probe(100, 1)];
    expect(addProbe(probes, probe(50, 2)).map((entry) => [entry.step, entry.tokens])).toEqual([
      [0, 1],
      [50, 2],
    ]);
  });

  it('knows live states and when to ask again', () => {
    expect([summary('a', '', 0, 'queued'), summary('a', '', 0, 'finished')].map(isLive)).toEqual([
      true,
      false,
    ]);
    expect(needsRefresh(summary('a', '', 10), summary('a', '', 11))).toBe(false);
    expect(needsRefresh(summary('a', '', 10), summary('a', '', 5))).toBe(true);
    expect(needsRefresh(summary('a', '', 10), summary('a', '', 10, 'finished'))).toBe(true);
  });
});
