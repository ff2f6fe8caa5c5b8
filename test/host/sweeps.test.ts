/** Sweeps, forks, and the way back out of the trash: real training of a tiny model. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Host } from '../../src/main/host/index.ts';
import { FinegrainError } from '../../src/shared/errors.ts';
import { losses, reached, settings, tiny, until, type Workspace, workspace } from './tinyRun.ts';

let space: Workspace;
let host: Host;

async function refusal(work: Promise<unknown>): Promise<FinegrainError> {
  try {
    await work;
  } catch (error) {
    if (error instanceof FinegrainError) return error;
    throw error;
  }
  throw new Error('nothing was refused');
}

beforeAll(async () => {
  space = await workspace();
  host = space.host;
});
afterAll(() => space.remove());

describe('a sweep', () => {
  it('runs every combination, one after another, and each knows what it tries', async () => {
    const { sweep, runs } = await host.call('sweeps.start', {
      name: 'rates',
      architecture: tiny,
      configuration: settings({ steps: 12 }),
      plan: { axes: [{ field: 'learningRate', values: [1e-3, 5e-3] }], seeds: 2 },
    });
    expect(runs).toHaveLength(4);
    for (const run of runs) expect((await host.runs.ended(run)).summary.state).toBe('finished');
    const rows = runs.map((run) => host.runs.summary(run));
    expect(rows.map((row) => row.sweep)).toEqual([
      { sweep, name: 'rates', values: { learningRate: 1e-3, seed: 0 } },
      { sweep, name: 'rates', values: { learningRate: 1e-3, seed: 1 } },
      { sweep, name: 'rates', values: { learningRate: 5e-3, seed: 0 } },
      { sweep, name: 'rates', values: { learningRate: 5e-3, seed: 1 } },
    ]);
    expect(rows[0]!.name).toBe('rates: learningRate 0.001, seed 0');
    const detail = await host.call('runs.get', { run: runs[3]! });
    expect(detail.configuration).toMatchObject({ learningRate: 5e-3, seed: 1 });
    expect(losses(host, runs[0]!)).not.toEqual(losses(host, runs[2]!));
    const fields = await host.call('runs.fields', {});
    expect(fields[runs[2]!]).toMatchObject({
      learningRate: [5e-3],
      'ffn.kind': ['dense'],
      data: ['speeches'],
    });
    const [listed] = await host.call('sweeps.list', {});
    expect(listed).toMatchObject({ sweep, name: 'rates', runs, plan: { kind: 'grid', seeds: 2 } });
  });

  it('is refused whole where one of its runs could not train: nothing is stored', async () => {
    const before = (await host.call('runs.list', {})).length;
    const error = await refusal(
      host.call('sweeps.start', {
        architecture: tiny,
        configuration: settings({ steps: 12 }),
        plan: { axes: [{ field: 'attention.heads', values: [2, 3] }] },
      }),
    );
    expect(error.code).toBe('input.invalid');
    expect(error.message).toMatch(/attention\.heads 3/);
    expect((await host.call('runs.list', {})).length).toBe(before);
    expect(await host.call('sweeps.list', {})).toHaveLength(1);
  });

  it('stops: the run that trains with a checkpoint, those that wait before they begin', async () => {
    const { sweep, runs } = await host.call('sweeps.start', {
      architecture: tiny,
      configuration: settings({ steps: 2000 }),
      plan: { seeds: 3 },
    });
    await until(host, runs[0]!, reached(2));
    await host.call('sweeps.stop', { sweep });
    for (const run of runs) expect((await host.runs.ended(run)).summary.state).toBe('stopped');
    expect(host.runs.summary(runs[0]!).resumable).toBe(true);
    expect(host.runs.summary(runs[1]!)).toMatchObject({ step: 0, resumable: false });
    expect((await refusal(host.call('sweeps.stop', { sweep: 'snone' }))).code).toBe('notFound');
  });
});

describe('a deleted run', () => {
  it('comes back with everything it had', async () => {
    const run = (await host.call('runs.list', {})).find((row) => row.state === 'finished')!.run;
    await host.call('runs.annotate', {
      run,
      name: 'kept',
      tags: ['paper', 'paper', 'good'],
      notes: 'First.',
    });
    const before = await host.call('runs.get', { run });
    expect(before).toMatchObject({ name: 'kept', tags: ['paper', 'good'], notes: 'First.' });

    await host.call('runs.delete', { run });
    expect((await host.call('runs.list', { archived: true })).some((row) => row.run === run)).toBe(false);
    expect((await host.call('runs.fields', {}))[run]).toBeUndefined();
    expect((await host.call('runs.trashed', {})).map((row) => row.run)).toEqual([run]);

    const changed: string[] = [];
    const off = host.events.on('run.changed', (summary) => changed.push(summary.run));
    await host.call('runs.restore', { run });
    off();
    expect(changed).toEqual([run]);
    expect(await host.call('runs.get', { run })).toEqual(before);
    expect(await host.call('runs.trashed', {})).toEqual([]);
    expect(losses(host, run)).toHaveLength(12);
  });
});

describe('a fork', () => {
  let parent: string;
  const model = (run: string, step: number): Buffer => {
    const name = `step-${String(step).padStart(6, '0')}`;
    return readFileSync(join(space.folder, 'runs', run, 'checkpoints', name, 'model.safetensors'));
  };

  beforeAll(async () => {
    parent = (await host.call('runs.start', { architecture: tiny, configuration: settings({ steps: 36 }) }))
      .run;
    await host.runs.ended(parent);
  });

  it('with the same configuration repeats what its parent did from there, to the bit', async () => {
    const { run } = await host.call('runs.fork', {
      run: parent,
      step: 24,
      configuration: settings({ steps: 36 }),
    });
    expect(host.runs.summary(run)).toMatchObject({ parent: { run: parent, step: 24 }, step: 24 });
    expect((await host.runs.ended(run)).summary).toMatchObject({ state: 'finished', step: 36 });
    expect(losses(host, run)).toEqual(losses(host, parent).filter(([step]) => step > 24));
    expect(model(run, 36).equals(model(parent, 36))).toBe(true);
    const detail = await host.call('runs.get', { run });
    expect(detail.log.map((line) => line.message)).toContain(`Forked from run ${parent} at step 24.`);
  });

  it('goes its own way with another configuration, and outlives its parent', async () => {
    const before = losses(host, parent);
    const { run } = await host.call('runs.fork', {
      run: parent,
      step: 12,
      name: 'hotter',
      configuration: settings({ steps: 30, learningRate: 1e-2, seed: 9 }),
    });
    await host.runs.ended(run);
    expect(losses(host, run).map(([step]) => step)).toEqual(Array.from({ length: 18 }, (_, at) => at + 13));
    expect(losses(host, run)).not.toEqual(before.filter(([step]) => step > 12 && step <= 30));
    expect(losses(host, parent)).toEqual(before);
    await host.call('runs.delete', { run: parent });
    await host.call('runs.resume', { run, steps: 34 });
    expect((await host.runs.ended(run)).summary).toMatchObject({ state: 'finished', step: 34 });
    expect((await refusal(host.call('runs.resume', { run, fromStep: 0 }))).message).toContain('no step 0');
    await host.call('runs.restore', { run: parent });
  });

  it('is refused with field and value, and leaves nothing behind', async () => {
    const folders = readdirSync(join(space.folder, 'runs')).length;
    const short = await refusal(
      host.call('runs.fork', { run: parent, step: 24, configuration: settings({ steps: 20 }) }),
    );
    expect(short.message).toBe('steps: 20 steps are not more than the 24 that the checkpoint has done.');
    const absent = await refusal(
      host.call('runs.fork', { run: parent, step: 13, configuration: settings({ steps: 40 }) }),
    );
    expect(absent.code).toBe('checkpoint.missing');
    expect(readdirSync(join(space.folder, 'runs')).length).toBe(folders);
    expect(existsSync(join(space.folder, 'runs', parent))).toBe(true);
  });
});
