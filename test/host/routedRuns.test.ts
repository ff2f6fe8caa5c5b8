/** Routed models through the host: what is drawn at random, and what is counted once, survives kills and changed data. */
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readCheckpoint } from '../../src/main/host/checkpoints.ts';
import type { Host } from '../../src/main/host/index.ts';
import { readTrainingCounts, writeTrainingCounts } from '../../src/main/host/runs/counts.ts';
import { parseArchitecture } from '../../src/shared/architecture/parse.ts';
import { bufferSpecs } from '../../src/shared/methods/languageModel.ts';
import { losses, reached, settings, tinyDocument, until, type Workspace, workspace } from './tinyRun.ts';

const attention = tinyDocument.blocks[0]!.attention;
const expertWidth = 32;

/** Every source of noise, both dispatches, and masks, in one stack. */
const routed = parseArchitecture({
  ...tinyDocument,
  name: 'routed',
  blocks: [
    { attention, ffn: { kind: 'maskmoe', nExperts: 4, vFrequent: 3, expertWidth, jitter: 0.1 } },
    { attention, ffn: { kind: 'random', nExperts: 4, topK: 2, expertWidth } },
    {
      attention,
      ffn: {
        kind: 'moe',
        nExperts: 4,
        topK: 2,
        expertWidth,
        jitter: 0.2,
        dispatch: 'capacity',
        routerZ: 1e-3,
      },
    },
    { attention, ffn: { kind: 'hash', nExperts: 4, topK: 1, expertWidth } },
  ],
});

let space: Workspace;
let host: Host;
let whole: string;

beforeAll(async () => {
  space = await workspace();
  host = space.host;
  whole = await start();
  await finished(whole);
});
afterAll(() => space.remove());

async function start(changes: Parameters<typeof settings>[0] = {}): Promise<string> {
  const configuration = settings({ seed: 5, steps: 24, checkpointEvery: 6, ...changes });
  return (await host.call('runs.start', { architecture: routed, configuration })).run;
}

async function finished(run: string): Promise<void> {
  expect((await host.runs.ended(run)).summary).toMatchObject({ state: 'finished' });
}

const checkpoint = (run: string, step: number): string =>
  join(space.folder, 'runs', run, 'checkpoints', `step-${String(step).padStart(6, '0')}`);
const file = (run: string, step: number, name: string): Buffer =>
  readFileSync(join(checkpoint(run, step), name));

async function killAt(run: string, step: number): Promise<void> {
  await until(host, run, reached(step));
  process.kill(host.runs.processes().get(run)!, 'SIGKILL');
  expect((await host.runs.ended(run)).summary.state).toBe('interrupted');
}

function expectSameRun(run: string): void {
  for (const metric of ['train/loss', 'train/totalLoss', 'train/report/overflow', 'validation/loss']) {
    expect(losses(host, run, metric)).toEqual(losses(host, whole, metric));
  }
  for (const name of ['model.safetensors', 'optimizer.safetensors', 'buffers.safetensors']) {
    expect(file(run, 24, name).equals(file(whole, 24, name))).toBe(true);
  }
}

describe('a run with random routing, jitter and dropped choices', () => {
  it('logs auxiliary losses and reports apart, and learns', async () => {
    const { metrics } = await host.call('runs.get', { run: whole });
    expect(metrics).toEqual(
      expect.arrayContaining([
        'train/totalLoss',
        'train/auxiliary/balance',
        'train/auxiliary/routerZ',
        'train/report/overflow',
        'train/activeFlopsPerSecond',
      ]),
    );
    expect(metrics).not.toContain('train/objective');
    for (const [, share] of losses(host, whole, 'train/report/overflow')) {
      expect(share).toBeGreaterThanOrEqual(0);
      expect(share).toBeLessThan(1);
    }
    const all = losses(host, whole);
    expect(all.at(-1)![1]).toBeLessThan(all[0]![1] - 0.2);
  });

  it('draws the same numbers after kill -9, and ends bit for bit the same', async () => {
    const run = await start();
    await killAt(run, 8);
    await host.call('runs.resume', { run });
    await finished(run);
    expectSameRun(run);
  });

  it('draws for every micro-batch, and the same after a kill', async () => {
    const changes = { accumulate: 2, batch: 4, steps: 12 };
    const straight = await start(changes);
    await finished(straight);
    const run = await start(changes);
    await killAt(run, 7);
    await host.call('runs.resume', { run });
    await finished(run);
    expect(losses(host, run)).toEqual(losses(host, straight));
    expect(file(run, 12, 'model.safetensors').equals(file(straight, 12, 'model.safetensors'))).toBe(true);
  });
});

