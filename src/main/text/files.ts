/** Files and folders that are either wholly there or not at all. */
import { randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import { type FileHandle, mkdir, open, readdir, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { FinegrainError } from '../../shared/errors.ts';

const partialSuffix = '.partial';

/** A new name for a temporary folder beside `name`; `removePartialFolders` knows it by its form. */
export function partialName(name: string): string {
  return `.${name}.${randomBytes(6).toString('hex')}${partialSuffix}`;
}

/** The typed form of an error of the file system, where there is one; any other error is returned as it came. */
export function fileError(error: unknown, path: string): unknown {
  if (error instanceof FinegrainError) return error;
  const code = (error as NodeJS.ErrnoException | null)?.code;
  if (code === 'ENOSPC' || code === 'EDQUOT') {
    return new FinegrainError(
      'disk.full',
      `The disk is full: ${path} could not be written.`,
      'Free some space or choose another workspace, then try again. Nothing half-written was left behind.',
    );
  }
  if (code === 'ENOENT') {
    return new FinegrainError('notFound', `${path} does not exist.`, 'Check the path.');
  }
  if (code === 'EACCES' || code === 'EPERM') {
    return new FinegrainError(
      'data.unreadable',
      `${path} may not be opened (permission denied).`,
      'Change its permissions or choose another file.',
    );
  }
  return error;
}

/**
 * Makes the folder `target` from what `fill` writes into a temporary sibling: every file and the folder are fsynced,
 * then it is renamed into place. On any error the temporary folder is removed and `target` stays as it was.
 * Throws FinegrainError `disk.full`; `input.invalid` when `target` exists already.
 */
export async function writeFolder<T>(target: string, fill: (folder: string) => Promise<T>): Promise<T> {
  const parent = dirname(target);
  const temporary = join(parent, partialName(basename(target)));
  try {
    await mkdir(parent, { recursive: true });
    await mkdir(temporary);
    const result = await fill(temporary);
    for (const entry of await readdir(temporary)) await syncPath(join(temporary, entry));
    await syncPath(temporary);
    await rename(temporary, target);
    await syncPath(parent);
    return result;
  } catch (error) {
    await rm(temporary, { recursive: true, force: true });
    const code = (error as NodeJS.ErrnoException | null)?.code;
    if (code === 'ENOTEMPTY' || code === 'EEXIST') {
      throw new FinegrainError(
        'input.invalid',
        `${target} exists already.`,
        'Remove it first or choose another name.',
      );
    }
    throw fileError(error, target);
  }
}

/** Removes what a killed process left of `writeFolder` in `parent`. Call it only while no one else writes there. */
export async function removePartialFolders(parent: string): Promise<void> {
  let entries: string[];
  try {
    entries = await readdir(parent);
  } catch {
    return; // No such folder: nothing was left.
  }
  for (const entry of entries) {
    if (entry.startsWith('.') && entry.endsWith(partialSuffix)) {
      await rm(join(parent, entry), { recursive: true, force: true });
    }
  }
}

async function syncPath(path: string): Promise<void> {
  let handle: FileHandle;
  try {
    handle = await open(path, constants.O_RDONLY);
  } catch (error) {
    // Windows cannot open a folder; there the rename itself is journalled.
    if (process.platform === 'win32') return;
    throw error;
  }
  try {
    await handle.sync();
  } catch (error) {
    if (process.platform !== 'win32') throw error;
  } finally {
    await handle.close();
  }
}

/** Collects small writes into blocks of 1 MB. */
export class BufferedWriter {
  private readonly handle: FileHandle;
  private readonly block = Buffer.allocUnsafe(1 << 20);
  private used = 0;
  /** Bytes given to `write` so far. */
  length = 0;

  constructor(handle: FileHandle) {
    this.handle = handle;
  }

  async write(bytes: Uint8Array): Promise<void> {
    this.length += bytes.length;
    let from = 0;
    while (from < bytes.length) {
      const count = Math.min(bytes.length - from, this.block.length - this.used);
      this.block.set(bytes.subarray(from, from + count), this.used);
      this.used += count;
      from += count;
      if (this.used === this.block.length) await this.flush();
    }
  }

  async flush(): Promise<void> {
    let from = 0;
    while (from < this.used) {
      const { bytesWritten } = await this.handle.write(this.block, from, this.used - from);
      from += bytesWritten;
    }
    this.used = 0;
  }
}
