/** Reads a data set's documents from disk, in constant memory. */
import { type FileHandle, open, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { FinegrainError } from '../../../shared/errors.ts';
import { fileError } from '../files.ts';
import { lastSafeCut } from '../utf8.ts';
import {
  type DataSetManifest,
  dataSetManifestSchema,
  documentsFile,
  indexFile,
  manifestFile,
} from './manifest.ts';

/** A piece of a document. `bytes` is valid only until the next piece is asked for. */
export interface Piece {
  readonly part: number;
  readonly bytes: Uint8Array;
  /** The part ends with this piece. */
  readonly last: boolean;
}

const windowBytes = 8 << 20;
/** Pieces are about this long where the text has places to cut: short enough that encoding one delays nobody. */
const pieceBytes = 1 << 19;

export class DataSetReader {
  readonly manifest: DataSetManifest;
  /** The end of each document in the text file. */
  readonly ends: Float64Array;
  private readonly handle: FileHandle;

  private constructor(manifest: DataSetManifest, ends: Float64Array, handle: FileHandle) {
    this.manifest = manifest;
    this.ends = ends;
    this.handle = handle;
  }

  /** Throws FinegrainError `notFound`, or `data.unreadable` when the files do not fit the manifest. */
  static async open(folder: string): Promise<DataSetReader> {
    let handle: FileHandle | null = null;
    try {
      const manifest = parseManifest(await readFile(join(folder, manifestFile), 'utf8'), folder);
      const index = await readFile(join(folder, indexFile));
      handle = await open(join(folder, documentsFile), 'r');
      const { size } = await handle.stat();
      const ends = new Float64Array(Math.floor(index.length / 8));
      for (let i = 0; i < ends.length; i++) ends[i] = Number(index.readBigUInt64LE(i * 8));
      const ascending = ends.every((end, i) => end > (i === 0 ? 0 : ends[i - 1]!));
      if (
        size !== manifest.bytes ||
        ends.length !== manifest.documents ||
        ends[ends.length - 1] !== size ||
        !ascending
      ) {
        throw damaged(folder, 'its files do not fit its manifest');
      }
      return new DataSetReader(manifest, ends, handle);
    } catch (error) {
      await handle?.close();
      throw fileError(error, folder);
    }
  }

  get documents(): number {
    return this.ends.length;
  }

  start(document: number): number {
    return document === 0 ? 0 : this.ends[document - 1]!;
  }

  /** Bytes of a document. */
  length(document: number): number {
    return this.ends[document]! - this.start(document);
  }

  async read(position: number, length: number): Promise<Uint8Array> {
    const buffer = Buffer.alloc(length);
    await this.readInto(buffer, position);
    return buffer;
  }

  /**
   * All text in order, cut into parts that end at `ends` (default: one part for each document). A part longer than some
   * megabytes comes in several pieces, cut where pre-tokenisation is not disturbed (`lastSafeCut`).
   */
  async *scan(ends: Float64Array = this.ends): AsyncGenerator<Piece> {
    const window = Buffer.alloc(Math.min(windowBytes, this.manifest.bytes));
    let windowStart = 0; // Position of window[0] in the file.
    let filled = 0;
    let position = 0;
    for (let part = 0; part < ends.length; part++) {
      const end = ends[part]!;
      while (position < end) {
        let available = windowStart + filled - position;
        // Half a window is refilled early, so that a long document is not moved along piece by piece.
        if (available < Math.min(end - position, window.length / 2)) {
          window.copyWithin(0, filled - available, filled);
          windowStart = position;
          const more = Math.min(window.length - available, this.manifest.bytes - position - available);
          await this.readInto(window.subarray(available, available + more), position + available);
          filled = available + more;
          available = filled;
        }
        const from = position - windowStart;
        const whole = end - position <= available;
        const rest = window.subarray(from, whole ? from + end - position : filled);
        const length = pieceLength(rest, whole);
        position += length;
        yield { part, bytes: window.subarray(from, from + length), last: position === end };
      }
    }
  }

  async close(): Promise<void> {
    await this.handle.close();
  }

  private async readInto(buffer: Buffer, position: number): Promise<void> {
    let done = 0;
    while (done < buffer.length) {
      const { bytesRead } = await this.handle.read(buffer, done, buffer.length - done, position + done);
      if (bytesRead === 0) throw damaged(this.manifest.name, 'its text ends early');
      done += bytesRead;
    }
  }
}

/** Where the next piece of one document's text is cut; without a safe place, between two characters or not at all. */
function pieceLength(bytes: Uint8Array, whole: boolean): number {
  if (bytes.length > pieceBytes) {
    const safe = lastSafeCut(bytes, pieceBytes) || lastSafeCut(bytes, bytes.length);
    if (safe > 0) return safe;
  }
  if (whole) return bytes.length;
  // The window may end inside a character: back to that character's beginning.
  for (let back = 1; back <= 4; back++) {
    const byte = bytes[bytes.length - back]!;
    if (byte < 0x80) return bytes.length - back + 1;
    if (byte >= 0xc0) return bytes.length - back;
  }
  return bytes.length;
}

function parseManifest(text: string, folder: string): DataSetManifest {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw damaged(folder, 'its manifest is not JSON');
  }
  const parsed = dataSetManifestSchema.safeParse(value);
  if (!parsed.success)
    throw damaged(folder, `its manifest is off at ${parsed.error.issues[0]?.path.join('.') ?? ''}`);
  return parsed.data;
}

function damaged(what: string, reason: string): FinegrainError {
  return new FinegrainError(
    'data.unreadable',
    `The data set ${what} is damaged: ${reason}.`,
    'Remove it and add it again.',
  );
}
