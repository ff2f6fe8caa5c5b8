/** Opening the file with care: newer ones are left alone, damaged ones are kept aside and the newest good backup takes over. */
import {
  closeSync,
  copyFileSync,
  existsSync,
  openSync,
  readdirSync,
  readSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs';
import { basename, join } from 'node:path';
import { FinegrainError } from '../../shared/errors.ts';
import { Connection } from './connection.ts';
import { fileStamp, syncFile, syncFolder } from './files.ts';
import { currentVersion } from './migrations/index.ts';

export const storeFileName = 'finegrain.sqlite';
export const backupFolderName = 'backups';

/** Something the user should be told once, at opening. */
export interface StoreNotice {
  readonly code: 'restored' | 'startedFresh' | 'interrupted';
  readonly message: string;
  readonly hint?: string;
}

/**
 * Makes sure that `finegrain.sqlite` in `folder` is absent or sound, restoring a backup where it was damaged or is gone.
 * Gives what the user should know. Throws `store.newer` without having touched a byte.
 */
export function prepareFile(folder: string): StoreNotice[] {
  const file = join(folder, storeFileName);
  if (!existsSync(file)) {
    const backup = newestGoodBackup(folder);
    if (backup === undefined) return [];
    // A log without its database holds changes to a file that is gone.
    for (const suffix of ['-wal', '-shm']) rmSync(file + suffix, { force: true });
    restore(backup, file, folder);
    return [
      {
        code: 'restored',
        message: `The database ${file} was missing. The backup ${basename(backup)} was opened in its place.`,
        hint: `To start afresh, remove the folder ${join(folder, backupFolderName)} too.`,
      },
    ];
  }
  const damage = inspect(file);
  if (damage === undefined) return [];

  const kept = `finegrain.damaged-${fileStamp()}.sqlite`;
  for (const suffix of ['', '-wal', '-shm']) {
    if (existsSync(file + suffix)) renameSync(file + suffix, join(folder, kept + suffix));
  }
  syncFolder(folder);
  const backup = newestGoodBackup(folder);
  if (backup === undefined) {
    return [
      {
        code: 'startedFresh',
        message: `The database was damaged (${damage}) and there is no backup. It is kept as ${kept}; a new one was started.`,
        hint: 'Checkpoints and data in the workspace are untouched.',
      },
    ];
  }
  restore(backup, file, folder);
  return [
    {
      code: 'restored',
      message: `The database was damaged (${damage}). It is kept as ${kept}; the backup ${basename(backup)} was opened in its place.`,
      hint: 'Runs made after the backup are missing from the table; their checkpoints are still in the workspace.',
    },
  ];
}

/** The ways a file can be unfit: newer throws, damaged gives the reason, sound gives nothing. Writes nothing. */
export function inspect(file: string): string | undefined {
  if (statSync(file).size === 0) return 'the file is empty';
  // A newer file is recognised by its header alone: merely opening it with SQLite could fold its log into it.
  refuseNewer(file, headerVersion(file));
  let connection: Connection | undefined;
  try {
    connection = new Connection(file, { readOnly: true });
    refuseNewer(file, connection.pragma<number>('user_version'));
    const result = connection.pragma<string>('quick_check(1)');
    return result === 'ok' ? undefined : result;
  } catch (error) {
    if (error instanceof FinegrainError && error.code === 'store.damaged') return error.message;
    throw error;
  } finally {
    connection?.close();
  }
}

function refuseNewer(file: string, version: number): void {
  if (version <= currentVersion) return;
  throw new FinegrainError(
    'store.newer',
    `The database ${file} has version ${version}; this Finegrain reads up to version ${currentVersion}.`,
    'Update Finegrain, or choose another workspace with --workspace DIR. The file was left untouched.',
  );
}

/** `user_version` as it stands in the file: 4 bytes, big-endian, at offset 60 (sqlite.org/fileformat). 0 if not SQLite. */
function headerVersion(file: string): number {
  const header = Buffer.alloc(64);
  const descriptor = openSync(file, 'r');
  try {
    const read = readSync(descriptor, header, 0, 64, 0);
    return read === 64 && header.toString('latin1', 0, 15) === 'SQLite format 3' ? header.readInt32BE(60) : 0;
  } finally {
    closeSync(descriptor);
  }
}

/** Backups, newest first. */
export function listBackups(folder: string): string[] {
  const backups = join(folder, backupFolderName);
  if (!existsSync(backups)) return [];
  return readdirSync(backups)
    .filter((name) => /^finegrain-.*\.sqlite$/.test(name))
    .sort()
    .reverse()
    .map((name) => join(backups, name));
}

function newestGoodBackup(folder: string): string | undefined {
  return listBackups(folder).find((backup) => {
    try {
      return inspect(backup) === undefined;
    } catch {
      return false; // unreadable or newer: an older backup may do
    }
  });
}

function restore(backup: string, file: string, folder: string): void {
  const temporary = `${file}.restoring`;
  copyFileSync(backup, temporary);
  syncFile(temporary);
  renameSync(temporary, file);
  syncFolder(folder);
}
