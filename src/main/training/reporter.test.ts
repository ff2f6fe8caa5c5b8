import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type FromTrainer, fromTrainerSchema, type StepReport } from './protocol.ts';
import { Reporter } from './reporter.ts';

const report = (step: number): StepReport => ({
  step,
  loss: 3,
  totalLoss: 3,
  auxiliary: {},
  reports: {},
  gradientNorm: 1,
  learningRate: 1e-3,
  tokens: step * 64,
  flops: step * 1e6,
  seconds: step,
  tokensPerSecond: null,
  utilisation: null,
  secondsLeft: null,
});
const evaluation = (step: number): FromTrainer => ({
  type: 'evaluation',
  step,
  tokens: 1,
  flops: 1,
  seconds: 1,
  loss: 2,
  perplexity: 7,
  bitsPerByte: 1,
});

describe('Reporter', () => {
  let sent: FromTrainer[];
  const start = (): Reporter => {
    sent = [];
    const nothing = () => undefined;
    return new Reporter({
      // What the host would do with it: parse, or fail.
      post: (message) => sent.push(fromTrainerSchema.parse(message)),
      onMessage: nothing,
      onClose: nothing,
      flush: async () => undefined,
    });
  };
  let reporter: Reporter;
  beforeEach(() => {
    vi.useFakeTimers();
    reporter = start();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it('bundles quick steps, and keeps everything in order', () => {
    for (const step of [1, 2, 3]) reporter.step(report(step));
    expect(sent).toEqual([]);
    reporter.post(evaluation(3));
    expect(sent.map((message) => message.type)).toEqual(['steps', 'evaluation']);
    reporter.step(report(4));
    vi.advanceTimersByTime(50);
    expect(sent.at(-1)).toEqual({ type: 'steps', steps: [report(4)] });
  });

  it('repeats to the next host only what the last one never stored', () => {
    for (const step of [1, 2]) reporter.step(report(step));
    reporter.post(evaluation(2));
    reporter.step(report(3));
    reporter.post(evaluation(3));
    // A checkpoint carries them as JSON to the next process.
    const carried = JSON.parse(JSON.stringify(reporter.unconfirmed(false))) as FromTrainer[];
    start().repeat(carried, 2);
    expect(sent).toEqual([{ type: 'steps', steps: [report(3)] }, evaluation(3)]);
  });

  it('repeats steps of a checkpoint that was written before layers reported anything', () => {
    const { reports, ...old } = report(3);
    expect(reports).toEqual({});
    start().repeat([{ type: 'steps', steps: [old as StepReport] }], 2);
    expect(sent).toEqual([{ type: 'steps', steps: [report(3)] }]);
  });
});
