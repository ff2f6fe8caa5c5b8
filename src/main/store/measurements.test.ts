import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { NewMeasurement } from './measurements.ts';
import { openStore, type Store } from './store.ts';
import { newRun, reasonOf, temporaryFolder } from './testSupport.ts';

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

const measured = (step: number, offset = 0): NewMeasurement => ({
  step,
  tokens: step * 96,
  seconds: step * 10,
  learningRate: 1e-3,
  cost: 1,
  sets: [
    { set: 'validation', sequences: 4, loss: [3 + offset, 2.5], standardError: [0.5, 0.25] },
    { set: 'code', sequences: 8, loss: [4, 3.5], standardError: [0, 0] },
  ],
});
const lossesOf = (set: string, branch = 0) =>
  store.measurements
    .of(run, { branch })
    .sets.find((entry) => entry.set === set)
    ?.points.map(({ step, loss }) => [step, loss[0]]);

describe('measurements', () => {
  it('come back by set, the run’s own first, in order of steps, with the share of time they took', () => {
    store.measurements.add(run, measured(20));
    store.measurements.add(run, measured(10));
    const answer = store.measurements.of(run);
    expect(answer.sets.map(({ set }) => set)).toEqual(['validation', 'code']);
    expect(answer.sets[0]!.points[0]).toEqual({
      step: 10,
      tokens: 960,
      learningRate: 1e-3,
      sequences: 4,
      loss: [3, 2.5],
      standardError: [0.5, 0.25],
    });
    expect(answer.sets[1]!.points.map(({ step }) => step)).toEqual([10, 20]);
    expect(answer.share).toBeCloseTo(2 / 200, 12);
  });

  it('are none at first', () => {
    expect(store.measurements.of(run)).toEqual({ run, sets: [], share: null });
  });

  it('repeated at a step take the place of the first', () => {
    store.measurements.add(run, measured(10));
    store.measurements.add(run, measured(10, 1));
    expect(lossesOf('validation')).toEqual([[10, 4]]);
  });

  it('beyond a rewind go to the earlier branch', () => {
    for (const step of [10, 20, 30]) store.measurements.add(run, measured(step));
    store.branches.at(run, 10);
    store.measurements.add(run, measured(20, 1));
    expect(lossesOf('validation')).toEqual([
      [10, 3],
      [20, 4],
    ]);
    expect(lossesOf('code', 1)).toEqual([
      [20, 4],
      [30, 4],
    ]);
  });

  it('refuse a step that is none', async () => {
    expect((await reasonOf(() => store.measurements.add(run, measured(-1)))).code).toBe('input.invalid');
  });
});
