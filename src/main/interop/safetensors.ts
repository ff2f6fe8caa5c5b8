/**
 * The safetensors format (github.com/huggingface/safetensors): 8 bytes of header length (little-endian), a JSON header
 * `{name: {dtype, shape, data_offsets}}` padded with spaces to a multiple of 8, then the tensors' bytes without gaps,
 * little-endian and row-major.
 */
import { type FileHandle, open } from 'node:fs/promises';
import { z } from 'zod';
import { FinegrainError } from '../../shared/errors.ts';
import { type FileSystem, nodeFileSystem, openSink, type WrittenFile } from './byteSink.ts';
import { bfloat16ToFloat32, float16ToFloat32 } from './floats.ts';

/** Bytes of one element by dtype. */
const elementBytes = {
  F64: 8,
  F32: 4,
  F16: 2,
  BF16: 2,
  I64: 8,
  I32: 4,
  I16: 2,
  I8: 1,
  U64: 8,
  U32: 4,
  U16: 2,
  U8: 1,
  BOOL: 1,
} as const;
export type TensorDtype = keyof typeof elementBytes;

/** F16 and BF16 are read as float32. */
export type TensorData =
  | Float64Array
  | Float32Array
  | BigInt64Array
  | Int32Array
  | Int16Array
  | Int8Array
  | BigUint64Array
  | Uint32Array
  | Uint16Array
  | Uint8Array;

export interface Tensor {
  /** As stored in the file. */
  readonly dtype: TensorDtype;
  readonly shape: readonly number[];
  readonly data: TensorData;
}

export interface TensorToWrite {
  readonly shape: readonly number[];
  /** Stored with the dtype of its array. */
  readonly data: TensorData;
}

export interface TensorInfo {
  readonly dtype: TensorDtype;
  readonly shape: readonly number[];
  /** Position of the first byte in the file, and number of bytes. */
  readonly position: number;
  readonly bytes: number;
}

/** The format's own limit, against a damaged length that asks for gigabytes. */
const longestHeader = 100_000_000;
const metadataKey = '__metadata__';

const entrySchema = z.object({
  dtype: z.enum(Object.keys(elementBytes) as [TensorDtype, ...TensorDtype[]]),
  shape: z.array(z.int().nonnegative()),
  data_offsets: z.tuple([z.int().nonnegative(), z.int().nonnegative()]),
});

/**
 * Writes tensors to a new file in one pass, without a copy of them, and flushes it to the disk.
 * `metadata` holds strings only, as the format asks. Gives size and SHA-256 of the file.
 */
export async function writeSafetensors(
  path: string,
  tensors: ReadonlyMap<string, TensorToWrite>,
  metadata: Readonly<Record<string, string>> = {},
  fileSystem: FileSystem = nodeFileSystem,
): Promise<WrittenFile> {
  const ordered = [...tensors].map(([name, tensor]) => ({ name, ...tensor, dtype: dtypeOf(tensor.data) }));
  // Wide elements first, so that every tensor starts at a multiple of its element size.
  ordered.sort((left, right) => elementBytes[right.dtype] - elementBytes[left.dtype]);

  // Entries, not assignments: a tensor may be named `__proto__`.
  const entries: [string, unknown][] = Object.keys(metadata).length > 0 ? [[metadataKey, metadata]] : [];
  let offset = 0;
  for (const { name, shape, data, dtype } of ordered) {
    const expected = countElements(shape);
    if (name === metadataKey || data.length !== expected) {
      throw new FinegrainError(
        'internal',
        `Tensor ${name} has ${data.length} values; its shape [${shape.join(', ')}] asks for ${expected}.`,
      );
    }
    entries.push([name, { dtype, shape, data_offsets: [offset, offset + data.byteLength] }]);
    offset += data.byteLength;
  }
  const text = Buffer.from(JSON.stringify(Object.fromEntries(entries)), 'utf8');
  const prefix = Buffer.alloc(8 + Math.ceil(text.length / 8) * 8, ' ');
  prefix.writeBigUInt64LE(BigInt(prefix.length - 8), 0);
  text.copy(prefix, 8);

  const sink = await openSink(path, fileSystem);
  try {
    await sink.write(prefix);
    for (const { data } of ordered) await sink.write(bytesOf(data));
    return await sink.finish();
  } finally {
    await sink.abandon();
  }
}

/** An open file: its contents are listed at once, its tensors read when asked for. */
export class SafetensorsFile {
  readonly path: string;
  readonly tensors: ReadonlyMap<string, TensorInfo>;
  readonly metadata: Readonly<Record<string, string>>;
  readonly #file: FileHandle;

  private constructor(path: string, file: FileHandle, header: SafetensorsHeader) {
    this.path = path;
    this.#file = file;
    this.tensors = header.tensors;
    this.metadata = header.metadata;
  }

  /** Throws `data.unreadable`, saying what is wrong, where the header does not describe the file exactly. */
  static async open(path: string): Promise<SafetensorsFile> {
    const file = await open(path, 'r');
    try {
      const { size } = await file.stat();
      if (size < 8) throw unreadable(path, `it has ${size} bytes, fewer than the 8 of the header length`);
      const length = (await readExactly(file, path, 0, 8)).readBigUInt64LE(0);
      if (length > BigInt(longestHeader) || length > BigInt(size - 8)) {
        throw unreadable(path, `its header claims ${length} bytes in a file of ${size}`);
      }
      const text = (await readExactly(file, path, 8, Number(length))).toString('utf8');
      return new SafetensorsFile(path, file, parseHeader(path, text, size));
    } catch (error) {
      await file.close();
      throw error;
    }
  }

