import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { join } from 'node:path';
import { brotliCompressSync, gzipSync, zstdCompressSync } from 'node:zlib';
import type { CompressionCodec } from 'hyparquet';
import { parquetWriteBuffer } from 'hyparquet-writer';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { temporaryFolders } from '../testing.ts';
import type { Progress, Work } from '../work.ts';
import { createDataSet } from './create.ts';
import type { DataSetManifest } from './manifest.ts';
import { DataSetReader } from './reader.ts';
import { findSources, type TextSource } from './sources.ts';

const temporaryFolder = temporaryFolders();
afterEach(() => vi.restoreAllMocks());

interface Made {
  readonly manifest: DataSetManifest;
  readonly documents: string[];
  readonly folder: string;
}

async function documentsOf(folder: string): Promise<string[]> {
  const reader = await DataSetReader.open(folder);
  const documents: string[] = [];
  let parts: Buffer[] = [];
  for await (const { bytes, last } of reader.scan()) {
    parts.push(Buffer.from(bytes));
    if (last) documents.push(Buffer.concat(parts).toString());
    if (last) parts = [];
  }
  await reader.close();
  return documents;
}

/** Writes files, adds them by path, and reads the documents back. */
async function make(
  files: Record<string, string | Uint8Array>,
  options: { field?: string; paths?: string[] } & Work = {},
): Promise<Made> {
  const input = temporaryFolder();
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(join(input, name, '..'), { recursive: true });
    writeFileSync(join(input, name), content);
  }
  const paths = (options.paths ?? ['']).map((path) => join(input, path));
  const { sources, skipped } = await findSources(paths);
  const folder = join(temporaryFolder(), 'set');
  const manifest = await createDataSet(folder, { name: 'set', domain: null, sources, skipped, ...options });
  return { manifest, documents: await documentsOf(folder), folder };
}

function fromTexts(texts: readonly string[], work: Work = {}): Promise<DataSetManifest> {
  const sources: TextSource[] = texts.map((text, i) => ({ name: `${i}.txt`, text }));
  return createDataSet(join(temporaryFolder(), 'set'), { name: 'set', domain: 'test', sources, ...work });
}

function parquet(
  columns: Record<string, unknown[]>,
  codec: CompressionCodec = 'SNAPPY',
  rowGroupSize = 2,
): Uint8Array {
  const compressors = { GZIP: gzipSync, BROTLI: brotliCompressSync, ZSTD: zstdCompressSync };
  const columnData = Object.entries(columns).map(([name, data]) => ({ name, data }));
  return new Uint8Array(parquetWriteBuffer({ columnData, codec, compressors, rowGroupSize }));
}

describe('text files and folders', () => {
  it('makes each file a document, folders in order of name, hidden and binary files and links left out', async () => {
    const files = {
      'b.txt': 'two',
      'a/z.md': 'one',
      '.hidden': 'no',
      '.git/x': 'no',
      'image.bin': Uint8Array.from([1, 0, 2]),
    };
    const { manifest, documents } = await make(files);
    expect(documents).toEqual(['one', 'two']);
    expect(manifest).toMatchObject({ documents: 2, bytes: 6, files: 2, skippedFiles: 3, invalidBytes: 0 });
    expect(manifest.skipped.map(({ reason }) => reason)).toEqual(['hidden', 'hidden', 'binary']);
  });

  it('does not follow links out of the folder', async () => {
    const input = temporaryFolder();
    writeFileSync(join(input, 'real.txt'), 'text');
    symlinkSync(input, join(input, 'loop'));
    const { sources, skipped } = await findSources([input]);
    expect(sources.map((source) => source.path)).toEqual([join(input, 'real.txt')]);
    expect(skipped).toEqual([{ path: join(input, 'loop'), reason: 'symbolic link' }]);
  });

  it('replaces and counts bytes that are not UTF-8', async () => {
    const { manifest, documents } = await make({
      'latin1.txt': Buffer.from('caf\xe9 na\xefve', 'latin1'),
      'ok.txt': 'é\ufffd',
    });
    expect(documents).toEqual(['caf\ufffd na\ufffdve', 'é\ufffd']);
    expect(manifest.invalidBytes).toBe(2);
  });

  it('drops byte order marks and reads UTF-16', async () => {
    const files = {
      '1.txt': '\ufeffmarked',
      '2.txt': Buffer.from('\ufeffwide é', 'utf16le'),
      '3.txt': Buffer.from('\ufeffbig', 'utf16le').swap16(),
    };
    expect((await make(files)).documents).toEqual(['marked', 'wide é', 'big']);
  });

  it('unzips gzip and says when the file is broken', async () => {
    const zipped = gzipSync('zipped text '.repeat(1000));
    expect((await make({ 'a.txt.gz': zipped })).documents).toEqual(['zipped text '.repeat(1000)]);
    await expect(make({ 'a.txt.gz': zipped.subarray(0, 40) })).rejects.toMatchObject({
      code: 'data.unreadable',
    });
  });

  it('leaves out and counts empty documents, and keeps and counts duplicates', async () => {
    const { manifest, documents } = await make({
      '1.txt': 'same',
      '2.txt': '',
      '3.txt': ' \n\t ',
      '4.txt': 'same',
      '5.txt': '\n x',
    });
    expect(documents).toEqual(['same', 'same', '\n x']);
    expect(manifest).toMatchObject({ emptyDocuments: 2, duplicates: 1, documents: 3 });
  });

  it('streams a document larger than its windows, unchanged', async () => {
    const text = `${'A line of text, 漢字 and 😀.\n'.repeat(700_000)}end`;
    const { manifest, documents } = await make({ 'large.txt': text });
    expect(manifest.bytes).toBe(Buffer.byteLength(text));
    expect(manifest.bytes).toBeGreaterThan(20e6);
    expect(documents.length).toBe(1);
    expect(documents[0] === text).toBe(true);
  });
});

