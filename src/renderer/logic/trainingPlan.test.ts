import { describe, expect, it } from 'vitest';
import type { RunSummary } from '../../shared/rpc/contract.ts';
import { runConfigurationSchema } from '../../shared/run/configuration.ts';
import { expectedRate, planRun, scheduleShape, tokensPerStep } from './trainingPlan.ts';

const configuration = runConfigurationSchema.parse({
  data: [{ name: 'x' }],
  steps: 100,
  batch: 8,
  accumulate: 2,
});
const run = (tokensPerSecond: number | null, device: string, parameters = 1e6) =>
  ({ name: `${device} run`, tokensPerSecond, device, parameters }) as RunSummary;

describe('the plan of a run', () => {
  it('counts tokens with accumulation, and never beyond the document context', () => {
    expect(tokensPerStep(configuration, 128)).toBe(8 * 2 * 128);
    expect(tokensPerStep({ ...configuration, context: 64 }, 128)).toBe(8 * 2 * 64);
    expect(tokensPerStep({ ...configuration, context: 999 }, 128)).toBe(8 * 2 * 128);
  });
  it('guesses the time only from a measured run of the same device', () => {
    const tokens = 100 * 2048;
    const plan = planRun(configuration, 128, 6e6, 2e6, [run(null, 'cpu'), run(4096, 'cpu')]);
    expect(plan.tokens).toBe(tokens);
    expect(plan.flops).toBe(tokens * 6e6);
    expect(plan.seconds).toBeCloseTo((tokens / 4096) * 2);
    expect(plan.judgedBy).toBe('cpu run');
    expect(
      planRun({ ...configuration, device: 'webgpu' }, 128, 6e6, 2e6, [run(4096, 'cpu')]).seconds,
    ).toBeNull();
  });
  it('judges the speed by the newest measured run, slower as the model grows', () => {
    const runs = [run(null, 'cpu'), run(4096, 'cpu'), run(9999, 'cpu')];
    expect(expectedRate(2e6, runs, 'auto')).toEqual({ tokensPerSecond: 2048, judgedBy: 'cpu run' });
    expect(expectedRate(2e6, runs, 'webgpu')).toBeNull();
    expect(expectedRate(2e6, [run(null, 'cpu')], 'auto')).toBeNull();
  });
  it('draws schedules that warm up, peak at 1 and end at the minimum', () => {
    for (const schedule of ['cosine', 'wsd', 'constant'] as const) {
      const shaped = { ...configuration, schedule };
      expect(scheduleShape(shaped, 0)).toBe(0);
      expect(scheduleShape(shaped, 0.05)).toBeCloseTo(1);
      expect(scheduleShape(shaped, 1)).toBeCloseTo(schedule === 'constant' ? 1 : 0.1);
    }
  });
});
