/** A file written front to back, durably: short writes are continued, bytes are counted and hashed, and the end is flushed. */
import { createHash } from 'node:crypto';
import fileSystemPromises from 'node:fs/promises';

/** What is needed of an open file; a test may pass one that writes short or fails. */
export interface WritableFile {
  write(
    bytes: Uint8Array,
    offset: number,
    length: number,
    position: number,
  ): Promise<{ readonly bytesWritten: number }>;
  sync(): Promise<void>;
  close(): Promise<void>;
}

/** The calls that writing makes; `node:fs/promises` by default. */
export interface FileSystem {
  open(path: string, flags: string): Promise<WritableFile>;
  mkdir(path: string, options: { recursive: boolean }): Promise<unknown>;
  rename(from: string, to: string): Promise<void>;
  rm(path: string, options: { recursive: boolean; force: boolean }): Promise<void>;
}

export const nodeFileSystem: FileSystem = fileSystemPromises;

export interface WrittenFile {
  readonly bytes: number;
  /** Of the whole content, lower-case hexadecimal. */
  readonly sha256: string;
}

export interface ByteSink {
  write(bytes: Uint8Array): Promise<void>;
  /** Flushes to the disk and closes. */
  finish(): Promise<WrittenFile>;
  /** Closes without the promise that the content is there. Harmless after `finish`. */
  abandon(): Promise<void>;
}

/** Opens a new file; an existing one is refused (EEXIST). */
export async function openSink(path: string, fileSystem: FileSystem = nodeFileSystem): Promise<ByteSink> {
  const file = await fileSystem.open(path, 'wx');
  const hash = createHash('sha256');
  let bytes = 0;
  let open = true;
  const close = async () => {
    if (!open) return;
    open = false;
    await file.close();
  };
  return {
    async write(chunk) {
      hash.update(chunk);
      let offset = 0;
      while (offset < chunk.byteLength) {
        const { bytesWritten } = await file.write(chunk, offset, chunk.byteLength - offset, bytes + offset);
        if (bytesWritten === 0)
          throw new Error(`Nothing could be written to ${path} at byte ${bytes + offset}.`);
        offset += bytesWritten;
      }
      bytes += chunk.byteLength;
    },
    async finish() {
      await file.sync();
      await close();
      return { bytes, sha256: hash.digest('hex') };
    },
    abandon: close,
  };
}

/** Writes a small file whole. */
export async function writeWhole(
  path: string,
  text: string,
  fileSystem: FileSystem = nodeFileSystem,
): Promise<WrittenFile> {
  const sink = await openSink(path, fileSystem);
  try {
    await sink.write(Buffer.from(text, 'utf8'));
    return await sink.finish();
  } finally {
    await sink.abandon();
  }
}

/** Flushes a folder's entries. Windows has no such call and orders them by itself. */
export async function syncFolder(path: string, fileSystem: FileSystem = nodeFileSystem): Promise<void> {
  if (process.platform === 'win32') return;
  const folder = await fileSystem.open(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}
