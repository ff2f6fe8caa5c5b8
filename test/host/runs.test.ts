/** Whole runs through the host: real training of a tiny model in a process of its own. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Host } from '../../src/main/host/index.ts';
import type { FinegrainError } from '../../src/shared/errors.ts';
import type { Events } from '../../src/shared/rpc/contract.ts';
import { losses, reached, settings, tiny, until, type Workspace, workspace } from './tinyRun.ts';

let space: Workspace;
let host: Host;
/** An uninterrupted run that others are compared with. */
let whole: string;

async function finished(run: string): Promise<void> {
  const { summary } = await host.runs.ended(run);
  expect(summary).toMatchObject({ state: 'finished' });
}

async function start(changes: Parameters<typeof settings>[0] = {}, architecture = tiny): Promise<string> {
  return (await host.call('runs.start', { architecture, configuration: settings(changes) })).run;
}

async function failure(work: () => unknown): Promise<FinegrainError> {
  try {
    await work();
  } catch (error) {
    return error as FinegrainError;
  }
  throw new Error('nothing was refused');
}

const model = (run: string, step: number): Buffer =>
  readFileSync(
    join(
      space.folder,
      'runs',
      run,
      'checkpoints',
      `step-${String(step).padStart(6, '0')}`,
      'model.safetensors',
    ),
  );

beforeAll(async () => {
  space = await workspace();
  host = space.host;
});
afterAll(() => space.remove());

describe('a run', () => {
  const changes: Events['run.changed'][] = [];
  const points: Events['run.points'][] = [];

  it('trains to its end, and everything it logged is there', async () => {
    const offChanged = host.events.on('run.changed', (summary) => changes.push(summary));
    const offPoints = host.events.on('run.points', (event) => points.push(event));
    whole = await start({ seed: 5, keepCheckpoints: 2 });
    await finished(whole);
    offChanged();
    offPoints();

    const detail = await host.call('runs.get', { run: whole });
    expect(detail).toMatchObject({
      step: 48,
      steps: 48,
      device: 'cpu',
      resumable: true,
      ffnKinds: ['dense'],
    });
    expect(losses(host, whole).map(([step]) => step)).toEqual(Array.from({ length: 48 }, (_, at) => at + 1));
    expect(losses(host, whole, 'validation/loss').map(([step]) => step)).toEqual([16, 32, 48]);
    expect(detail.metrics).toContain('train/utilisation');
    const probes = await host.call('runs.probes', { run: whole });
    expect(probes.map((probe) => probe.step)).toEqual([0, 16, 32, 48]);
    expect(probes[0]?.layers).toHaveLength(2);
    // Of 12, 24, 36 and 48 the newest two are kept, beside the final one.
    expect(detail.checkpoints.map((row) => row.step)).toEqual([24, 36, 48]);
    expect(detail.log.map((line) => line.message).join('\n')).toContain('unigram entropy');
  });

  it('learns: the loss falls from ln |V| towards the unigram entropy', () => {
    const all = losses(host, whole);
    expect(all[0]![1]).toBeCloseTo(Math.log(320), 0);
    expect(all.at(-1)![1]).toBeLessThan(all[0]![1] - 0.3);
    expect(host.runs.summary(whole).unigramEntropy).toBeGreaterThan(3);
  });

  it('was announced in order, with every point exactly once', () => {
    const states = changes.filter((row) => row.run === whole).map((row) => row.state);
    expect(states.filter((state, at) => state !== states[at - 1])).toEqual([
      'queued',
      'preparing',
      'running',
      'finished',
    ]);
    const announced = points.flatMap((event) => event.points).filter((point) => point.name === 'train/loss');
    expect(announced.map((point) => [point.step, point.value])).toEqual(losses(host, whole));
  });

  it('gives the same losses again for the same seed, and others for another', async () => {
    const again = await start({ seed: 5 });
    const other = await start({ seed: 6 });
    await finished(again);
    await finished(other);
    expect(losses(host, again)).toEqual(losses(host, whole));
    expect(losses(host, other)).not.toEqual(losses(host, whole));
  });
});

