/** Faults of the store that need real processes and real disks. */
import { readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Connection } from '../../src/main/store/connection.ts';
import { openStore } from '../../src/main/store/index.ts';
import { newRun, point, reasonOf, temporaryFolder } from '../../src/main/store/testSupport.ts';
import type { ErrorShape, FinegrainError } from '../../src/shared/errors.ts';
import { type Child, startChild, wait } from './child.ts';
import { type SmallDisk, smallDisk, smallDiskReason } from './smallDisk.ts';

let temporary: ReturnType<typeof temporaryFolder>;
let children: Child[];
beforeEach(() => {
  temporary = temporaryFolder();
  children = [];
});
afterEach(async () => {
  for (const child of children) child.process.kill('SIGKILL');
  await Promise.all(children.map((child) => child.ended));
  temporary.remove();
});

const start = (name: string, ...values: string[]): Child => {
  const child = startChild(name, ...values);
  children.push(child);
  return child;
};
const isOpen = (line: string) => line.startsWith('open');

describe('one writer for a workspace', () => {
  it('a second process is told who holds it; the claim of a killed one is free at once', async () => {
    const first = start('storeHolder', temporary.path);
    await first.line(isOpen);
    const second = start('storeHolder', temporary.path);
    const reason = JSON.parse(await second.line(() => true)) as ErrorShape;
    expect(reason.code).toBe('store.busy');
    expect(reason.message).toContain(`pid ${first.process.pid}`);
    expect(reason.hint).toContain('--workspace');
    expect((await reasonOf(() => openStore(temporary.path))).message).toContain(`pid ${first.process.pid}`);

    first.process.kill('SIGKILL');
    await first.ended;
    expect(readdirSync(temporary.path)).toContain('finegrain.holder.json'); // left behind, and no hindrance
    const third = start('storeHolder', temporary.path);
    expect(await third.line(() => true)).toBe('open 0');
    expect((await reasonOf(() => openStore(temporary.path))).message).toContain(`pid ${third.process.pid}`);
  });

  it('of six processes that open at the same time one gets it', async () => {
    const six = Array.from({ length: 6 }, () => start('storeHolder', temporary.path));
    const lines = await Promise.all(six.map((child) => child.line(() => true)));
    expect(lines.filter(isOpen)).toHaveLength(1);
    for (const line of lines.filter((told) => !isOpen(told))) {
      expect((JSON.parse(line) as ErrorShape).code).toBe('store.busy');
    }
  });

  it('reading beside a writing process sees whole commits', async () => {
    const writer = start('storeWriter', temporary.path);
    const runs = (await writer.line((line) => line.startsWith('runs'))).split(' ').slice(1);
    await writer.line((line) => line.startsWith('committed'));
    for (let look = 0; look < 10; look++) {
      const reader = openStore(temporary.path, { readOnly: true });
      const counts = runs.map((run) => reader.metrics.counts(run).points % 25);
      expect(counts).toEqual([0, 0, 0]);
      await reader.close();
      await wait(10);
    }
  });
});

describe('a process killed while it writes', () => {
  it('loses nothing that was committed, whenever it dies, and its runs are interrupted', async () => {
    for (let round = 0; round < 6; round++) {
      const folder = join(temporary.path, `workspace-${round}`);
      const writer = start('storeWriter', folder);
      const runs = (await writer.line((line) => line.startsWith('runs'))).split(' ').slice(1);
      await writer.line((line) => line.startsWith('committed'));
      await wait(20 + Math.random() * 300);
      writer.process.kill('SIGKILL');
      await writer.ended;
      const told = writer.lines
        .filter((line) => line.startsWith('committed'))
        .map((line) => Number(line.split(' ')[1]));
      const committed = told.at(-1)!;

      const store = openStore(folder);
      expect(store.notices.map(({ code }) => code)).toEqual(['interrupted']);
      for (const run of runs) {
        const points = store.metrics.points({ run, metric: 'train/loss' });
        expect(points.length).toBeGreaterThan(committed);
        expect(points.length % 25).toBe(0); // whole commits only
        expect(points.every(({ step, value }, index) => step === index && value === index)).toBe(true);
        expect(store.runs.summary(run)).toMatchObject({ state: 'interrupted', step: points.length - 1 });
      }
      await store.close();
      const reader = new Connection(store.file, { readOnly: true });
      expect(reader.pragma('integrity_check')).toBe('ok');
      reader.close();
    }
  });
});

const noDisk = smallDiskReason('a full and a read-only disk under the store');

describe.skipIf(noDisk !== undefined)('a full disk', () => {
  let disk: SmallDisk;
  beforeEach(() => {
    disk = smallDisk(2048) as SmallDisk;
  });
  afterEach(() => disk.remove());

  it('is said aloud, loses nothing, and is over once there is space', async () => {
    const problems: FinegrainError[] = [];
    const store = openStore(disk.path, { onProblem: (problem) => problems.push(problem) });
    const run = store.runs.create(newRun({ state: 'running' }));
    const filler = join(disk.path, 'filler');
    writeFileSync(filler, Buffer.alloc(1_000_000));
    let step = 0;
    const reason = await reasonOf(() => {
      for (;;) {
        store.metrics.append(
          run,
          Array.from({ length: 500 }, () => point(step++, step)),
        );
        store.flush();
      }
    });
    expect(reason.code).toBe('disk.full');
    expect(reason.message).toContain(store.file);
    expect(store.waiting()).toBe(500);
    // Reading goes on, with what is stored; the reason is reported, not thrown.
    expect(store.metrics.counts(run).points).toBe(step - 500);
    expect(problems[0]?.code).toBe('disk.full');
    expect((await reasonOf(() => store.logs.add(run, 'info', 'x'.repeat(1_000_000)))).code).toBe('disk.full');

    rmSync(filler);
    await expect.poll(() => store.waiting(), { timeout: 10_000 }).toBe(0); // by its own clock
    expect(store.metrics.counts(run)).toEqual({ points: step, late: 0, replaced: 0 });
    await store.close();
    const again = openStore(disk.path);
    expect(again.metrics.points({ run, metric: 'train/loss' })).toHaveLength(step);
    await again.close();
  });

  it('at the end is reported for the backup, which leaves nothing half made', async () => {
    const problems: FinegrainError[] = [];
    const store = openStore(disk.path, { onProblem: (problem) => problems.push(problem) });
    const run = store.runs.create(newRun());
    store.logs.add(run, 'info', 'x'.repeat(1_100_000)); // there is no room for a copy of it
    await store.close();
    expect(problems.map(({ code }) => code)).toEqual(['disk.full']);
    expect(readdirSync(join(disk.path, 'backups'))).toEqual([]);
    const again = openStore(disk.path, { readOnly: true });
    expect(again.logs.list(run)[0]!.message).toHaveLength(1_100_000);
    await again.close();
  });

  it('under a new workspace is the reason that it cannot be opened', async () => {
    writeFileSync(join(disk.path, 'filler'), Buffer.alloc(2048 * 1024 - 8192));
    const reason = await reasonOf(() => openStore(join(disk.path, 'workspace')));
    expect(reason.code).toBe('disk.full');
  });

  it('that is read-only says so, with the way out', async () => {
    await openStore(disk.path).close();
    disk.readOnly();
    const reason = await reasonOf(() => openStore(disk.path));
    expect(reason.code).toBe('store.unwritable');
    expect(reason.hint).toContain('--workspace');
  });
});
