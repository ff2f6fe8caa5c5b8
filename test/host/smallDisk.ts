/** A real file system of a few megabytes, for tests that must see a disk run full. Linux, as root, where mounting is allowed. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface SmallDisk {
  readonly path: string;
  /** Makes everything on it unwritable. */
  readOnly(): void;
  remove(): void;
}

/** Mounts a disk of so many kilobytes; gives the reason where that cannot be done here. */
export function smallDisk(kilobytes: number): SmallDisk | string {
  if (process.platform !== 'linux') return `${process.platform} has no tmpfs`;
  const path = mkdtempSync(join(tmpdir(), 'finegrain-disk-'));
  const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${kilobytes}k`, 'tmpfs', path], {
    encoding: 'utf8',
  });
  if (mounted.status !== 0) {
    rmSync(path, { recursive: true, force: true });
    return `mounting a tmpfs is not allowed here (${(mounted.stderr ?? String(mounted.error)).trim()})`;
  }
  return {
    path,
    readOnly: () => void spawnSync('mount', ['-o', 'remount,ro', path]),
    remove() {
      spawnSync('umount', ['-l', path]);
      rmSync(path, { recursive: true, force: true });
    },
  };
}

/** Whether small disks can be had, said once with the reason when not. */
export function smallDiskReason(what: string): string | undefined {
  const disk = smallDisk(64);
  if (typeof disk === 'string') {
    console.log(`Skipped: ${what}: ${disk}.`);
    return disk;
  }
  disk.remove();
  return undefined;
}