describe('resuming is exact', () => {
  it('after a pause', async () => {
    const run = await start({ seed: 5 });
    await until(host, run, reached(13));
    await host.call('runs.pause', { run });
    const { summary } = await host.runs.ended(run);
    expect(summary).toMatchObject({ state: 'paused', resumable: true });
    expect(summary.step).toBeLessThan(48);
    await host.call('runs.resume', { run });
    await finished(run);
    expect(losses(host, run)).toEqual(losses(host, whole));
    expect(model(run, 48).equals(model(whole, 48))).toBe(true);
  });

  it('after kill -9 of the training process', async () => {
    const run = await start({ seed: 5 });
    await until(host, run, reached(13));
    process.kill(host.runs.processes().get(run)!, 'SIGKILL');
    const { summary } = await host.runs.ended(run);
    expect(summary).toMatchObject({ state: 'interrupted', resumable: true });
    expect(summary.reason).toContain('SIGKILL');
    await host.call('runs.resume', { run });
    await finished(run);
    expect(losses(host, run)).toEqual(losses(host, whole));
    expect(losses(host, run, 'validation/loss')).toEqual(losses(host, whole, 'validation/loss'));
    expect(model(run, 48).equals(model(whole, 48))).toBe(true);
  });

  it('after kill -9 before the first checkpoint: it starts again with the same numbers', async () => {
    const run = await start({ seed: 5, checkpointEvery: 0 });
    await until(host, run, reached(3));
    process.kill(host.runs.processes().get(run)!, 'SIGKILL');
    expect((await host.runs.ended(run)).summary.state).toBe('interrupted');
    await host.call('runs.resume', { run });
    await finished(run);
    expect(losses(host, run)).toEqual(losses(host, whole));
  });

  it('after kill -9 at whatever moment, again and again', async () => {
    const run = await start({ seed: 5, checkpointEvery: 1 });
    let kills = 0;
    for (const milliseconds of [30, 110, 190, 70, 150]) {
      await until(host, run, (message) => message.type === 'started');
      await new Promise((resolve) => setTimeout(resolve, milliseconds));
      const pid = host.runs.processes().get(run);
      if (pid !== undefined) process.kill(pid, 'SIGKILL');
      const { summary } = await host.runs.ended(run);
      if (summary.state === 'finished') break;
      expect(summary.state).toBe('interrupted');
      kills++;
      await host.call('runs.resume', { run });
    }
    await finished(run);
    expect(kills).toBeGreaterThan(1);
    expect(losses(host, run)).toEqual(losses(host, whole));
    expect(losses(host, run, 'validation/loss')).toEqual(losses(host, whole, 'validation/loss'));
    expect(model(run, 48).equals(model(whole, 48))).toBe(true);
  });

  it('with gradient accumulation and document masks', async () => {
    const changes = { seed: 5, steps: 36, batch: 4, accumulate: 2, maskBoundaries: true };
    const straight = await start(changes);
    await finished(straight);
    const run = await start(changes);
    await until(host, run, reached(13));
    process.kill(host.runs.processes().get(run)!, 'SIGKILL');
    await host.runs.ended(run);
    await host.call('runs.resume', { run });
    await finished(run);
    expect(losses(host, run)).toEqual(losses(host, straight));
  });

  it('from an earlier step, setting what came after aside', async () => {
    const before = losses(host, whole);
    await host.call('runs.resume', { run: whole, fromStep: 24 });
    await finished(whole);
    expect(losses(host, whole)).toEqual(before);
    expect(host.store.branches.list(whole)).toMatchObject([{ branch: 1, fromStep: 24 }]);
  });

  it('and goes on past the first end when given more steps', async () => {
    const run = await start({ steps: 6, schedule: 'constant' });
    await finished(run);
    expect(await failure(() => host.call('runs.resume', { run }))).toMatchObject({ code: 'run.state' });
    await host.call('runs.resume', { run, steps: 9 });
    await finished(run);
    expect(losses(host, run).map(([step]) => step)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9]);
  });
});

describe('a run that goes wrong', () => {
  it('stops on divergence, keeps the last good checkpoint, and says why', async () => {
    const good = await start({ steps: 12, checkpointEvery: 4 });
    await finished(good);
    // The same run goes on with a learning rate that no model survives.
    const { configuration } = host.store.runs.get(good);
    host.store.runs.setConfiguration(good, { ...configuration, learningRate: 1e4, schedule: 'constant' });
    await host.call('runs.resume', { run: good, steps: 60 });
    const { summary, failure: reason } = await host.runs.ended(good);
    expect(summary.state).toBe('failed');
    expect(reason).toMatchObject({ code: 'run.diverged' });
    expect(summary.reason).toMatch(/The checkpoint of step \d+ is kept/);
    const kept = (await host.call('runs.get', { run: good })).checkpoints.map((row) => row.step);
    expect(kept).toContain(12);
    expect(summary.resumable).toBe(true);
    for (const step of kept) {
      const answer = await host.call('runs.evaluate', { run: good, step, text: 'The state of the union' });
      expect(Number.isFinite(answer.loss)).toBe(true);
    }
  });

  it('never writes a checkpoint of weights that are not finite', async () => {
    const run = await start({
      learningRate: 1e38,
      warmup: 0,
      clip: 0,
      checkpointEvery: 1,
      spikeDeviations: 0,
    });
    const { summary, failure: reason } = await host.runs.ended(run);
    expect(summary).toMatchObject({ state: 'failed' });
    expect(reason).toMatchObject({ code: 'run.diverged' });
    for (const row of (await host.call('runs.get', { run })).checkpoints) {
      const answer = await host.call('runs.evaluate', {
        run,
        step: row.step,
        text: 'The state of the union',
      });
      expect(Number.isFinite(answer.loss)).toBe(true);
    }
  });

  it('falls back to the older checkpoint when a bit of the newest has flipped', async () => {
    const run = await start({ seed: 5 });
    await until(host, run, reached(26));
    process.kill(host.runs.processes().get(run)!, 'SIGKILL');
    await host.runs.ended(run);
    const newest = (await host.call('runs.get', { run })).checkpoints.at(-1)!;
    const file = join(newest.path, 'model.safetensors');
    const bytes = readFileSync(file);
    bytes[bytes.length - 5]! ^= 1;
    writeFileSync(file, bytes);

    const refused = await failure(() => host.call('runs.resume', { run, fromStep: newest.step }));
    expect(refused).toMatchObject({ code: 'checkpoint.damaged' });
    expect(refused.message).toContain('model.safetensors');
    await host.call('runs.resume', { run });
    await finished(run);
    expect(losses(host, run)).toEqual(losses(host, whole));
    const log = (await host.call('runs.get', { run })).log.map((line) => line.message).join('\n');
    expect(log).toContain('does not match its checksum');
  });

  it('shows as failed, with its log, when the data cannot be prepared', async () => {
    const run = await start({ tokenizer: null }, { ...tiny, vocabulary: 200 });
    const { summary } = await host.runs.ended(run);
    expect(summary.state).toBe('failed');
    expect(summary.reason).toContain('vocabulary: 200');
    expect((await host.call('runs.get', { run })).log.length).toBeGreaterThan(0);
    expect(host.runs.processes().size).toBe(0);
  });
});