describe('masks', () => {
  it('are in every checkpoint as they were at the start, and not in the optimiser', async () => {
    const names = bufferSpecs(routed).map(({ name }) => name);
    expect(names).toEqual(['blocks.0.ffn.visible', 'blocks.3.ffn.assigned']);
    const steps = (await host.call('runs.get', { run: whole })).checkpoints.map((row) => row.step);
    expect(steps.length).toBeGreaterThan(2);
    for (const step of steps) {
      const { buffers, state } = await readCheckpoint(checkpoint(whole, step));
      expect([...buffers.keys()].sort()).toEqual(names);
      for (const name of names) expect(state.firstMoments.has(name)).toBe(false);
      expect(file(whole, step, 'buffers.safetensors').equals(file(whole, 24, 'buffers.safetensors'))).toBe(
        true,
      );
    }
  });

  it('follow from the counts of the training split, which the run records', async () => {
    const counts = (await readTrainingCounts(join(space.folder, 'runs', whole)))!;
    expect(counts).toHaveLength(routed.vocabulary);
    const tokens = counts.reduce((sum, count) => sum + count, 0);
    const log = (await host.call('runs.get', { run: whole })).log.map((line) => line.message).join('\n');
    expect(log).toContain(`${tokens.toLocaleString('en')} training tokens`);
    const { buffers } = await readCheckpoint(checkpoint(whole, 24));
    const visible = buffers.get('blocks.0.ffn.visible')!;
    const experts = (id: number) => visible.subarray(4 * id, 4 * id + 4).reduce((sum, one) => sum + one, 0);
    const byCount = Array.from(counts, (_, id) => id).sort((left, right) => counts[right]! - counts[left]!);
    expect(experts(byCount[0]!)).toBe(3);
    expect(experts(byCount.at(-1)!)).toBe(1);
  });

  it('stay when what they were counted on has changed: a resume never counts again', async () => {
    const run = await start();
    await killAt(run, 8);
    // All tokens are now equally rare, in the run's own record as in the counts of the token files.
    await writeTrainingCounts(join(space.folder, 'runs', run), new Float64Array(routed.vocabulary).fill(1));
    await host.call('runs.resume', { run });
    await finished(run);
    expectSameRun(run);
  });

  it('come back with an earlier step', async () => {
    const run = await start();
    await finished(run);
    await writeTrainingCounts(join(space.folder, 'runs', run), new Float64Array(routed.vocabulary).fill(1));
    await host.call('runs.resume', { run, fromStep: 12 });
    await finished(run);
    expectSameRun(run);
  });

  it('that are missing from a checkpoint are damage, not made anew', async () => {
    const run = await start({ steps: 2, checkpointEvery: 1 });
    await finished(run);
    const folder = checkpoint(run, 2);
    const manifest = JSON.parse(readFileSync(join(folder, 'manifest.json'), 'utf8')) as { files: object };
    expect(Object.keys(manifest.files)).toContain('buffers.safetensors');
    rmSync(join(folder, 'buffers.safetensors'));
    await expect(readCheckpoint(folder)).rejects.toMatchObject({
      code: 'checkpoint.damaged',
      message: expect.stringContaining('buffers.safetensors is missing'),
    });
    // The older one is sound; the run goes on from it.
    await host.call('runs.resume', { run });
    await finished(run);
    expect((await readCheckpoint(folder)).buffers.size).toBe(2);
  });
});

describe('objectives', () => {
  it('are logged beside the plain loss, and resume exactly', async () => {
    const objective = { loss: 'tailr', labelSmoothing: 0.1, zLoss: 1e-3 } as const;
    const straight = await start({ steps: 12, objective });
    await finished(straight);
    const run = await start({ steps: 12, objective });
    await killAt(run, 7);
    await host.call('runs.resume', { run });
    await finished(run);
    for (const metric of ['train/loss', 'train/objective', 'train/auxiliary/outputZ']) {
      expect(losses(host, run, metric)).toHaveLength(12);
      expect(losses(host, run, metric)).toEqual(losses(host, straight, metric));
    }
    // At the first step every token is about equally likely: TaiLr weights are at their least, 0.3.
    const loss = losses(host, run)[0]![1];
    const smoothed = 0.9 * 0.3 * loss + 0.1 * Math.log(320);
    expect(losses(host, run, 'train/objective')[0]![1]).toBeCloseTo(smoothed, 1);
    expect(losses(host, whole)[0]![1]).toBeCloseTo(loss, 5);
  });
});
