import { describe, expect, it } from 'vitest';
import { appendPoints, emptyCurve, halveCurve } from './curve.ts';
import { lossTraces } from './lossTraces.ts';

const points = [7, 5, 6, 4, 5, 3].map((value, index) => ({
  step: index + 1,
  tokens: 0,
  flops: 0,
  seconds: 0,
  value,
}));
const train = appendPoints(emptyCurve('train/loss', 'step'), points);

describe('traces of the loss chart', () => {
  it('draws raw and smoothed lines, and validation on its own points', () => {
    const validation = appendPoints(emptyCurve('validation/loss', 'step'), [{ ...points[3]!, value: 4.5 }]);
    const traces = lossTraces('run', train, validation, 0.6);
    expect(traces.map((trace) => trace.role)).toEqual(['raw', 'smoothed', 'validation']);
    expect(traces[1]!.y[0]).toBeCloseTo(7);
    expect(traces[2]!.x).toEqual([4]);
  });
  it('leaves the raw line out when nothing is smoothed, and adds a band only for real buckets', () => {
    expect(lossTraces('run', train, undefined, 0).map((trace) => trace.role)).toEqual(['smoothed']);
    expect(lossTraces('run', halveCurve(train), undefined, 0).map((trace) => trace.role)).toEqual([
      'bandLow',
      'bandHigh',
      'smoothed',
    ]);
    expect(lossTraces('run', undefined, undefined, 0.5)).toEqual([]);
  });
});
