/** Tokenizers of the workspace (`tokenizers/NAME/tokenizer.json` and their rows in the store), and tokens for runs. */
import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { FinegrainError } from '../../shared/errors.ts';
import type { TokenizerRow } from '../../shared/rpc/contract.ts';
import type { TokenizerRecords } from '../store/index.ts';
import { measureTokenizer, type TokenizerStatistics } from '../text/bpe/statistics.ts';
import type { Tokenizer } from '../text/bpe/tokenizer.ts';
import { readTokenizerJson, tokenizerFromTraining } from '../text/bpe/tokenizerJson.ts';
import { trainMerges, WordCounter } from '../text/bpe/trainer.ts';
import { checkName } from '../text/corpus/names.ts';
import { fileError, partialName, removePartialFolders, writeFolder } from '../text/files.ts';
import { type PreparedTokens, prepareTokenFiles } from '../text/prepare.ts';
import { Pace, type Work } from '../text/work.ts';
import type { DataService } from './data.ts';

export const specialTokens = ['<|endoftext|>'] as const;
export const tokenizerFile = 'tokenizer.json';

export interface TrainTokenizerRequest extends Work {
  /** Data sets to train on, all of their text. */
  readonly data: readonly string[];
  /** Tokens in all: one special token, 256 bytes, merges. Exactly 256: the bytes alone. */
  readonly vocabulary: number;
  readonly name: string;
  /** Pairs seen less often are not merged; default 0. */
  readonly minimumCount?: number;
}

export interface PrepareTokensRequest extends Work {
  readonly data: readonly { readonly name: string; readonly weight: number }[];
  /** null: one is trained on the data with `vocabulary` tokens, or taken if it was trained before. */
  readonly tokenizer: string | null;
  /** The architecture document's. */
  readonly vocabulary: number;
  readonly context: number;
  /** Seed of the split into training and validation text; default 0, whatever the run's seed is. */
  readonly splitSeed?: number;
}

/** Token files and the tokenizer a run reads them with. */
export interface PreparedRun extends PreparedTokens {
  readonly tokenizer: TokenizerRow;
  /** The tokenizer.json, absolute. */
  readonly tokenizerPath: string;
}

export interface TokenizerService {
  /** Removes what a killed process left half-made. */
  recover(): Promise<void>;
  list(): TokenizerRow[];
  /** Throws `notFound`. */
  show(name: string): TokenizerRow;
  /** Throws `notFound`, or `data.unreadable` when the file does not fit its hash. */
  load(name: string): Promise<Tokenizer>;
  /** Throws `tokenizer.vocabulary` when the data cannot give that many tokens. */
  train(request: TrainTokenizerRequest): Promise<TokenizerRow>;
  /** Takes a tokenizer.json from elsewhere. Throws `data.unreadable` for what is not byte-level BPE. */
  addFile(path: string, name: string): Promise<TokenizerRow>;
  encode(name: string, text: string): Promise<{ ids: number[]; tokens: string[] }>;
  /** Encodes a whole data set and counts. */
  stats(name: string, data: string, work?: Work): Promise<TokenizerStatistics>;
  remove(name: string): Promise<void>;
  /** The tokenizer that runs of just this data are given when they name none; trained where it is missing. */
  nameFor(data: readonly string[], vocabulary: number): Promise<string>;
  /** Everything a run needs before its first step. Throws `tokenizer.vocabulary`, `data.tooSmall`, `notFound`, `disk.full`. */
  prepareTokens(request: PrepareTokensRequest): Promise<PreparedRun>;
}

export interface TokenizerServiceOptions {
  readonly store: { readonly tokenizers: TokenizerRecords };
  readonly workspace: string;
  readonly data: DataService;
}

/** What the store keeps beside the row: how it was made. */
interface Origin {
  readonly dataHashes: readonly string[];
  readonly minimumCount: number;
}

const folderOfTokenizers = 'tokenizers';
const folderOfTokens = 'tokens';

