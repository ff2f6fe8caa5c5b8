/** The exclusive claim on a workspace: one process writes, and the claim dies with its process. */
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { FinegrainError } from '../../shared/errors.ts';
import { storeError } from './connection.ts';

const lockName = 'finegrain.lock';
const holderName = 'finegrain.holder.json';

export interface Holder {
  readonly pid: number;
  readonly host: string;
  readonly since: string;
}

export interface Claim {
  /** Gives the workspace back. Calling it twice is harmless. */
  release(): void;
}

/**
 * Claims `folder` for this process, or throws `store.busy` naming the process that holds it.
 *
 * The claim is an exclusive SQLite transaction on an empty file of its own, that is, an operating-system file lock: it
 * vanishes when its process dies, whatever killed it, so no stale lock and no recycled pid can mislead. Who holds it
 * stands in a second file, because closing any descriptor of a locked file drops a POSIX lock.
 */
export function claimWorkspace(folder: string, waitMilliseconds = 250): Claim {
  try {
    mkdirSync(folder, { recursive: true });
  } catch (error) {
    throw unwritable(folder, error);
  }
  const holderPath = join(folder, holderName);
  let lock: Database.Database | undefined;
  try {
    lock = new Database(join(folder, lockName), { timeout: waitMilliseconds });
    lock.exec('BEGIN EXCLUSIVE');
  } catch (error) {
    lock?.close();
    if (error instanceof Database.SqliteError && error.code.startsWith('SQLITE_BUSY')) {
      throw busy(folder, readHolder(holderPath));
    }
    throw storeError(error, join(folder, lockName));
  }
  const held = lock;
  try {
    const holder: Holder = { pid: process.pid, host: hostname(), since: new Date().toISOString() };
    writeFileSync(`${holderPath}.new`, `${JSON.stringify(holder)}\n`);
    renameSync(`${holderPath}.new`, holderPath);
  } catch {
    // Who holds the claim is a courtesy of the message; the claim itself stands without it (say, on a full disk).
    rmSync(`${holderPath}.new`, { force: true });
    rmSync(holderPath, { force: true });
  }
  return {
    release() {
      if (!held.open) return;
      rmSync(holderPath, { force: true });
      held.close();
    },
  };
}

function readHolder(path: string): Holder | undefined {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as Holder;
  } catch {
    return undefined; // the holder has the lock but has not yet said who it is
  }
}

function busy(folder: string, holder: Holder | undefined): FinegrainError {
  if (holder?.pid === process.pid && holder.host === hostname()) {
    return new FinegrainError(
      'store.busy',
      `The workspace ${folder} is already open in this process (${holder.pid}).`,
      'Close it first.',
    );
  }
  const who =
    holder === undefined
      ? 'another Finegrain process'
      : `another Finegrain process (pid ${holder.pid} on ${holder.host}, since ${holder.since})`;
  return new FinegrainError(
    'store.busy',
    `The workspace ${folder} is in use by ${who}.`,
    `Close that window or end that process, or choose another workspace with --workspace DIR.`,
  );
}

function unwritable(folder: string, error: unknown): unknown {
  const code = (error as NodeJS.ErrnoException).code;
  if (code === undefined) return error;
  if (code === 'ENOSPC')
    return new FinegrainError(
      'disk.full',
      `The disk is full: ${folder} could not be made.`,
      'Free some space.',
    );
  return new FinegrainError(
    'store.unwritable',
    `The workspace folder ${folder} cannot be made (${code}).`,
    "Check the folder's permissions, or choose another workspace with --workspace DIR.",
  );
}
