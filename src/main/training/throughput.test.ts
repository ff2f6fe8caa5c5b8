import { describe, expect, it } from 'vitest';
import { Throughput } from './throughput.ts';

describe('Throughput', () => {
  it('leaves the first step out', () => {
    const throughput = new Throughput();
    throughput.record(30, 30);
    expect(throughput.stepsPerSecond()).toBeNull();
    expect(throughput.secondsLeft(10, 30)).toBeNull();
    throughput.record(0.5, 30.5);
    expect(throughput.stepsPerSecond()).toBe(2);
  });

  it('forgets steps that left the window', () => {
    const throughput = new Throughput();
    throughput.record(1, 0);
    for (let step = 0; step < 20; step++) throughput.record(4, step);
    for (let step = 0; step < 20; step++) throughput.record(0.25, step);
    expect(throughput.stepsPerSecond()).toBe(4);
  });

  it('counts evaluations and checkpoints into the time left, but not into the rate', () => {
    const throughput = new Throughput();
    throughput.record(1, 0);
    throughput.record(1, 1);
    throughput.record(1, 4); // two seconds of evaluation in between
    expect(throughput.stepsPerSecond()).toBe(1);
    expect(throughput.secondsLeft(5, 4)).toBe(10);
  });
});