describe('DataSetReader', () => {
  it.each([
    ['words', 'A line of text, 漢字.\n'.repeat(600_000)],
    ['no place to cut at', '漢😀é'.repeat(1_500_000)],
    ['few places to cut at', `${'漢'.repeat(900_000)}a b${'字'.repeat(2_500_000)}`],
  ])('gives large documents in pieces of whole characters: %s', async (_, text) => {
    const { folder } = await make({ '1.txt': text, '2.txt': 'small' });
    const reader = await DataSetReader.open(folder);
    const decoder = new TextDecoder('utf-8', { fatal: true });
    const documents = ['', ''];
    let ended = 0;
    for await (const { part, bytes, last } of reader.scan()) {
      documents[part] += decoder.decode(bytes);
      if (last) ended++;
    }
    await reader.close();
    expect(documents[0] === text).toBe(true);
    expect(documents[1]).toBe('small');
    expect(ended).toBe(2);
  });
});

describe('jsonl', () => {
  it('takes one document from each line', async () => {
    const lines = [
      '{"text":"one"}',
      '',
      '{"text":"two\\nlines"}\r',
      '{"text":null}',
      '{"text":""}',
      '{"text":"last"}',
    ];
    const { manifest, documents } = await make({ 'x.jsonl': `\ufeff${lines.join('\n')}` });
    expect(documents).toEqual(['one', 'two\nlines', 'last']);
    expect(manifest.emptyDocuments).toBe(2);
  });

  it('takes the field asked for, and lines longer than a chunk', async () => {
    const long = 'long '.repeat(500_000);
    const { documents } = await make(
      { 'x.ndjson': `${JSON.stringify({ body: long })}\n{"body":"b"}\n` },
      { field: 'body' },
    );
    expect(documents.map((text) => text.length)).toEqual([long.length, 1]);
  });

  it('names the file and line of what it cannot read', async () => {
    await expect(make({ 'x.jsonl': '{"text":"a"}\n{"text":' })).rejects.toMatchObject({
      code: 'data.unreadable',
      message: expect.stringMatching(/x\.jsonl line 2 is not JSON/),
    });
    await expect(make({ 'x.jsonl': '{"body":"a"}' })).rejects.toMatchObject({
      message: expect.stringContaining('line 1 has no text in the field text'),
      hint: expect.stringContaining('body'),
    });
  });
});

describe('parquet', () => {
  it.each(['UNCOMPRESSED', 'SNAPPY', 'GZIP', 'BROTLI', 'ZSTD'] as const)(
    'takes one document from each row (%s)',
    async (codec) => {
      const bytes = parquet({ id: [1, 2, 3, 4, 5], text: ['one', 'zwei é', null, 'four', 'five'] }, codec);
      const { manifest, documents } = await make({ 'x.parquet': bytes });
      expect(documents).toEqual(['one', 'zwei é', 'four', 'five']);
      expect(manifest.emptyDocuments).toBe(1);
    },
  );

  it('replaces and counts bytes that are not UTF-8', async () => {
    const columnData = [
      { name: 'text', data: [Buffer.from([0x61, 0xff]), Buffer.from('b')], type: 'BYTE_ARRAY' as const },
    ];
    const { manifest, documents } = await make({
      'x.parquet': new Uint8Array(parquetWriteBuffer({ columnData })),
    });
    expect(documents).toEqual(['a\ufffd', 'b']);
    expect(manifest.invalidBytes).toBe(1);
  });

  it('names the columns there are when the one asked for is not', async () => {
    const bytes = parquet({ body: ['a'], id: [1] });
    await expect(make({ 'x.parquet': bytes })).rejects.toMatchObject({
      code: 'data.unreadable',
      hint: expect.stringContaining('body, id'),
    });
    await expect(make({ 'x.parquet': bytes }, { field: 'id' })).rejects.toThrow(
      'row 0 has no text in the column id',
    );
    expect((await make({ 'x.parquet': bytes }, { field: 'body' })).documents).toEqual(['a']);
  });

  it('refuses a file that is no parquet', async () => {
    await expect(make({ 'x.parquet': 'no parquet' })).rejects.toMatchObject({
      code: 'data.unreadable',
      message: expect.stringContaining('x.parquet'),
    });
  });
});

