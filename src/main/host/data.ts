/** Data sets of the workspace: their folders under `data/` and their rows in the store. */
import { existsSync } from 'node:fs';
import { readdir, rename, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { FinegrainError } from '../../shared/errors.ts';
import type { DataSetRow, SampleDataSet } from '../../shared/rpc/contract.ts';
import type { DataSetRecords } from '../store/index.ts';
import { createDataSet, type DataSetRequest } from '../text/corpus/create.ts';
import type { DataSetManifest } from '../text/corpus/manifest.ts';
import { checkName } from '../text/corpus/names.ts';
import { DataSetReader } from '../text/corpus/reader.ts';
import { findSample, sampleDataSets, sampleSources } from '../text/corpus/samples.ts';
import { findSources } from '../text/corpus/sources.ts';
import { partialName, removePartialFolders } from '../text/files.ts';
import type { Work } from '../text/work.ts';

export interface AddOptions extends Work {
  readonly name: string;
  readonly domain?: string | null | undefined;
  /** The field of jsonl objects, or column of parquet files, that holds the text; default `text`. */
  readonly field?: string | undefined;
}

export interface AddTextInput {
  readonly name: string;
  readonly domain?: string | undefined;
  /** One document each. */
  readonly files: readonly { readonly name: string; readonly text: string }[];
}

export interface DataService {
  /** Puts right what a killed process left: removes half-made folders, and lists whole ones that missed the store. */
  recover(): Promise<void>;
  list(): DataSetRow[];
  /** The row with its manifest: duplicates, empty documents, files left out. Throws `notFound`. */
  show(name: string): DataSetRow & { readonly manifest: DataSetManifest };
  samples(): SampleDataSet[];
  /** Files, folders, jsonl and parquet become the data set `options.name`. */
  addPaths(paths: readonly string[], options: AddOptions): Promise<DataSetRow>;
  /** Adds a sample by its name, or returns it when it is there. */
  addSample(name: string, work?: Work): Promise<DataSetRow>;
  addText(input: AddTextInput, work?: Work): Promise<DataSetRow>;
  /**
   * What `--data X` means: a data set's name; else a sample's, which is then added; else a path, which becomes a data
   * set named after it (or the one of the same content that is there).
   */
  resolve(nameOrPath: string, work?: Work): Promise<DataSetRow>;
  remove(name: string): Promise<void>;
  /** The data set's folder, absolute. Throws `notFound`. */
  folder(name: string): string;
  /** Opens it for reading; close it afterwards. */
  open(name: string): Promise<DataSetReader>;
}

export interface DataServiceOptions {
  readonly store: { readonly dataSets: DataSetRecords };
  /** The workspace's folder. */
  readonly workspace: string;
}

const folderOfData = 'data';

export function createDataService({ store, workspace }: DataServiceOptions): DataService {
  const records = store.dataSets;
  const root = join(workspace, folderOfData);

  const register = (manifest: DataSetManifest): DataSetRow =>
    toRow(
      records.add({
        name: manifest.name,
        domain: manifest.domain,
        documents: manifest.documents,
        bytes: manifest.bytes,
        hash: manifest.hash,
        invalidBytes: manifest.invalidBytes,
        createdAt: manifest.createdAt,
        folder: `${folderOfData}/${manifest.name}`,
        manifest,
      }),
    );

  const refuseTaken = (name: string): void => {
    if (records.find(name) === null) return;
    throw new FinegrainError(
      'input.invalid',
      `A data set named ${name} exists already.`,
      'Remove it first or choose another name.',
    );
  };

  const create = async (request: DataSetRequest): Promise<DataSetRow> => {
    refuseTaken(request.name);
    const folder = join(root, request.name);
    // A folder that the store does not know: its removal was cut short.
    if (!isListed(records, folder)) await rm(folder, { recursive: true, force: true });
    return register(await createDataSet(folder, request));
  };

  const addPaths: DataService['addPaths'] = async (paths, options) => {
    const name = checkName(options.name, 'data set');
    refuseTaken(name);
    const { sources, skipped } = await findSources(paths, options.signal);
    const { domain = null, field, progress, signal } = options;
    return create({
      name,
      domain,
      sources,
      skipped,
      progress,
      signal,
      ...(field === undefined ? {} : { field }),
    });
  };

  const addSample: DataService['addSample'] = async (name, work = {}) => {
    const sample = findSample(name);
    const found = records.find(name);
    if (found !== null) return toRow(found);
    return create({ name, domain: sample.domain, sources: sampleSources(sample), ...work });
  };

  const addPath = async (path: string, work: Work): Promise<DataSetRow> => {
    const base = nameOfPath(path);
    let name = base;
    for (let i = 2; records.find(name) !== null; i++) name = `${base}-${i}`;
    const added = await addPaths([path], { ...work, name });
    const same = records.list().find((row) => row.hash === added.hash && row.name !== added.name);
    if (same === undefined) return added;
    await remove(added.name);
    return same;
  };

  const remove: DataService['remove'] = async (name) => {
    const { folder } = records.get(name);
    records.remove(name);
    const path = join(workspace, folder);
    const doomed = join(root, partialName(name));
    try {
      await rename(path, doomed);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
      throw error;
    }
    await rm(doomed, { recursive: true, force: true });
  };

  const folder: DataService['folder'] = (name) => join(workspace, records.get(name).folder);

  return {
    addPaths,
    addSample,
    remove,
    folder,
    async recover() {
      await removePartialFolders(root);
      if (!existsSync(root)) return;
      for (const entry of await readdir(root)) {
        if (records.find(entry) !== null) continue;
        const manifest = await readManifest(join(root, entry));
        if (manifest !== null && manifest.name === entry) register(manifest);
      }
    },
    list: () => records.list(),
    show(name) {
      const stored = records.get(name);
      // The store gives back what `register` put in.
      return { ...toRow(stored), manifest: stored.manifest as DataSetManifest };
    },
    samples: () =>
      sampleDataSets
        .filter((sample) => sample.files() !== null)
        .map(({ name, title, description, domain, licence }) => {
          return { name, title, description, domain, licence, added: records.find(name) !== null };
        }),
    async addText({ name, domain = null, files }, work = {}) {
      return create({ name: checkName(name, 'data set'), domain, sources: files, ...work });
    },
    async resolve(nameOrPath, work = {}) {
      const found = records.find(nameOrPath);
      if (found !== null) return toRow(found);
      if (sampleDataSets.some((sample) => sample.name === nameOrPath)) return addSample(nameOrPath, work);
      if (existsSync(nameOrPath)) return addPath(nameOrPath, work);
      const names = [...records.list(), ...sampleDataSets].map((row) => row.name);
      throw new FinegrainError(
        'notFound',
        `There is no data set, sample or file named ${nameOrPath}.`,
        `There are: ${[...new Set(names)].join(', ')}.`,
      );
    },
    open: (name) => DataSetReader.open(folder(name)),
  };
}

function toRow({ name, domain, documents, bytes, hash, invalidBytes, createdAt }: DataSetRow): DataSetRow {
  return { name, domain, documents, bytes, hash, invalidBytes, createdAt };
}

/** Whether the folder belongs to a data set of the store (names that differ in case may share one on some disks). */
function isListed(records: DataSetRecords, folder: string): boolean {
  const name = basename(folder).toLowerCase();
  return records.list().some((row) => row.name.toLowerCase() === name);
}

async function readManifest(folder: string): Promise<DataSetManifest | null> {
  try {
    const reader = await DataSetReader.open(folder);
    await reader.close();
    return reader.manifest;
  } catch (error) {
    if (error instanceof FinegrainError) return null;
    throw error;
  }
}

/** A data set's name after a path: its last part without what names may not hold. */
function nameOfPath(path: string): string {
  const cleaned = basename(path)
    .replace(/(\.(txt|md|jsonl|ndjson|parquet|gz))+$/i, '')
    .replace(/[^\p{L}\p{N}._-]+/gu, '-')
    .replace(/^[^\p{L}\p{N}]+|[.-]+$/gu, '')
    .slice(0, 60);
  return cleaned === '' ? 'text' : cleaned;
}
