/** Reads the documents of one source into a writer: text, jsonl and parquet, streamed. */
import { createReadStream } from 'node:fs';
import { pipeline, type Readable } from 'node:stream';
import { brotliDecompressSync, createGunzip, gunzipSync, zstdDecompressSync } from 'node:zlib';
import { asyncBufferFromFile, type Compressors, parquetMetadataAsync, parquetReadObjects } from 'hyparquet';
import { FinegrainError } from '../../../shared/errors.ts';
import { Utf8Repairer } from '../utf8.ts';
import type { Pace } from '../work.ts';
import { type FileSource, type Source, utf16Encoding } from './sources.ts';
import type { DocumentWriter } from './writer.ts';

/** One line of jsonl must be held whole. */
const longestLine = 256 * 2 ** 20;

export interface ReadOptions {
  /** The field of jsonl objects, or column of parquet files, that holds the text. */
  readonly field: string;
  readonly pace: Pace;
  /** Bytes of sources already read. */
  readonly before: number;
}

/** Throws FinegrainError `data.unreadable` naming the file (and the line). */
export async function readSource(
  source: Source,
  writer: DocumentWriter,
  options: ReadOptions,
): Promise<void> {
  if ('text' in source) {
    await writer.write(Buffer.from(source.text.startsWith('\ufeff') ? source.text.slice(1) : source.text));
    await writer.endDocument();
    return;
  }
  try {
    if (source.kind === 'parquet') await readParquet(source, writer, options);
    else if (source.kind === 'jsonl') await readJsonLines(source, writer, options);
    else await readText(source, writer, options);
  } catch (error) {
    if (error instanceof FinegrainError || isFileSystemError(error)) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    throw unreadable(
      source,
      `could not be read as ${source.kind}: ${reason}`,
      'Check that the file is whole, or leave it out.',
    );
  }
}

/** Errors of reading and writing files have a code such as ENOSPC; those of decompressors begin with Z_ or ERR_. */
function isFileSystemError(error: unknown): boolean {
  const code = (error as NodeJS.ErrnoException | null)?.code;
  return typeof code === 'string' && /^E[A-Z0-9]+$/.test(code);
}

function unreadable(source: FileSource, what: string, hint: string): FinegrainError {
  return new FinegrainError('data.unreadable', `${source.path} ${what}`, hint);
}

/** The file's content in chunks, unzipped where needed. */
async function* chunksOf(source: FileSource, { pace, before }: ReadOptions): AsyncGenerator<Uint8Array> {
  const file = createReadStream(source.path, { highWaterMark: 1 << 20 });
  // An error of the file reaches the loop through the pipeline's last stream.
  const content: Readable = source.compressed ? pipeline(file, createGunzip(), () => {}) : file;
  for await (const chunk of content) {
    await pace.tick(before + file.bytesRead);
    yield chunk as Buffer;
  }
}

async function readText(source: FileSource, writer: DocumentWriter, options: ReadOptions): Promise<void> {
  let decoder: TextDecoder | null = null;
  let first = true;
  for await (const chunk of chunksOf(source, options)) {
    let bytes = chunk;
    if (first) {
      first = false;
      const encoding = utf16Encoding(chunk);
      if (encoding !== null) decoder = new TextDecoder(encoding);
      else bytes = withoutMark(chunk);
    }
    await writer.write(decoder === null ? bytes : Buffer.from(decoder.decode(bytes, { stream: true })));
  }
  if (decoder !== null) await writer.write(Buffer.from(decoder.decode()));
  await writer.endDocument();
}

/** Without UTF-8's byte order mark. */
function withoutMark(bytes: Uint8Array): Uint8Array {
  return bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? bytes.subarray(3) : bytes;
}

async function readJsonLines(
  source: FileSource,
  writer: DocumentWriter,
  options: ReadOptions,
): Promise<void> {
  const repairer = new Utf8Repairer();
  let held: Uint8Array[] = [];
  let heldBytes = 0;
  let number = 0;
  const line = async (last: Uint8Array): Promise<void> => {
    number++;
    const bytes = held.length === 0 ? last : Buffer.concat([...held, last]);
    held = [];
    heldBytes = 0;
    const text = Buffer.from(number === 1 ? withoutMark(bytes) : bytes)
      .toString()
      .trim();
    if (text === '') return;
    await writer.write(Buffer.from(textOfLine(text, number, source, options.field)));
    await writer.endDocument();
  };
  const take = async (chunk: Uint8Array): Promise<void> => {
    let from = 0;
    for (;;) {
      const to = chunk.indexOf(0x0a, from);
      if (to < 0) break;
      await line(chunk.subarray(from, to));
      from = to + 1;
    }
    held.push(chunk.slice(from));
    heldBytes += chunk.length - from;
    if (heldBytes > longestLine) {
      throw unreadable(
        source,
        `has a line ${number + 1} of more than 256 MB.`,
        'Split it into several documents.',
      );
    }
  };
  for await (const chunk of chunksOf(source, options)) await take(repairer.push(chunk));
  await take(repairer.end());
  await line(new Uint8Array(0));
  writer.invalidBytes += repairer.invalidBytes;
}

function textOfLine(line: string, number: number, source: FileSource, field: string): string {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    throw unreadable(source, `line ${number} is not JSON.`, 'Each line must be one JSON object.');
  }
  const text: unknown = typeof value === 'object' && value !== null ? Reflect.get(value, field) : undefined;
  if (typeof text === 'string') return text;
  if (text === null) return '';
  const fields =
    typeof value === 'object' && value !== null ? Object.keys(value).slice(0, 12).join(', ') : 'none';
  throw unreadable(
    source,
    `line ${number} has no text in the field ${field}.`,
    `Name the field that holds the text. The line's fields: ${fields}.`,
  );
}

const compressors: Compressors = {
  GZIP: (input) => gunzipSync(input),
  BROTLI: (input) => brotliDecompressSync(input),
  ZSTD: (input) => zstdDecompressSync(input),
};

async function readParquet(source: FileSource, writer: DocumentWriter, options: ReadOptions): Promise<void> {
  if (source.compressed) throw unreadable(source, 'is a compressed parquet file.', 'Unzip it first.');
  const { field, pace, before } = options;
  const file = await asyncBufferFromFile(source.path);
  const metadata = await parquetMetadataAsync(file);
  const columns = metadata.schema.slice(1).map((element) => element.name);
  if (!columns.includes(field)) {
    throw unreadable(
      source,
      `has no column ${field}.`,
      `Name the column that holds the text. Its columns: ${columns.join(', ')}.`,
    );
  }
  const rows = Number(metadata.num_rows);
  let rowStart = 0;
  for (const group of metadata.row_groups) {
    const rowEnd = rowStart + Number(group.num_rows);
    // utf8 off and the parser below: text stays bytes, so that what is not UTF-8 in it is counted like elsewhere.
    const records = await parquetReadObjects({
      file,
      metadata,
      columns: [field],
      rowStart,
      rowEnd,
      compressors,
      utf8: false,
      parsers: { stringFromBytes: (bytes) => bytes },
    });
    for (const [i, record] of records.entries()) {
      const value: unknown = record[field];
      if (value instanceof Uint8Array) await writer.write(value);
      else if (typeof value === 'string') await writer.write(Buffer.from(value));
      else if (value != null) {
        throw unreadable(
          source,
          `row ${rowStart + i} has no text in the column ${field}.`,
          'Name a column of strings.',
        );
      }
      await writer.endDocument();
      if (pace.due()) await pace.tick(before + (source.bytes * (rowStart + i + 1)) / rows);
    }
    rowStart = rowEnd;
  }
}
