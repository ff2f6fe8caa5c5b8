import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openStore, type Store } from './store.ts';
import {
  newRun,
  point,
  reasonOf,
  temporaryFolder,
  testArchitecture,
  testConfiguration,
} from './testSupport.ts';

let folder: ReturnType<typeof temporaryFolder>;
let store: Store;
beforeEach(() => {
  folder = temporaryFolder();
  store = openStore(folder.path);
});
afterEach(async () => {
  await store.close();
  folder.remove();
});

describe('run records', () => {
  it('gives a new run a short id, its documents back, and no figures yet', () => {
    const id = store.runs.create(newRun());
    expect(id).toMatch(/^r[0-9a-hjkmnp-tv-z]{5}$/);
    expect(store.runs.get(id)).toMatchObject({
      run: id,
      name: 'tiny run',
      state: 'queued',
      steps: 100,
      step: 0,
      ffnKinds: ['dense'],
      methods: ['dense'],
      loss: null,
      startedAt: null,
      endedAt: null,
      resumable: false,
      architecture: testArchitecture,
      configuration: testConfiguration,
    });
  });

  it('gives every one of many runs an id of its own, newest first in the list', () => {
    const ids = Array.from({ length: 300 }, () => store.runs.create(newRun()));
    expect(new Set(ids).size).toBe(300);
    expect(store.runs.list().map((row) => row.run)).toEqual([...ids].reverse());
  });

  it('keeps start and end through the states of a life with a resume in it', () => {
    const id = store.runs.create(newRun());
    store.runs.setState(id, 'preparing');
    const started = store.runs.summary(id).startedAt;
    expect(started).not.toBeNull();
    store.runs.setState(id, 'running');
    store.runs.setState(id, 'failed', 'the loss is NaN');
    expect(store.runs.summary(id)).toMatchObject({
      state: 'failed',
      reason: 'the loss is NaN',
      startedAt: started,
    });
    expect(store.runs.summary(id).endedAt).not.toBeNull();
    store.runs.setState(id, 'running');
    expect(store.runs.summary(id)).toMatchObject({ reason: null, endedAt: null, startedAt: started });
  });

  it('merges progress, and reckons the time left from what a step costs', () => {
    const id = store.runs.create(newRun());
    store.runs.setState(id, 'running');
    store.runs.progress(id, { step: 10, loss: 3.5, tokensPerSecond: 192 });
    store.runs.progress(id, { validationLoss: 3.6, unigramEntropy: 4.1 });
    // 90 steps left of 2 * 3 * 16 = 96 tokens each, at 192 tokens/s.
    expect(store.runs.summary(id)).toMatchObject({
      step: 10,
      loss: 3.5,
      validationLoss: 3.6,
      unigramEntropy: 4.1,
      tokensPerSecond: 192,
      secondsLeft: 45,
    });
    store.runs.setState(id, 'paused');
    expect(store.runs.summary(id).secondsLeft).toBeNull();
  });

  it('shows a loss that is NaN as unknown', () => {
    const id = store.runs.create(newRun());
    store.runs.progress(id, { step: 1, loss: 2 });
    store.flush();
    store.runs.progress(id, { step: 2, loss: Number.NaN });
    expect(store.runs.summary(id)).toMatchObject({ step: 2, loss: null });
  });

  it('is resumable when it rests and has a checkpoint', () => {
    const id = store.runs.create(newRun());
    store.runs.setState(id, 'interrupted');
    expect(store.runs.summary(id).resumable).toBe(false);
    store.checkpoints.add(id, { step: 10, path: `runs/${id}/checkpoints/step-000010`, bytes: 10, loss: 1 });
    expect(store.runs.summary(id).resumable).toBe(true);
    store.runs.setState(id, 'running');
    expect(store.runs.summary(id).resumable).toBe(false);
  });

  it('queues in the order of asking, not of making', () => {
    const first = store.runs.create(newRun({ state: 'stopped' }));
    const second = store.runs.create(newRun());
    store.runs.setState(first, 'queued');
    expect(store.runs.queued()).toEqual([second, first]);
    store.runs.setState(second, 'preparing');
    expect(store.runs.queued()).toEqual([first]);
  });

  it('takes a new length and name', () => {
    const id = store.runs.create(newRun());
    store.runs.setConfiguration(id, { ...testConfiguration, steps: 250 });
    store.runs.rename(id, 'longer');
    expect(store.runs.get(id)).toMatchObject({ name: 'longer', steps: 250, configuration: { steps: 250 } });
  });

  it('finds a run by id, by the start of an id, or by name, and says when that is not one run', async () => {
    const id = store.runs.create(newRun({ name: 'alpha' }));
    const other = store.runs.create(newRun({ name: 'beta' }));
    expect(store.runs.find(id)).toBe(id);
    expect(store.runs.find('beta')).toBe(other);
    let length = 1;
    while (other.startsWith(id.slice(0, length))) length++;
    expect(store.runs.find(id.slice(0, length))).toBe(id);
    expect((await reasonOf(() => store.runs.find('r'))).message).toContain(other);
    expect((await reasonOf(() => store.runs.find('gamma'))).code).toBe('notFound');
    store.runs.trash(other);
    expect((await reasonOf(() => store.runs.find('beta'))).code).toBe('notFound');
    expect(store.runs.find('beta', 'trash')).toBe(other);
    expect((await reasonOf(() => store.runs.find('alpha', 'trash'))).code).toBe('notFound');
  });

  it('hides archived runs unless asked', () => {
    const id = store.runs.create(newRun());
    store.runs.archive(id, true);
    expect(store.runs.list()).toEqual([]);
    expect(store.runs.list({ archived: true })).toHaveLength(1);
    store.runs.archive(id, false);
    expect(store.runs.list()).toHaveLength(1);
  });

  it('refuses to delete a run that trains; a deleted one comes back whole until it is purged', async () => {
    const id = store.runs.create(newRun({ state: 'running' }));
    store.metrics.append(id, [point(1, 2)]);
    expect((await reasonOf(() => store.runs.trash(id))).code).toBe('run.state');
    store.runs.setState(id, 'stopped');
    expect((await reasonOf(() => store.runs.purge(id))).code).toBe('run.state');
    store.runs.trash(id);
    expect(store.runs.list({ archived: true })).toEqual([]);
    expect(store.runs.trashed()).toMatchObject([{ run: id, deletedAt: expect.any(String) }]);
    store.runs.restore(id);
    expect(store.metrics.points({ run: id, metric: 'train/loss' })).toEqual([point(1, 2)]);
    store.runs.trash(id);
    store.runs.purge(id);
    expect(store.runs.trashed()).toEqual([]);
    expect((await reasonOf(() => store.metrics.append(id, [point(2, 2)]))).code).toBe('notFound');
    // A new run must not inherit what the purged one left in memory.
    const next = store.runs.create(newRun());
    store.metrics.append(next, [point(1, 9)]);
    expect(store.metrics.counts(next)).toEqual({ points: 1, late: 0, replaced: 0 });
  });

  it('names the run that is not there', async () => {
    for (const work of [
      () => store.runs.summary('rzzzzz'),
      () => store.runs.get('rzzzzz'),
      () => store.runs.setState('rzzzzz', 'stopped'),
      () => store.runs.progress('rzzzzz', { step: 1 }),
      () => store.metrics.curve({ run: 'rzzzzz', metric: 'train/loss' }),
      () => store.logs.add('rzzzzz', 'info', 'hello'),
    ]) {
      const reason = await reasonOf(work);
      expect(reason.code).toBe('notFound');
      expect(reason.message).toContain('rzzzzz');
    }
  });
});
