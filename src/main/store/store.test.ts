/** Opening, recovering, backing up and closing. Faults that need other processes are in test/host. */
import { createHash } from 'node:crypto';
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { backUpVersion } from './backup.ts';
import { Connection } from './connection.ts';
import { currentVersion } from './migrations/index.ts';
import { listBackups } from './recovery.ts';
import { openStore } from './store.ts';
import { newRun, point, reasonOf, temporaryFolder } from './testSupport.ts';

let temporary: ReturnType<typeof temporaryFolder>;
let folder: string;
beforeEach(() => {
  temporary = temporaryFolder();
  folder = join(temporary.path, 'workspace');
});
afterEach(() => temporary.remove());

const file = () => join(folder, 'finegrain.sqlite');
const hashes = (under: string) =>
  Object.fromEntries(
    readdirSync(under)
      .filter((name) => name.startsWith('finegrain.sqlite'))
      .map((name) => [
        name,
        createHash('sha256')
          .update(readFileSync(join(under, name)))
          .digest('hex'),
      ]),
  );
const makeRun = async (name: string) => {
  const store = openStore(folder);
  const run = store.runs.create(newRun({ name }));
  await store.close();
  return run;
};
const namesOfRuns = async () => {
  const store = openStore(folder);
  const names = store.runs.list().map((run) => run.name);
  const { notices } = store;
  await store.close();
  return { names, notices };
};

describe('opening', () => {
  it('makes the folder and the file, with full durability and foreign keys', async () => {
    const store = openStore(folder);
    expect(store.notices).toEqual([]);
    await store.close();
    const reader = new Connection(file(), { readOnly: true });
    expect(reader.pragma('journal_mode')).toBe('wal');
    expect(reader.pragma('user_version')).toBe(currentVersion);
    reader.close();
  });

  it('refuses a second opening, names the holder, and gives way after the first has closed', async () => {
    const store = openStore(folder);
    const reason = await reasonOf(() => openStore(folder, { waitMilliseconds: 0 }));
    expect(reason.code).toBe('store.busy');
    expect(reason.message).toContain(String(process.pid));
    await store.close();
    await store.close(); // twice is once
    await openStore(folder).close();
  });

  it('lets others read beside the writer, and refuses their writes', async () => {
    const store = openStore(folder);
    const run = store.runs.create(newRun());
    store.metrics.append(run, [point(1, 2)]);
    store.flush();
    const reader = openStore(folder, { readOnly: true });
    expect(reader.runs.list()).toEqual(store.runs.list());
    expect(reader.metrics.points({ run, metric: 'train/loss' })).toEqual([point(1, 2)]);
    expect((await reasonOf(() => reader.runs.create(newRun()))).code).toBe('store.busy');
    await reader.close();
    await store.close();
    expect((await reasonOf(() => openStore(join(temporary.path, 'empty'), { readOnly: true }))).code).toBe(
      'notFound',
    );
    expect(existsSync(join(temporary.path, 'empty'))).toBe(false);
  });

  it('marks runs that were training as interrupted, leaves the others, and says so once', async () => {
    const store = openStore(folder);
    const ids = Object.fromEntries(
      (
        ['queued', 'preparing', 'running', 'pausing', 'paused', 'stopping', 'finished', 'failed'] as const
      ).map((state) => [state, store.runs.create(newRun({ state }))]),
    );
    await store.close();
    const again = openStore(folder);
    const states = Object.fromEntries(
      Object.entries(ids).map(([state, id]) => [state, again.runs.summary(id).state]),
    );
    expect(states).toEqual({
      queued: 'queued',
      preparing: 'interrupted',
      running: 'interrupted',
      pausing: 'interrupted',
      paused: 'paused',
      stopping: 'interrupted',
      finished: 'finished',
      failed: 'failed',
    });
    expect(again.notices).toMatchObject([
      { code: 'interrupted', message: expect.stringContaining(ids.running!) },
    ]);
    expect(again.runs.summary(ids.running!).reason).not.toBeNull();
    expect(again.logs.list(ids.running!)).toHaveLength(1);
    await again.close();
    expect((await namesOfRuns()).notices).toEqual([]);
  });
});

describe('a file from a newer version', () => {
  it('is refused and left as it is, byte for byte', async () => {
    await makeRun('old');
    const connection = new Connection(file());
    connection.pragma(`user_version = ${currentVersion + 1}`);
    connection.close();
    const before = hashes(folder);
    const reason = await reasonOf(() => openStore(folder));
    expect(reason.code).toBe('store.newer');
    expect(reason.message).toContain(String(currentVersion + 1));
    expect((await reasonOf(() => openStore(folder, { readOnly: true }))).code).toBe('store.newer');
    expect(hashes(folder)).toEqual(before);
    expect(readdirSync(folder)).not.toContain('finegrain.holder.json');
  });

  it('is also known by its write-ahead log, which is not folded in', async () => {
    await makeRun('old');
    // What a newer Finegrain leaves that is killed just after its migration: the version is in the log only.
    const connection = new Connection(file());
    connection.pragma('journal_mode = WAL');
    connection.pragma(`user_version = ${currentVersion + 1}`);
    const copy = join(temporary.path, 'copy');
    mkdirSync(copy);
    for (const suffix of ['', '-wal']) cpSync(file() + suffix, join(copy, `finegrain.sqlite${suffix}`));
    connection.close();
    const before = hashes(copy);
    expect((await reasonOf(() => openStore(copy))).code).toBe('store.newer');
    expect(hashes(copy)).toMatchObject(before);
  });
});