  /** One tensor. F16 and BF16 become float32; BOOL becomes bytes of 0 and 1. Throws `notFound`. */
  async read(name: string): Promise<Tensor> {
    const info = this.tensors.get(name);
    if (info === undefined) {
      throw new FinegrainError('notFound', `${this.path} holds no tensor named ${name}.`);
    }
    const bytes = await readExactly(this.#file, this.path, info.position, info.bytes);
    return { dtype: info.dtype, shape: info.shape, data: decode(info.dtype, bytes) };
  }

  async close(): Promise<void> {
    await this.#file.close();
  }
}

/** All tensors of a file, in the order of their bytes. */
export async function readSafetensors(path: string): Promise<Map<string, Tensor>> {
  const file = await SafetensorsFile.open(path);
  try {
    const tensors = new Map<string, Tensor>();
    for (const name of file.tensors.keys()) tensors.set(name, await file.read(name));
    return tensors;
  } finally {
    await file.close();
  }
}

interface SafetensorsHeader {
  readonly tensors: ReadonlyMap<string, TensorInfo>;
  readonly metadata: Readonly<Record<string, string>>;
}

function parseHeader(path: string, text: string, fileBytes: number): SafetensorsHeader {
  let header: unknown;
  try {
    header = JSON.parse(text);
  } catch {
    throw unreadable(path, 'its header is not JSON');
  }
  if (!text.startsWith('{') || header === null || typeof header !== 'object') {
    throw unreadable(path, 'its header is not a JSON object');
  }
  const start = 8 + Buffer.byteLength(text);
  const found: [string, TensorInfo][] = [];
  let metadata: Record<string, string> = {};
  for (const [name, value] of Object.entries(header)) {
    if (name === metadataKey) {
      const parsed = z.record(z.string(), z.string()).safeParse(value);
      if (!parsed.success) throw unreadable(path, `its ${metadataKey} is not a map of strings`);
      metadata = parsed.data;
      continue;
    }
    const parsed = entrySchema.safeParse(value);
    if (!parsed.success) {
      const issue = parsed.error.issues[0]!;
      throw unreadable(path, `tensor ${name}: ${issue.path.join('.')}: ${issue.message}`);
    }
    const { dtype, shape, data_offsets } = parsed.data;
    const [begin, end] = data_offsets;
    const expected = countElements(shape) * elementBytes[dtype];
    if (end - begin !== expected) {
      throw unreadable(
        path,
        `tensor ${name} (${dtype} [${shape.join(', ')}]) needs ${expected} bytes but has ${end - begin}`,
      );
    }
    found.push([name, { dtype, shape, position: start + begin, bytes: expected }]);
  }
  // Empty tensors share a position with their successor and must come before it.
  found.sort(([, left], [, right]) => left.position - right.position || left.bytes - right.bytes);
  let position = start;
  for (const [name, info] of found) {
    if (info.position !== position) {
      throw unreadable(
        path,
        `tensor ${name} starts at byte ${info.position}, not at ${position}: bytes overlap or lie unused`,
      );
    }
    position += info.bytes;
  }
  if (position !== fileBytes) {
    throw unreadable(path, `its tensors end at byte ${position}, the file at ${fileBytes}`);
  }
  return { tensors: new Map(found), metadata };
}

async function readExactly(
  file: FileHandle,
  path: string,
  position: number,
  length: number,
): Promise<Buffer> {
  // A fresh buffer of its own, so that any element type is aligned in it.
  const bytes = Buffer.from(new ArrayBuffer(length));
  let done = 0;
  while (done < length) {
    const { bytesRead } = await file.read(bytes, done, length - done, position + done);
    if (bytesRead === 0)
      throw unreadable(path, `it ends at byte ${position + done}, inside a tensor or the header`);
    done += bytesRead;
  }
  return bytes;
}

function decode(dtype: TensorDtype, bytes: Buffer): TensorData {
  const buffer = bytes.buffer as ArrayBuffer;
  switch (dtype) {
    case 'F64':
      return new Float64Array(buffer);
    case 'F32':
      return new Float32Array(buffer);
    case 'F16':
      return float16ToFloat32(new Uint16Array(buffer));
    case 'BF16':
      return bfloat16ToFloat32(new Uint16Array(buffer));
    case 'I64':
      return new BigInt64Array(buffer);
    case 'I32':
      return new Int32Array(buffer);
    case 'I16':
      return new Int16Array(buffer);
    case 'I8':
      return new Int8Array(buffer);
    case 'U64':
      return new BigUint64Array(buffer);
    case 'U32':
      return new Uint32Array(buffer);
    case 'U16':
      return new Uint16Array(buffer);
    case 'U8':
    case 'BOOL':
      return new Uint8Array(buffer);
  }
}

function dtypeOf(data: TensorData): TensorDtype {
  if (data instanceof Float64Array) return 'F64';
  if (data instanceof Float32Array) return 'F32';
  if (data instanceof BigInt64Array) return 'I64';
  if (data instanceof Int32Array) return 'I32';
  if (data instanceof Int16Array) return 'I16';
  if (data instanceof Int8Array) return 'I8';
  if (data instanceof BigUint64Array) return 'U64';
  if (data instanceof Uint32Array) return 'U32';
  if (data instanceof Uint16Array) return 'U16';
  return 'U8';
}

const bytesOf = (data: TensorData): Uint8Array =>
  new Uint8Array(data.buffer, data.byteOffset, data.byteLength);

const countElements = (shape: readonly number[]): number =>
  shape.reduce((product, size) => product * size, 1);

function unreadable(path: string, why: string): FinegrainError {
  return new FinegrainError('data.unreadable', `${path} is not a sound safetensors file: ${why}.`);
}