describe('the queue', () => {
  it('runs one at a time, in order, and lets a waiting run be taken out', async () => {
    const order: string[] = [];
    const off = host.events.on('run.changed', ({ run, state }) => {
      if (state === 'preparing' && order.at(-1) !== run) order.push(run);
    });
    const short = { steps: 2, evaluateEvery: 0, probeEvery: 0 };
    const [first, second, third] = [await start(short), await start(short), await start(short)];
    expect(host.runs.summary(second).state).toBe('queued');
    await host.call('runs.stop', { run: second });
    expect(host.runs.summary(second).state).toBe('stopped');
    await finished(first);
    await finished(third);
    off();
    expect(order).toEqual([first, third]);
  });
});

describe('a deleted run', () => {
  it('goes to the trash and comes back; a live one is refused', async () => {
    const run = await start({ steps: 200 });
    await until(host, run, reached(1));
    expect(await failure(() => host.call('runs.delete', { run }))).toMatchObject({ code: 'run.state' });
    await host.call('runs.stop', { run });
    await host.runs.ended(run);
    await host.call('runs.archive', { run });
    expect((await host.call('runs.list', {})).map((row) => row.run)).not.toContain(run);
    expect((await host.call('runs.list', { archived: true })).map((row) => row.run)).toContain(run);
    await host.call('runs.delete', { run });
    expect((await host.call('runs.list', { archived: true })).map((row) => row.run)).not.toContain(run);
    host.store.runs.restore(run);
    expect(host.runs.summary(run).state).toBe('stopped');
  });
});

describe('questions to a checkpoint', () => {
  it('evaluates with a log-probability for every token', async () => {
    const text = 'Fellow citizens of the Senate and House of Representatives.';
    const answer = await host.call('runs.evaluate', { run: whole, text });
    expect(answer.perToken.map((row) => row.token).join('')).toBe(text);
    const mean = answer.perToken.reduce((sum, row) => sum - row.logProbability, 0) / answer.tokens;
    expect(answer.loss).toBeCloseTo(mean, 10);
    expect(answer.perplexity).toBeCloseTo(Math.exp(answer.loss), 8);
    expect(answer.bitsPerByte).toBeCloseTo((answer.loss * answer.tokens) / Math.LN2 / text.length, 8);
  });

  it('evaluates the same whatever the padding, up to rounding', async () => {
    const long = 'of the people '.repeat(8);
    const ids = (text: string) => host.call('runs.evaluate', { run: whole, text });
    const [short, longer] = [await ids('of the people'), await ids(long)];
    short.perToken.forEach((row, at) => {
      expect(longer.perToken[at]!.logProbability).toBeCloseTo(row.logProbability, 4);
    });
  });

  it('samples the same text for the same seed', async () => {
    const ask = { run: whole, prompt: 'The', tokens: 12, temperature: 1 };
    const first = await host.call('runs.sample', { ...ask, seed: 3 });
    expect(first.ids.length).toBeGreaterThan(0);
    expect(await host.call('runs.sample', { ...ask, seed: 3 })).toEqual(first);
    expect(await host.call('runs.sample', { ...ask, seed: 4 })).not.toEqual(first);
  });

  it('inspects every layer', async () => {
    const seen = await host.call('runs.inspect', { run: whole, text: 'of the people, by the people' });
    expect(seen.layers.map((layer) => layer.layer)).toEqual([0, 1]);
    expect(seen.layers[0]?.nsar['0.1']).toBeGreaterThan(0);
  });

  it('refuses a step without a checkpoint, naming those there are', async () => {
    const error = await failure(() => host.call('runs.evaluate', { run: whole, step: 7, text: 'x' }));
    expect(error).toMatchObject({ code: 'checkpoint.missing' });
    expect(error.hint).toContain('48');
  });
});
