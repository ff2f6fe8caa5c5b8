import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { earlierBranchPath } from './branches.ts';
import { openStore, type Store } from './store.ts';
import { newRun, point, reasonOf, temporaryFolder } from './testSupport.ts';

let folder: ReturnType<typeof temporaryFolder>;
let store: Store;
let run: string;
beforeEach(() => {
  folder = temporaryFolder();
  store = openStore(folder.path);
  run = store.runs.create(newRun());
});
afterEach(async () => {
  await store.close();
  folder.remove();
});

const values = (branch = 0) =>
  store.metrics.points({ run, metric: 'train/loss', branch }).map(({ value }) => value);
const log = (steps: readonly number[], offset: number) =>
  store.metrics.append(
    run,
    steps.map((step) => point(step, step + offset)),
  );
const probeAt = (step: number) => store.probes.add(run, { step, tokens: 10, layers: [] });

describe('rewinding a run', () => {
  it('keeps what it takes back as an earlier branch, as often as wanted', () => {
    log([1, 2, 3, 4], 0);
    probeAt(2);
    probeAt(4);
    store.checkpoints.add(run, { step: 2, path: `runs/${run}/checkpoints/step-000002`, bytes: 1, loss: 1 });
    store.checkpoints.add(run, { step: 4, path: `runs/${run}/checkpoints/step-000004`, bytes: 1, loss: 1 });
    store.runs.progress(run, { step: 4 });

    expect(store.branches.next(run)).toBe(1);
    expect(store.branches.at(run, 2)).toMatchObject({ branch: 1, fromStep: 2 });
    expect(values()).toEqual([1, 2]);
    expect(values(1)).toEqual([3, 4]);
    expect(store.runs.summary(run).step).toBe(2);
    expect(store.probes.list(run).map(({ step }) => step)).toEqual([2]);
    expect(store.probes.list(run, { branch: 1 }).map(({ step }) => step)).toEqual([4]);
    expect(store.checkpoints.list(run).map(({ step }) => step)).toEqual([2]);
    expect(store.checkpoints.list(run, { branch: 1 })[0]!.path).toBe(
      `runs/${run}/checkpoints/branch-1/step-000004`,
    );

    log([3, 4, 5], 100);
    probeAt(4);
    expect(values()).toEqual([1, 2, 103, 104, 105]);
    expect(store.metrics.counts(run)).toMatchObject({ late: 0, replaced: 0 });

    expect(store.branches.at(run, 2)?.branch).toBe(2);
    log([3], 200);
    expect(store.branches.at(run, 0)?.branch).toBe(3);
    log([1], 300);
    expect([values(), values(1), values(2), values(3)]).toEqual([
      [301],
      [3, 4],
      [103, 104, 105],
      [1, 2, 203],
    ]);
    expect(store.branches.list(run).map(({ branch, fromStep }) => [branch, fromStep])).toEqual([
      [1, 2],
      [2, 2],
      [3, 0],
    ]);
  });

  it('makes no branch when nothing lies beyond the step', () => {
    log([1, 2], 0);
    expect(store.branches.at(run, 2)).toBeNull();
    expect(store.branches.list(run)).toEqual([]);
  });

  it('takes back points that still waited to be written', () => {
    log([1, 2, 3], 0);
    expect(store.waiting()).toBeGreaterThan(0);
    store.branches.at(run, 1);
    expect([values(), values(1)]).toEqual([[1], [2, 3]]);
  });

  it('refuses a step that is none', async () => {
    expect((await reasonOf(() => store.branches.at(run, -1))).code).toBe('input.invalid');
  });

  it('puts set-aside checkpoints beside the others', () => {
    expect(earlierBranchPath('runs/r1/checkpoints/step-000100', 3)).toBe(
      'runs/r1/checkpoints/branch-3/step-000100',
    );
  });
});
