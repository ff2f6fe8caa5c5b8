/** From paths to the files that make a data set. */
import type { Dirent } from 'node:fs';
import { open, readdir, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { FinegrainError } from '../../../shared/errors.ts';
import { fileError } from '../files.ts';
import { throwIfCancelled } from '../work.ts';

export type SourceKind = 'text' | 'jsonl' | 'parquet';

export interface FileSource {
  readonly path: string;
  readonly kind: SourceKind;
  /** gzip around the content. */
  readonly compressed: boolean;
  readonly bytes: number; // on disk
}

/** Text at hand, as pasted or sent by the page. */
export interface TextSource {
  readonly name: string;
  readonly text: string;
}

export type Source = FileSource | TextSource;

export interface Skipped {
  readonly path: string;
  readonly reason: string;
}

/** The kind of a file by its name: what is neither jsonl nor parquet is text. */
function kindOf(path: string): { kind: SourceKind; compressed: boolean } {
  const lower = path.toLowerCase();
  const compressed = lower.endsWith('.gz');
  const inner = compressed ? lower.slice(0, -3) : lower;
  if (/\.(jsonl|ndjson)$/.test(inner)) return { kind: 'jsonl', compressed };
  return { kind: inner.endsWith('.parquet') ? 'parquet' : 'text', compressed };
}

/**
 * Files as named and folders with all below them, in order of name. Hidden files and folders, symbolic links and
 * binary files are left out of folders; a file named itself is taken as it is.
 * Throws FinegrainError `notFound` or `data.unreadable`.
 */
export async function findSources(
  paths: readonly string[],
  signal?: AbortSignal,
): Promise<{ sources: FileSource[]; skipped: Skipped[] }> {
  const sources: FileSource[] = [];
  const skipped: Skipped[] = [];
  for (const path of paths) {
    try {
      const found = await stat(path);
      if (found.isDirectory()) await walk(path, sources, skipped, signal);
      else if (found.isFile()) sources.push({ path, ...kindOf(path), bytes: found.size });
      else
        throw new FinegrainError(
          'data.unreadable',
          `${path} is neither a file nor a folder.`,
          'Choose a file or a folder.',
        );
    } catch (error) {
      throw fileError(error, path);
    }
  }
  return { sources, skipped };
}

async function walk(
  folder: string,
  sources: FileSource[],
  skipped: Skipped[],
  signal?: AbortSignal,
): Promise<void> {
  const entries: Dirent[] = await readdir(folder, { withFileTypes: true });
  // By code unit, so that the order, and with it the hash, does not depend on the platform.
  entries.sort((a, b) => (a.name < b.name ? -1 : 1));
  for (const entry of entries) {
    throwIfCancelled(signal);
    const path = join(folder, entry.name);
    if (entry.name.startsWith('.')) skipped.push({ path, reason: 'hidden' });
    else if (entry.isSymbolicLink()) skipped.push({ path, reason: 'symbolic link' });
    else if (entry.isDirectory()) await walk(path, sources, skipped, signal);
    else if (!entry.isFile()) skipped.push({ path, reason: 'not a regular file' });
    else await take(path, sources, skipped);
  }
}

async function take(path: string, sources: FileSource[], skipped: Skipped[]): Promise<void> {
  const { kind, compressed } = kindOf(path);
  try {
    const { size } = await stat(path);
    if (kind === 'text' && !compressed && (await looksBinary(path))) skipped.push({ path, reason: 'binary' });
    else sources.push({ path, kind, compressed, bytes: size });
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code !== 'EACCES' && code !== 'EPERM' && code !== 'ENOENT') throw error;
    skipped.push({ path, reason: code === 'ENOENT' ? 'gone' : 'permission denied' });
  }
}

/** A zero byte in the first 8 kB, and no UTF-16 mark that would explain it. */
async function looksBinary(path: string): Promise<boolean> {
  const handle = await open(path, 'r');
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(8192), 0, 8192, 0);
    const head = buffer.subarray(0, bytesRead);
    return utf16Encoding(head) === null && head.includes(0);
  } finally {
    await handle.close();
  }
}

/** The encoding that a byte order mark of UTF-16 announces. */
export function utf16Encoding(head: Uint8Array): 'utf-16le' | 'utf-16be' | null {
  if (head[0] === 0xff && head[1] === 0xfe) return 'utf-16le';
  return head[0] === 0xfe && head[1] === 0xff ? 'utf-16be' : null;
}

/** What a source is called in messages. */
export function sourceName(source: Source): string {
  return 'text' in source ? source.name : basename(source.path);
}
