/** Random operations on the store, against a plain model of what it should hold; with reopenings in between. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { openStore, type Store } from './store.ts';
import { newRun, point, temporaryFolder } from './testSupport.ts';

interface Operation {
  readonly kind:
    | 'append'
    | 'late'
    | 'rewind'
    | 'probe'
    | 'progress'
    | 'flush'
    | 'reopen'
    | 'backup'
    | 'trash';
  readonly run: number;
  readonly number: number;
}

interface ModelRun {
  readonly id: string;
  /** Per branch: value by step. */
  readonly branches: Map<number, number>[];
  readonly probes: Set<number>[];
  step: number;
  newest: number;
  trashed: boolean;
}

const operations = fc.array(
  fc.record({
    kind: fc.constantFrom<Operation['kind']>(
      ...([
        'append',
        'append',
        'append',
        'late',
        'rewind',
        'probe',
        'progress',
        'flush',
        'reopen',
        'backup',
        'trash',
      ] as const),
    ),
    run: fc.integer({ min: 0, max: 1 }),
    number: fc.nat({ max: 30 }),
  }),
  { minLength: 1, maxLength: 60 },
);

/** Moves entries beyond `step` out of the first of `branches` into a new last one; says whether there were any. */
function take<Entries extends Map<number, number> | Set<number>>(
  current: Entries,
  step: number,
  aside: Entries,
): boolean {
  for (const entry of [...current.keys()].filter((key) => key > step)) {
    if (current instanceof Map && aside instanceof Map) aside.set(entry, current.get(entry)!);
    else if (aside instanceof Set) aside.add(entry);
    current.delete(entry);
  }
  return aside.size > 0;
}

function apply(store: Store, run: ModelRun, { kind, number }: Operation): void {
  switch (kind) {
    case 'append':
    case 'late': {
      const step = kind === 'append' ? run.newest + 1 + (number % 3) : number;
      const value = number * 1000 + step;
      store.metrics.append(run.id, [point(step, value)]);
      run.branches[0]!.set(step, value);
      run.newest = Math.max(run.newest, step);
      break;
    }
    case 'probe':
      store.probes.add(run.id, { step: number, tokens: 1, layers: [] });
      run.probes[0]!.add(number);
      break;
    case 'progress':
      store.runs.progress(run.id, { step: number });
      run.step = number;
      break;
    case 'flush':
      store.flush();
      break;
    case 'rewind': {
      const [points, probes] = [new Map<number, number>(), new Set<number>()];
      const some = [take(run.branches[0]!, number, points), take(run.probes[0]!, number, probes)].some(
        Boolean,
      );
      expect(store.branches.at(run.id, number) !== null).toBe(some);
      if (some) {
        run.branches.push(points);
        run.probes.push(probes);
      }
      run.step = Math.min(run.step, number);
      run.newest = Math.max(-1, ...run.branches[0]!.keys());
      break;
    }
    case 'trash':
      if (run.trashed) store.runs.restore(run.id);
      else store.runs.trash(run.id);
      run.trashed = !run.trashed;
      break;
  }
}

function expectEqual(store: Store, runs: readonly ModelRun[]): void {
  expect(store.runs.list().map(({ run }) => run)).toEqual(
    runs
      .filter((run) => !run.trashed)
      .map((run) => run.id)
      .reverse(),
  );
  for (const run of runs) {
    expect(store.runs.summary(run.id).step).toBe(run.step);
    expect(store.branches.list(run.id)).toHaveLength(run.branches.length - 1);
    run.branches.forEach((expected, branch) => {
      const points = store.metrics.points({ run: run.id, metric: 'train/loss', branch });
      expect(points.map(({ step, value }) => [step, value])).toEqual([...expected].sort(([a], [b]) => a - b));
      const probes = store.probes.list(run.id, { branch }).map(({ step }) => step);
      expect(probes).toEqual([...run.probes[branch]!].sort((a, b) => a - b));
    });
    expect(store.metrics.counts(run.id).points).toBe(run.branches[0]!.size);
  }
}

it('holds what a plain model of it holds, whatever is done in whatever order', async () => {
  await fc.assert(
    fc.asyncProperty(operations, async (sequence) => {
      const folder = temporaryFolder();
      let store = openStore(folder.path);
      try {
        const runs: ModelRun[] = [0, 1].map(() => ({
          id: store.runs.create(newRun({ state: 'stopped' })),
          branches: [new Map()],
          probes: [new Set()],
          step: 0,
          newest: -1,
          trashed: false,
        }));
        for (const operation of sequence) {
          if (operation.kind === 'reopen') {
            await store.close();
            store = openStore(folder.path);
          } else if (operation.kind === 'backup') await store.backup();
          else apply(store, runs[operation.run]!, operation);
        }
        expectEqual(store, runs);
        await store.close();
        store = openStore(folder.path);
        expectEqual(store, runs);
      } finally {
        await store.close();
        folder.remove();
      }
    }),
    { numRuns: 40 },
  );
});
