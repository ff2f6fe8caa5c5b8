/** Loss by position along real runs: what is logged, that it changes nothing, and that a kill loses none of it. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Host } from '../../src/main/host/index.ts';
import type { RunConfigurationInput } from '../../src/shared/run/configuration.ts';
import type { RunMeasurements } from '../../src/shared/run/measurement.ts';
import { losses, reached, settings, speeches, tiny, until, type Workspace, workspace } from './tinyRun.ts';

let space: Workspace;
let host: Host;
let whole: string;
const measure = { points: 12, sequences: 16, maximumShare: 2, sets: ['others'] };

beforeAll(async () => {
  space = await workspace();
  host = space.host;
  const text = speeches(400_000).slice(300_000);
  await host.call('data.addText', { name: 'others', files: [{ name: 'others.txt', text }] });
});
afterAll(() => space.remove());

const start = async (changes: Partial<RunConfigurationInput> = {}): Promise<string> =>
  (
    await host.call('runs.start', {
      architecture: tiny,
      configuration: settings({ seed: 5, measure, ...changes }),
    })
  ).run;
const end = async (run: string) => (await host.runs.ended(run)).summary;
const measurements = (run: string): Promise<RunMeasurements> => host.call('runs.measurements', { run });
const weights = (run: string): Buffer =>
  readFileSync(join(space.folder, 'runs', run, 'checkpoints', 'step-000048', 'model.safetensors'));

describe('loss by position', () => {
  it('is logged at the steps of the plan for every set, and its mean is the loss', async () => {
    const seen: number[] = [];
    const off = host.events.on('run.measured', ({ step }) => seen.push(step));
    whole = await start();
    expect(await end(whole)).toMatchObject({ state: 'finished' });
    off();
    const { sets, share } = await measurements(whole);
    expect(sets.map(({ set }) => set)).toEqual(['validation', 'others']);
    expect(sets[0]!.points).toHaveLength(12);
    expect(seen).toEqual(sets[0]!.points.map(({ step }) => step));
    expect(share).toBeGreaterThan(0);
    // The same sixteen sequences as the run's own evaluations of two micro-batches.
    const evaluated = losses(host, whole, 'validation/loss').at(-1)![1];
    const last = sets[0]!.points.at(-1)!;
    expect(last).toMatchObject({ step: 48, tokens: 48 * 8 * 64, sequences: 16 });
    expect(last.loss).toHaveLength(64);
    const mean = last.loss.reduce((sum, value) => sum + value, 0) / 64;
    expect(Math.abs(mean - evaluated)).toBeLessThan(1e-6 * evaluated);
    expect(losses(host, whole, 'measured/loss/validation').at(-1)![1]).toBeCloseTo(mean, 6);
    expect(losses(host, whole, 'measured/loss/others')).toHaveLength(12);
  });

  it('changes no weight', async () => {
    const without = await start({ measure: { points: 0 } });
    await end(without);
    expect((await measurements(without)).sets).toEqual([]);
    expect(weights(without).equals(weights(whole))).toBe(true);
    expect(losses(host, without)).toEqual(losses(host, whole));
  });

  it('is all there, exactly, after a kill -9 and a resume', async () => {
    const run = await start();
    await until(host, run, reached(20));
    process.kill(host.runs.processes().get(run)!, 'SIGKILL');
    expect(await end(run)).toMatchObject({ state: 'interrupted' });
    await host.call('runs.resume', { run });
    expect(await end(run)).toMatchObject({ state: 'finished' });
    expect((await measurements(run)).sets).toEqual((await measurements(whole)).sets);
  });

  it('refuses a set that is named twice, or that is not there', async () => {
    await expect(start({ measure: { ...measure, sets: ['others', 'others'] } })).rejects.toMatchObject({
      code: 'configuration.invalid',
      message: expect.stringContaining('measure.sets: others is named twice'),
    });
    await expect(start({ measure: { ...measure, sets: ['validation'] } })).rejects.toThrow(
      'validation means',
    );
    await expect(start({ measure: { ...measure, sets: ['nowhere'] } })).rejects.toMatchObject({
      code: 'notFound',
    });
  });
});

describe('a run that holds itself', () => {
  it('pauses after its step with a checkpoint, and goes on with the same numbers', async () => {
    const run = await start({ holdAt: 18 });
    expect(await end(run)).toMatchObject({ state: 'paused', step: 18, resumable: true });
    await host.call('runs.resume', { run });
    expect(await end(run)).toMatchObject({ state: 'finished', step: 48 });
    expect(losses(host, run)).toEqual(losses(host, whole));
    expect(weights(run).equals(weights(whole))).toBe(true);
  });
});
