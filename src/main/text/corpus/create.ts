/** Makes a data set of sources: a folder that is wholly there or not at all. */
import { writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { FinegrainError } from '../../../shared/errors.ts';
import { writeFolder } from '../files.ts';
import { Pace, type Work } from '../work.ts';
import { type DataSetManifest, dataSetFormat, dataSetVersion, manifestFile } from './manifest.ts';
import { readSource } from './readers.ts';
import { type Skipped, type Source, sourceName } from './sources.ts';
import { DocumentWriter } from './writer.ts';

export interface DataSetRequest extends Work {
  readonly name: string;
  readonly domain: string | null;
  readonly sources: readonly Source[];
  readonly skipped?: readonly Skipped[];
  /** The field of jsonl objects, or column of parquet files, that holds the text; default `text`. */
  readonly field?: string;
}

/**
 * Reads `sources` into the new folder `folder`. Throws FinegrainError `data.empty`, `data.unreadable`, `disk.full`,
 * `cancelled` or `input.invalid` (the folder exists); then nothing is left behind.
 */
export async function createDataSet(folder: string, request: DataSetRequest): Promise<DataSetManifest> {
  return writeFolder(folder, async (temporary) => {
    const writer = await DocumentWriter.open(temporary);
    try {
      const manifest = await fill(writer, request);
      await writeFile(join(temporary, manifestFile), `${JSON.stringify(manifest, null, 2)}\n`, {
        flag: 'wx',
      });
      return manifest;
    } finally {
      await writer.close();
    }
  });
}

async function fill(writer: DocumentWriter, request: DataSetRequest): Promise<DataSetManifest> {
  const { sources, skipped = [], field = 'text' } = request;
  const total = sources.reduce((sum, source) => sum + sizeOf(source), 0);
  const pace = new Pace(request, 'Reading', total, 'bytes');
  let before = 0;
  for (const source of sources) {
    await readSource(source, writer, { field, pace, before });
    before += sizeOf(source);
    await pace.tick(before);
  }
  if (writer.documents === 0) throw emptyError(request);
  const hash = await writer.finish();
  pace.finish(total);
  return {
    format: dataSetFormat,
    version: dataSetVersion,
    name: request.name,
    domain: request.domain,
    documents: writer.documents,
    bytes: writer.bytes,
    hash,
    invalidBytes: writer.invalidBytes,
    duplicates: writer.duplicates,
    emptyDocuments: writer.emptyDocuments,
    files: sources.length,
    skipped: skipped.slice(0, 100).map((file) => ({ ...file })),
    skippedFiles: skipped.length,
    createdAt: new Date().toISOString(),
  };
}

function sizeOf(source: Source): number {
  return 'text' in source ? source.text.length : source.bytes;
}

function emptyError({ name, sources, skipped = [] }: DataSetRequest): FinegrainError {
  const files = sources.slice(0, 3).map(sourceName).join(', ');
  const read =
    sources.length === 0
      ? 'no file was found'
      : `${sources.length} file(s) hold no text (${files}${sources.length > 3 ? ', ...' : ''})`;
  const first = skipped[0];
  const left =
    first === undefined ? '' : `; ${skipped.length} left out (${basename(first.path)}: ${first.reason})`;
  return new FinegrainError(
    'data.empty',
    `The data set ${name} would be empty: ${read}${left}.`,
    'Add files with text in them.',
  );
}