const damage = {
  'a page of noise': () => {
    const bytes = readFileSync(file());
    bytes.fill(0xa5, 4096, 4096 * 3);
    writeFileSync(file(), bytes);
  },
  'no database at all': () => writeFileSync(file(), 'not a database, whatever its name says'.repeat(100)),
  'cut short': () => truncateSync(file(), 5000),
  emptied: () => truncateSync(file(), 0),
};

describe('a damaged file', () => {
  for (const [what, harm] of Object.entries(damage)) {
    it(`(${what}) is kept aside and the newest backup opened`, async () => {
      await makeRun('kept');
      harm();
      const harmed = readFileSync(file());
      const { names, notices } = await namesOfRuns();
      expect(names).toEqual(['kept']);
      expect(notices).toMatchObject([{ code: 'restored' }]);
      const aside = readdirSync(folder).find((name) => /^finegrain\.damaged-.*\.sqlite$/.test(name))!;
      expect(notices[0]!.message).toContain(aside);
      expect(readFileSync(join(folder, aside))).toEqual(harmed);
      expect((await namesOfRuns()).notices).toEqual([]);
    });
  }

  it('passes over a damaged backup for the one before it', async () => {
    await makeRun('first');
    await makeRun('second');
    damage['cut short']();
    truncateSync(listBackups(folder)[0]!, 5000);
    const { names, notices } = await namesOfRuns();
    expect(names).toEqual(['first']);
    expect(notices[0]!.message).toContain('finegrain-');
  });

  it('without a backup gives way to a new file, and says so', async () => {
    await makeRun('lost');
    rmSync(join(folder, 'backups'), { recursive: true });
    damage['no database at all']();
    const { names, notices } = await namesOfRuns();
    expect(names).toEqual([]);
    expect(notices).toMatchObject([{ code: 'startedFresh' }]);
  });

  it('is not opened beside a log of its own: the log is kept aside with it', async () => {
    await makeRun('kept');
    damage['cut short']();
    writeFileSync(`${file()}-wal`, 'left over');
    await namesOfRuns();
    expect(readdirSync(folder).some((name) => /^finegrain\.damaged-.*\.sqlite-wal$/.test(name))).toBe(true);
  });

  it('that is gone altogether comes back from its backup', async () => {
    await makeRun('kept');
    rmSync(file());
    const { names, notices } = await namesOfRuns();
    expect(names).toEqual(['kept']);
    expect(notices).toMatchObject([{ code: 'restored' }]);
  });
});

describe('backups', () => {
  it('are made at a clean end when something changed, and only then', async () => {
    await makeRun('one');
    expect(listBackups(folder)).toHaveLength(1);
    await namesOfRuns();
    expect(listBackups(folder)).toHaveLength(1);
    await makeRun('two');
    expect(listBackups(folder)).toHaveLength(2);
  });

  it('keep the newest few and leave nothing half made', async () => {
    const store = openStore(folder, { keepBackups: 2 });
    const made: (string | null)[] = [];
    for (const name of ['one', 'two', 'three']) {
      store.runs.create(newRun({ name }));
      made.push(await store.backup());
    }
    expect(await store.backup()).toBeNull();
    await store.close();
    expect(listBackups(folder)).toEqual([made[2], made[1]]);
    expect(readdirSync(join(folder, 'backups'))).toHaveLength(2);
  });

  it('are whole while points are being written, and hold what was there when they began', async () => {
    const store = openStore(folder);
    const run = store.runs.create(newRun());
    store.metrics.append(
      run,
      Array.from({ length: 20_000 }, (_, step) => point(step, step)),
    );
    store.flush();
    const backup = store.backup();
    for (let step = 20_000; step < 20_200; step += 10) {
      store.metrics.append(run, [point(step, step)]);
      store.flush();
      await new Promise((resolve) => setImmediate(resolve));
    }
    const copy = new Connection((await backup)!, { readOnly: true });
    expect(copy.pragma('integrity_check')).toBe('ok');
    expect(
      copy.get<{ count: number }>('SELECT count(*) AS count FROM metric_points')!.count,
    ).toBeGreaterThanOrEqual(20_000);
    copy.close();
    expect(store.metrics.counts(run).points).toBe(20_020);
    await store.close();
  });

  it('are made by the clock while there is activity', async () => {
    const store = openStore(folder, { backupEvery: 20 });
    store.runs.create(newRun());
    await expect.poll(() => listBackups(folder).length, { timeout: 10_000 }).toBe(1);
    await store.close();
  });

  it('from before a migration hold the older version whole, and serve as any other', async () => {
    await makeRun('old');
    rmSync(join(folder, 'backups'), { recursive: true });
    const connection = new Connection(file());
    const backup = backUpVersion(connection, folder, currentVersion);
    connection.close();
    expect(backup).toContain(`-version-${currentVersion}.sqlite`);
    damage['cut short']();
    expect((await namesOfRuns()).names).toEqual(['old']);
  });

  it('that fail are reported, and the store goes on', async () => {
    const problems: string[] = [];
    const store = openStore(folder, { onProblem: (problem) => problems.push(problem.message) });
    writeFileSync(join(folder, 'backups'), 'a file where the folder should be');
    store.runs.create(newRun());
    await store.close();
    expect(problems).toHaveLength(1);
    rmSync(join(folder, 'backups'));
    expect((await namesOfRuns()).names).toHaveLength(1);
  });
});