export function createTokenizerService({
  store,
  workspace,
  data,
}: TokenizerServiceOptions): TokenizerService {
  const records = store.tokenizers;
  const root = join(workspace, folderOfTokenizers);
  const loaded = new Map<string, Tokenizer>(); // By hash: they never change.

  const pathOf = (name: string) => join(workspace, records.get(name).folder, tokenizerFile);

  const refuseTaken = (name: string): void => {
    if (records.find(name) === null) return;
    throw new FinegrainError(
      'input.invalid',
      `A tokenizer named ${name} exists already.`,
      'Remove it first or choose another name.',
    );
  };

  const save = async (
    name: string,
    tokenizer: Tokenizer,
    trainedOn: string | null,
    origin: Origin | null,
  ): Promise<TokenizerRow> => {
    refuseTaken(name);
    const folder = join(root, name);
    await rm(folder, { recursive: true, force: true }); // Unknown to the store: what a killed process left.
    await writeFolder(folder, (temporary) => writeFile(join(temporary, tokenizerFile), tokenizer.parts.json));
    loaded.set(tokenizer.hash, tokenizer);
    return toRow(
      records.add({
        name,
        vocabulary: tokenizer.vocabulary,
        data: trainedOn,
        hash: tokenizer.hash,
        folder: `${folderOfTokenizers}/${name}`,
        manifest: origin,
      }),
    );
  };

  const load: TokenizerService['load'] = async (name) => {
    const { hash } = records.get(name);
    const known = loaded.get(hash);
    if (known !== undefined) return known;
    const path = pathOf(name);
    const tokenizer = readTokenizerJson(await readText(path), path);
    if (tokenizer.hash !== hash) {
      throw new FinegrainError(
        'data.unreadable',
        `The tokenizer ${name} is not what it was: ${path} has changed.`,
        'Restore the file, or remove the tokenizer and train it again.',
      );
    }
    loaded.set(hash, tokenizer);
    return tokenizer;
  };

  const train: TokenizerService['train'] = async (request) => {
    const name = checkName(request.name, 'tokenizer');
    refuseTaken(name);
    const counter = await countWords(data, request.data, request);
    // A vocabulary of the 256 bytes alone leaves no room for a token that ends a text.
    const special = request.vocabulary === 256 ? [] : specialTokens;
    const options = {
      vocabulary: request.vocabulary,
      specialTokens: special,
      minimumCount: request.minimumCount ?? 0,
    };
    const tokenizer = tokenizerFromTraining(await trainMerges(counter, options, request), special);
    const origin: Origin = { dataHashes: hashesOf(data, request.data), minimumCount: options.minimumCount };
    return save(name, tokenizer, request.data.join(' + '), origin);
  };

  /** The tokenizer trained earlier on just this data with just this vocabulary, or a new one. */
  const trainedFor = async (
    names: readonly string[],
    vocabulary: number,
    work: Work,
  ): Promise<TokenizerRow> => {
    const hashes = hashesOf(data, names).join();
    const found = records.list().find((row) => {
      // The store gives back what `save` put in.
      const origin = records.get(row.name).manifest as Origin | null;
      return (
        row.vocabulary === vocabulary && origin?.minimumCount === 0 && origin.dataHashes.join() === hashes
      );
    });
    if (found !== undefined) return found;
    const base = `${names.length === 1 ? names[0]! : `${names[0]!}-and-more`}-${vocabulary}`.slice(-70);
    let name = base;
    for (let i = 2; records.find(name) !== null; i++) name = `${base}-${i}`;
    return train({ data: names, vocabulary, name, ...work });
  };

  return {
    load,
    train,
    recover: () =>
      removePartialFolders(root).then(() => removePartialFolders(join(workspace, folderOfTokens))),
    list: () => records.list(),
    show: (name) => toRow(records.get(name)),
    async addFile(path, name) {
      const checked = checkName(name, 'tokenizer');
      return save(checked, readTokenizerJson(await readText(path), path), null, null);
    },
    async encode(name, text) {
      const tokenizer = await load(name);
      const ids = [...tokenizer.encode(text)];
      return { ids, tokens: ids.map((id) => tokenizer.token(id)!) };
    },
    async stats(name, dataName, work = {}) {
      const tokenizer = await load(name);
      const reader = await data.open(dataName);
      try {
        return await measureTokenizer(tokenizer, reader, work);
      } finally {
        await reader.close();
      }
    },
    async remove(name) {
      const { folder } = records.get(name);
      records.remove(name);
      const doomed = join(root, partialName(name));
      await rename(join(workspace, folder), doomed);
      await rm(doomed, { recursive: true, force: true });
    },
    nameFor: async (names, vocabulary) => (await trainedFor(names, vocabulary, {})).name,
    async prepareTokens({
      data: chosen,
      tokenizer: wanted,
      vocabulary,
      context,
      splitSeed,
      progress,
      signal,
    }) {
      const work: Work = { progress, signal };
      const names = chosen.map((source) => source.name);
      const row = wanted === null ? await trainedFor(names, vocabulary, work) : toRow(records.get(wanted));
      if (row.vocabulary > vocabulary) {
        throw new FinegrainError(
          'tokenizer.vocabulary',
          `vocabulary: the architecture has ${vocabulary}, the tokenizer ${row.name} has ${row.vocabulary} tokens.`,
          `Set the architecture's vocabulary to ${row.vocabulary} or choose a smaller tokenizer.`,
        );
      }
      const prepared = await prepareTokenFiles(join(workspace, folderOfTokens), {
        data: chosen.map(({ name, weight }) => ({ name, weight, folder: data.folder(name) })),
        tokenizer: await load(row.name),
        context,
        ...work,
        ...(splitSeed === undefined ? {} : { splitSeed }),
      });
      return { ...prepared, tokenizer: row, tokenizerPath: pathOf(row.name) };
    },
  };
}

function hashesOf(data: DataService, names: readonly string[]): string[] {
  return names.map((name) => data.show(name).hash);
}

async function countWords(data: DataService, names: readonly string[], work: Work): Promise<WordCounter> {
  const total = names.reduce((sum, name) => sum + data.show(name).bytes, 0);
  const pace = new Pace(work, 'Counting words', total, 'bytes');
  const counter = new WordCounter();
  let done = 0;
  for (const name of names) {
    const reader = await data.open(name);
    try {
      for await (const { bytes } of reader.scan()) {
        counter.add(bytes);
        done += bytes.length;
        if (pace.due()) await pace.tick(done);
      }
    } finally {
      await reader.close();
    }
  }
  pace.finish(done);
  return counter;
}

async function readText(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    throw fileError(error, path);
  }
}

function toRow({ name, vocabulary, data, hash, createdAt }: TokenizerRow): TokenizerRow {
  return { name, vocabulary, data, hash, createdAt };
}
