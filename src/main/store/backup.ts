/** Backups by SQLite's online backup: the store stays open and writable meanwhile. */
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, statfsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { FinegrainError } from '../../shared/errors.ts';
import { Connection, storeError } from './connection.ts';
import { fileStamp, syncFile, syncFolder } from './files.ts';
import { backupFolderName, listBackups } from './recovery.ts';

/** Writes one verified backup, then removes the oldest beyond `keep`. Gives its path. */
export async function backUp(connection: Connection, folder: string, keep: number): Promise<string> {
  const backups = join(folder, backupFolderName);
  const target = join(backups, `finegrain-${fileStamp()}.sqlite`);
  const partial = `${target}.partial`;
  try {
    mkdirSync(backups, { recursive: true });
    removePartial(backups);
    checkSpace(connection.path, backups);
    await connection.raw.backup(partial);
    verify(partial);
    syncFile(partial);
    renameSync(partial, target);
    syncFolder(backups);
  } catch (error) {
    rmSync(partial, { force: true });
    throw storeError(error, partial);
  }
  for (const old of listBackups(folder).slice(keep)) rmSync(old, { force: true });
  return target;
}

/** A copy from before a migration: the version that wrote the file can still open it. At once, as nothing may come between. */
export function backUpVersion(connection: Connection, folder: string, version: number): string {
  const backups = join(folder, backupFolderName);
  mkdirSync(backups, { recursive: true });
  const target = join(backups, `finegrain-${fileStamp()}-version-${version}.sqlite`);
  connection.run('VACUUM INTO ?', target);
  verify(target);
  syncFile(target);
  syncFolder(backups);
  return target;
}

/** A backup must not take the last of the disk from the store itself: it is made while as much again stays free. */
function checkSpace(file: string, backups: string): void {
  const sizes = [file, `${file}-wal`].map((path) => (existsSync(path) ? statSync(path).size : 0));
  const size = sizes.reduce((sum, bytes) => sum + bytes, 0);
  const space = statfsSync(backups);
  const free = space.bavail * space.bsize;
  if (free >= 2 * size) return;
  throw new FinegrainError(
    'disk.full',
    `The disk is almost full: no backup of ${file} was made (${megabytes(size)}, ${megabytes(free)} are free).`,
    'Free some space. The store itself is intact.',
  );
}

const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(1)} MB`;

/** Makes the copy one self-contained file and reads it through: a backup that was never read is a hope. */
function verify(path: string): void {
  const copy = new Connection(path);
  try {
    copy.pragma('journal_mode = DELETE');
    const result = copy.pragma<string>('quick_check(1)');
    if (result !== 'ok')
      throw new FinegrainError('store.damaged', `The backup ${path} does not read back (${result}).`);
  } finally {
    copy.close();
  }
}

/** What a killed process left half written. */
function removePartial(backups: string): void {
  for (const name of readdirSync(backups)) {
    if (name.includes('.sqlite.partial')) rmSync(join(backups, name), { force: true });
  }
}