describe('the hash', () => {
  it('depends on text and boundaries and on nothing else', async () => {
    const hash = (texts: string[]) => fromTexts(texts).then((manifest) => manifest.hash);
    const base = await hash(['ab', 'c']);
    expect(await hash(['ab', 'c'])).toBe(base);
    expect(await hash(['ab', '', 'c'])).toBe(base);
    expect(new Set([base, await hash(['a', 'bc']), await hash(['abc']), await hash(['c', 'ab'])]).size).toBe(
      4,
    );
  });
});

describe('failures', () => {
  it('refuse an empty corpus', async () => {
    await expect(make({ 'a.txt': '', 'b.txt': '  ' })).rejects.toMatchObject({
      code: 'data.empty',
      message: expect.stringContaining('2 file(s) hold no text'),
    });
    await expect(make({})).rejects.toMatchObject({
      code: 'data.empty',
      message: expect.stringContaining('no file was found'),
    });
  });

  it('name a path that is not there', async () => {
    await expect(findSources(['/no/such/path'])).rejects.toMatchObject({
      code: 'notFound',
      message: '/no/such/path does not exist.',
    });
  });

  it('leave nothing behind when the disk is full', async () => {
    const parent = temporaryFolder();
    const probe = await open(join(parent, 'probe'), 'w');
    const prototype = Object.getPrototypeOf(probe) as FileHandle;
    await probe.close();
    let writes = 0;
    const write = prototype.write;
    vi.spyOn(prototype, 'write').mockImplementation(function (this: FileHandle, ...parameters: unknown[]) {
      writes++;
      if (writes > 2)
        return Promise.reject(
          Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' }),
        );
      return Reflect.apply(write, this, parameters);
    } as typeof prototype.write);
    const sources = [{ name: 'big', text: 'text '.repeat(1_000_000) }];
    await expect(
      createDataSet(join(parent, 'set'), { name: 'set', domain: null, sources }),
    ).rejects.toMatchObject({ code: 'disk.full' });
    expect(writes).toBe(3);
    expect(readdirSync(parent)).toEqual(['probe']);
  });

  it('leave nothing behind when cancelled in the middle', async () => {
    const controller = new AbortController();
    const parent = temporaryFolder();
    const sources = Array.from({ length: 50 }, (_, i) => ({ name: `${i}`, text: `text ${i}` }));
    const progress = () => controller.abort();
    const request = { name: 'set', domain: null, sources, progress, signal: controller.signal };
    await expect(createDataSet(join(parent, 'set'), request)).rejects.toMatchObject({ code: 'cancelled' });
    expect(readdirSync(parent)).toEqual([]);
  });

  it('do not touch a data set that is there', async () => {
    const folder = join(temporaryFolder(), 'set');
    const request = { name: 'set', domain: null, sources: [{ name: 'a', text: 'first' }] };
    await createDataSet(folder, request);
    const again = createDataSet(folder, { ...request, sources: [{ name: 'a', text: 'second' }] });
    await expect(again).rejects.toMatchObject({
      code: 'input.invalid',
      message: expect.stringContaining('exists already'),
    });
    expect(await documentsOf(folder)).toEqual(['first']);
  });

  it('notice files that do not fit the manifest', async () => {
    const { folder } = await make({ 'a.txt': 'some text' });
    writeFileSync(join(folder, 'documents.utf8'), 'some tex');
    await expect(DataSetReader.open(folder)).rejects.toMatchObject({ code: 'data.unreadable' });
    expect(existsSync(folder)).toBe(true);
  });
});

describe('progress', () => {
  it('ends at the total', async () => {
    const seen: Progress[] = [];
    await fromTexts(['one', 'two'], { progress: (progress) => seen.push(progress) });
    expect(seen.at(-1)).toEqual({ stage: 'Reading', done: 6, total: 6, unit: 'bytes' });
  });

  it('writes a manifest that can be read as JSON', async () => {
    const { folder, manifest } = await make({ 'a.txt': 'text' });
    expect(JSON.parse(readFileSync(join(folder, 'manifest.json'), 'utf8'))).toEqual(manifest);
  });
});
