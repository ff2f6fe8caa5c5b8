/** Reads token files: small ones from memory, large ones by positioned reads. Synchronous, for the training loop. */
import { closeSync, fstatSync, openSync, readFileSync, readSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { FinegrainError } from '../../../shared/errors.ts';
import { fileError } from '../files.ts';
import { boundariesFile, countsFile, type TokensSidecar, tokensSidecarSchema } from './format.ts';

/** Files up to this size are held in memory. */
const memoryLimit = 256 * 2 ** 20;

export class TokenReader {
  readonly path: string;
  readonly sidecar: TokensSidecar;
  private readonly held: Uint16Array | Uint32Array | null;
  private descriptor: number | null = null;

  private constructor(
    path: string,
    sidecar: TokensSidecar,
    held: Uint16Array | Uint32Array | null,
    descriptor: number | null,
  ) {
    this.path = path;
    this.sidecar = sidecar;
    this.held = held;
    this.descriptor = descriptor;
  }

  /**
   * Opens `FOLDER/SPLIT.tokens`. `inMemory: false` keeps even a small file on disk.
   * Throws FinegrainError `notFound`, or `data.unreadable` when file and sidecar do not fit.
   */
  static open(path: string, options: { readonly inMemory?: boolean } = {}): TokenReader {
    let descriptor: number | null = null;
    try {
      const sidecar = readSidecar(path);
      const size = sidecar.tokens * widthOf(sidecar);
      descriptor = openSync(path, 'r');
      if (fstatSync(descriptor).size !== size) throw damaged(path, `it should hold ${size} bytes`);
      if (size > memoryLimit || options.inMemory === false)
        return new TokenReader(path, sidecar, null, descriptor);
      const bytes = new Uint8Array(size);
      readFully(descriptor, bytes, 0, path);
      closeSync(descriptor);
      descriptor = null;
      const held = sidecar.type === 'uint16' ? new Uint16Array(bytes.buffer) : new Uint32Array(bytes.buffer);
      return new TokenReader(path, sidecar, held, null);
    } catch (error) {
      if (descriptor !== null) closeSync(descriptor);
      throw fileError(error, path);
    }
  }

  /** Number of tokens. */
  get length(): number {
    return this.sidecar.tokens;
  }

  /** Copies tokens [start, start + count) into `into` from `offset`. */
  read(start: number, count: number, into: Int32Array, offset = 0): void {
    if (start < 0 || start + count > this.length) {
      throw new RangeError(`Tokens ${start} to ${start + count} of ${this.length} in ${this.path}.`);
    }
    const { held, descriptor } = this;
    if (held !== null) {
      into.set(held.subarray(start, start + count), offset);
      return;
    }
    if (descriptor === null) throw new Error(`${this.path} is closed.`);
    const width = widthOf(this.sidecar);
    const bytes = new Uint8Array(count * width);
    readFully(descriptor, bytes, start * width, this.path);
    into.set(width === 2 ? new Uint16Array(bytes.buffer) : new Uint32Array(bytes.buffer), offset);
  }

  /** Where each document begins, in tokens. */
  boundaries(): Float64Array {
    return readUint64s(join(dirname(this.path), boundariesFile(this.sidecar.split)));
  }

  /** How often each id occurs. */
  counts(): Float64Array {
    return readUint64s(join(dirname(this.path), countsFile(this.sidecar.split)));
  }

  close(): void {
    if (this.descriptor !== null) closeSync(this.descriptor);
    this.descriptor = null;
  }
}

/** The sidecar of a token file. Throws FinegrainError `notFound` or `data.unreadable`. */
export function readSidecar(path: string): TokensSidecar {
  let text: string;
  try {
    text = readFileSync(`${path}.json`, 'utf8');
  } catch (error) {
    throw fileError(error, path);
  }
  try {
    return tokensSidecarSchema.parse(JSON.parse(text));
  } catch {
    throw damaged(path, 'its sidecar cannot be read');
  }
}

function widthOf(sidecar: TokensSidecar): 2 | 4 {
  return sidecar.type === 'uint16' ? 2 : 4;
}

function readFully(descriptor: number, into: Uint8Array, position: number, path: string): void {
  let done = 0;
  while (done < into.length) {
    const count = readSync(descriptor, into, done, Math.min(into.length - done, 1 << 30), position + done);
    if (count === 0) throw damaged(path, 'it ends early');
    done += count;
  }
}

function readUint64s(path: string): Float64Array {
  const bytes = readFileSync(path);
  const values = new Float64Array(bytes.length / 8);
  for (let i = 0; i < values.length; i++) values[i] = Number(bytes.readBigUInt64LE(i * 8));
  return values;
}

function damaged(path: string, reason: string): FinegrainError {
  return new FinegrainError(
    'data.unreadable',
    `The token file ${basename(path)} is damaged: ${reason}.`,
    `Delete ${dirname(path)}; it is made again when needed.`,
  );
}
