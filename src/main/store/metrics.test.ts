import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Connection } from './connection.ts';
import { openStore, type Store } from './store.ts';
import { newRun, point, reasonOf, temporaryFolder } from './testSupport.ts';

let folder: ReturnType<typeof temporaryFolder>;
let store: Store;
let run: string;
beforeEach(() => {
  folder = temporaryFolder();
  store = openStore(folder.path);
  run = store.runs.create(newRun({ state: 'running' }));
});
afterEach(async () => {
  await store.close();
  folder.remove();
});

const onDisk = () => {
  const reader = new Connection(store.file, { readOnly: true });
  const rows = reader.all<{ count: number }>('SELECT count(*) AS count FROM metric_points');
  reader.close();
  return rows[0]!.count;
};

describe('metric points', () => {
  it('stores NaN and infinities as what they are', () => {
    const values = [1.5, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 5e-324, 1.7e308];
    store.metrics.append(
      run,
      values.map((value, step) => point(step, value)),
    );
    const read = store.metrics.points({ run, metric: 'train/loss' }).map(({ value }) => value);
    expect(read).toEqual(values);
  });

  it('waits in memory for at most a second, and is there for a reader at once', async () => {
    store.metrics.append(run, [point(1, 2)]);
    expect(store.waiting()).toBe(1);
    expect(onDisk()).toBe(0);
    await expect.poll(onDisk, { timeout: 10_000 }).toBe(1); // by its own clock
    store.metrics.append(run, [point(2, 3)]);
    expect(store.metrics.curve({ run, metric: 'train/loss' }).last).toEqual([2, 3]);
    expect(onDisk()).toBe(2);
  });

  it('stores late points in their place, lets the newest of one step win, and counts both', () => {
    store.metrics.append(run, [point(1, 1), point(2, 2), point(4, 4)]);
    store.flush();
    store.metrics.append(run, [point(3, 3), point(2, 20), point(5, 5), point(5, 50)]);
    expect(
      store.metrics.points({ run, metric: 'train/loss' }).map(({ step, value }) => [step, value]),
    ).toEqual([
      [1, 1],
      [2, 20],
      [3, 3],
      [4, 4],
      [5, 50],
    ]);
    expect(store.metrics.counts(run)).toEqual({ points: 5, late: 1, replaced: 2 });
  });

  it('refuses a call with a point that is not whole, with all of its points', async () => {
    const odd = [
      { ...point(2, 1), step: -1 },
      { ...point(2, 1), step: 1.5 },
      { ...point(2, 1), tokens: Number.NaN },
      { ...point(2, 1), seconds: Number.POSITIVE_INFINITY },
      { ...point(2, 1), name: '' },
    ];
    for (const bad of odd) {
      expect((await reasonOf(() => store.metrics.append(run, [point(1, 1), bad]))).code).toBe(
        'input.invalid',
      );
    }
    expect(store.waiting()).toBe(0);
    expect(store.metrics.names(run)).toEqual([]);
  });

  it('keeps runs and metrics apart', () => {
    const other = store.runs.create(newRun());
    store.metrics.append(run, [point(1, 1), point(1, 9, 'validation/loss')]);
    store.metrics.append(other, [point(1, 2), point(2, 3)]);
    expect(store.metrics.names(run)).toEqual(['train/loss', 'validation/loss']);
    expect(store.metrics.names(other)).toEqual(['train/loss']);
    expect(store.metrics.newest(other)).toEqual([point(2, 3)]);
    expect(store.metrics.points({ run, metric: 'validation/loss' })).toEqual([
      point(1, 9, 'validation/loss'),
    ]);
    expect(store.metrics.points({ run: other, metric: 'train/loss', fromStep: 2 })).toEqual([point(2, 3)]);
    expect(store.metrics.points({ run, metric: 'never/logged' })).toEqual([]);
    expect(store.metrics.curve({ run, metric: 'never/logged' }).x).toEqual([]);
  });
});
