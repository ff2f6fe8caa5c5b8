/** Durable file operations: what returned is on the disk, whatever happens to the power. */
import { closeSync, fsyncSync, openSync } from 'node:fs';

/** Flushes a file's content to the disk. */
export function syncFile(path: string): void {
  const descriptor = openSync(path, 'r+');
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

/** Flushes a folder's entries (names, renames). Windows has no such call and keeps entries in order by itself. */
export function syncFolder(path: string): void {
  if (process.platform === 'win32') return;
  const descriptor = openSync(path, 'r');
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

/** The time as part of a file name that sorts: `2026-11-24T15-07-03-120Z`. */
export const fileStamp = (date = new Date()): string => date.toISOString().replaceAll(/[:.]/g, '-');
