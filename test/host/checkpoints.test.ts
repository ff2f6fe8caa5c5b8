/** Faults of checkpoints that need real processes and real disks. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { checkpointContent } from '../../src/main/host/checkpoint/testSupport.ts';
import {
  listCheckpoints,
  loadCheckpoint,
  removeOrphans,
  verifyCheckpoint,
  writeCheckpoint,
} from '../../src/main/host/checkpoints.ts';
import { reasonOf, temporaryFolder } from '../../src/main/store/testSupport.ts';
import { startChild, wait } from './child.ts';
import { type SmallDisk, smallDisk, smallDiskReason } from './smallDisk.ts';

let temporary: ReturnType<typeof temporaryFolder>;
beforeEach(() => {
  temporary = temporaryFolder();
});
afterEach(() => temporary.remove());

it('a process killed while it writes checkpoints leaves only whole ones, and the newest it spoke of', async () => {
  const run = join(temporary.path, 'rtest1');
  let first = 1;
  let orphans = 0;
  // Until a few kills fell inside a write, which most do.
  for (let round = 0; round < 5 || (orphans < 2 && round < 50); round++) {
    const writer = startChild('checkpointWriter', run, String(first));
    await writer.line((line) => line.startsWith('written'));
    await wait(Math.random() * 120);
    writer.process.kill('SIGKILL');
    await writer.ended;
    const newest = Number(writer.lines.at(-1)!.split(' ')[1]);

    orphans += removeOrphans(run);
    const found = listCheckpoints(run);
    for (const { folder } of found) await verifyCheckpoint(folder);
    expect(readdirSync(join(run, 'checkpoints'))).toHaveLength(found.length);
    const loaded = await loadCheckpoint(run);
    expect(loaded.step).toBeGreaterThanOrEqual(newest);
    expect(loaded.damaged).toEqual([]);
    expect(loaded.state).toEqual(checkpointContent(loaded.step, 50_000).state);
    first = loaded.step + 1;
  }
  expect(orphans).toBeGreaterThanOrEqual(2);
});

const noDisk = smallDiskReason(
  'a full disk under checkpoints (one with injected failures runs beside the source)',
);

describe.skipIf(noDisk !== undefined)('a full disk', () => {
  let disk: SmallDisk;
  beforeEach(() => {
    disk = smallDisk(1024) as SmallDisk;
  });
  afterEach(() => disk.remove());

  it('refuses the checkpoint with what it needs, and keeps the older one', async () => {
    const run = join(disk.path, 'rtest1');
    await writeCheckpoint(run, checkpointContent(100));
    for (const size of [90_000, 150_000, 500_000]) {
      const reason = await reasonOf(() => writeCheckpoint(run, checkpointContent(200, size)));
      expect(reason.code).toBe('disk.full');
      expect(reason.message).toMatch(/needs \d+\.\d MB, \d+\.\d MB are free/);
      expect(reason.hint).toContain('step 100 is kept');
      expect(readdirSync(join(run, 'checkpoints'))).toEqual(['step-000100']);
    }
    expect((await loadCheckpoint(run)).state).toEqual(checkpointContent(100).state);
    // The space of the failed attempts is free again.
    await writeCheckpoint(run, checkpointContent(300, 20_000));
    expect((await loadCheckpoint(run)).step).toBe(300);
  });
});
