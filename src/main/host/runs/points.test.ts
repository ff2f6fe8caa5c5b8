import { describe, expect, it } from 'vitest';
import { metricUnit } from '../../../shared/run/metrics.ts';
import type { StepReport } from '../../training/protocol.ts';
import { stepPoints } from './points.ts';

const report: StepReport = {
  step: 3,
  loss: 2,
  totalLoss: 2,
  auxiliary: {},
  reports: {},
  gradientNorm: 1,
  learningRate: 1e-3,
  tokens: 192,
  flops: 1e6,
  seconds: 3,
  tokensPerSecond: 10,
  utilisation: 0.5,
  secondsLeft: 1,
};
const values = (changes: Partial<StepReport>, active = 100) =>
  Object.fromEntries(
    stepPoints({ ...report, ...changes }, { computed: 100, active }).map(({ name, value }) => [name, value]),
  );

describe('stepPoints', () => {
  it('logs no second copy of the loss for a plain model', () => {
    expect(Object.keys(values({}))).toEqual([
      'train/loss',
      'train/gradientNorm',
      'train/learningRate',
      'train/tokensPerSecond',
      'train/flopsPerSecond',
      'train/utilisation',
    ]);
  });

  it('logs objective, auxiliary terms and reports apart, each with its unit', () => {
    const found = values({
      objective: 1.5,
      totalLoss: 1.6,
      auxiliary: { balance: 0.1 },
      reports: { overflow: 0.25 },
    });
    expect(found).toMatchObject({
      'train/loss': 2,
      'train/objective': 1.5,
      'train/totalLoss': 1.6,
      'train/auxiliary/balance': 0.1,
      'train/report/overflow': 0.25,
    });
    expect(metricUnit('train/objective')).toBe('nats/token');
    expect(metricUnit('train/report/overflow')).toBe('share of choices');
  });

  it('tells computed and active FLOPs apart, where they differ', () => {
    expect(values({}, 40)).toMatchObject({
      'train/flopsPerSecond': 1000,
      'train/activeFlopsPerSecond': 400,
    });
  });
});
