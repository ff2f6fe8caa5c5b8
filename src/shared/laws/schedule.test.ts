import fc from 'fast-check';
import { expect, test } from 'vitest';
import { learningRateAt } from '../run/schedule.ts';
import { annealedShare, decayStart, rateAt, scheduleOfRows, scheduleOfRun } from './schedule.ts';

test('a run of ours: the rate at a step is that of the trainer', () => {
  fc.assert(
    fc.property(
      fc.record({
        steps: fc.integer({ min: 20, max: 4000 }),
        schedule: fc.constantFrom('cosine', 'wsd', 'constant'),
        minimumRatio: fc.double({ min: 0, max: 1, noNaN: true }),
        decayShare: fc.double({ min: 0.05, max: 1, noNaN: true }),
        warmup: fc.option(fc.integer({ min: 0, max: 15 })),
        part: fc.double({ min: 0, max: 1, noNaN: true }),
      }),
      ({ part, ...settings }) => {
        const configuration = { ...settings, learningRate: 2e-3 };
        const step = Math.max(1, Math.round(part * settings.steps));
        const schedule = scheduleOfRun(configuration, 512);
        expect(rateAt(schedule, step * 512)).toBeCloseTo(learningRateAt(step, configuration), 12);
      },
    ),
  );
});

test('rows of a file: linear in between, warm-up found', () => {
  const schedule = scheduleOfRows([
    { tokens: 300, learningRate: 0.1 },
    { tokens: 0, learningRate: 0 },
    { tokens: 100, learningRate: 1 },
    { tokens: 200, learningRate: 1 },
  ]);
  expect(schedule.warmupTokens).toBe(100);
  expect(schedule.totalTokens).toBe(300);
  expect(rateAt(schedule, 250)).toBeCloseTo(0.55, 12);
  expect(rateAt(schedule, 400)).toBe(0.1);
  expect(decayStart(schedule)).toBe(200);
  expect(annealedShare(schedule, 50)).toBe(1);
  expect(() => scheduleOfRows([{ tokens: 1, learningRate: 1 }])).toThrow(/1 usable rows/);
});
