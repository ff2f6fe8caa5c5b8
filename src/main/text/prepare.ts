/** From data sets and a tokenizer to token files that a run reads; made once and kept under their content's key. */
import { createHash } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { FinegrainError } from '../../shared/errors.ts';
import type { Tokenizer } from './bpe/tokenizer.ts';
import { DataSetReader } from './corpus/reader.ts';
import { entropyOfMixture } from './tokens/entropy.ts';
import { type TokensSidecar, tokensFile, tokensVersion } from './tokens/format.ts';
import { TokenReader } from './tokens/reader.ts';
import { splitNames, validationBytesLimit, validationShare } from './tokens/split.ts';
import { writeTokens } from './tokens/writer.ts';
import type { Work } from './work.ts';

export interface DataWeight {
  readonly name: string;
  /** The data set's folder. */
  readonly folder: string;
  readonly weight: number;
}

export interface TokenFile extends TokensSidecar {
  readonly path: string;
}

export interface PreparedSource {
  readonly name: string;
  /** Share of the mixture; the shares of all sources sum to 1. */
  readonly weight: number;
  readonly train: TokenFile;
  readonly validation: TokenFile;
}

export interface PreparedTokens {
  readonly tokenizerHash: string;
  /** The tokenizer's. */
  readonly vocabulary: number;
  readonly endOfText: number | null;
  readonly sources: PreparedSource[];
  /** Entropy in nats of the mixture's training tokens: the loss of the best model without context. */
  readonly unigramEntropy: number;
  /** Bytes of text in a token, mean over the mixture: bits per byte = loss / (ln 2 * bytesPerToken). */
  readonly bytesPerToken: { readonly train: number; readonly validation: number };
  /** What the user should know, e.g. that a split is not by document. */
  readonly notes: string[];
}

export interface PrepareRequest extends Work {
  readonly data: readonly DataWeight[];
  readonly tokenizer: Tokenizer;
  /** T: each split must hold T + 1 tokens. */
  readonly context: number;
  /** The seed of the split, not of the run: runs of different seeds are judged on the same text. Default 0. */
  readonly splitSeed?: number;
}

/**
 * Token files for each data set under `root` (the workspace's `tokens` folder). Throws FinegrainError `data.empty`,
 * `data.tooSmall`, `data.unreadable`, `notFound`, `disk.full` or `cancelled`.
 */
export async function prepareTokenFiles(root: string, request: PrepareRequest): Promise<PreparedTokens> {
  const { data, tokenizer, context, splitSeed = 0 } = request;
  if (data.length === 0)
    throw new FinegrainError('data.empty', 'There is no data to train on.', 'Name a data set.');
  const total = data.reduce((sum, { weight }) => sum + weight, 0);
  const sources: PreparedSource[] = [];
  const mixture: { counts: Float64Array; weight: number }[] = [];
  const notes: string[] = [];
  for (const { name, folder, weight } of data) {
    const tokens = await tokensOf(root, folder, tokenizer, splitSeed, request);
    const [train, validation] = splitNames.map((split) =>
      describe(join(tokens, tokensFile(split)), name, context),
    );
    sources.push({ name, weight: weight / total, train: train!.file, validation: validation!.file });
    mixture.push({ counts: train!.counts, weight: weight / total });
    if (train!.file.note !== null) notes.push(`${name}: ${train!.file.note}`);
  }
  return {
    tokenizerHash: tokenizer.hash,
    vocabulary: tokenizer.vocabulary,
    endOfText: tokenizer.endOfText,
    sources,
    unigramEntropy: entropyOfMixture(mixture),
    bytesPerToken: { train: meanBytes(sources, 'train'), validation: meanBytes(sources, 'validation') },
    notes,
  };
}

function meanBytes(sources: readonly PreparedSource[], split: 'train' | 'validation'): number {
  return sources.reduce(
    (sum, source) => sum + (source.weight * source[split].bytes) / source[split].tokens,
    0,
  );
}

/** The folder of a data set's token files; made when it is not there or damaged. */
async function tokensOf(
  root: string,
  folder: string,
  tokenizer: Tokenizer,
  splitSeed: number,
  work: Work,
): Promise<string> {
  const reader = await DataSetReader.open(folder);
  try {
    const target = join(root, tokensKey(reader.manifest.hash, tokenizer.hash, splitSeed));
    if (await isWhole(target)) return target;
    try {
      await writeTokens(target, reader, tokenizer, splitSeed, work);
    } catch (error) {
      // Someone else made the same files meanwhile.
      if (!(error instanceof FinegrainError && error.code === 'input.invalid' && (await isWhole(target))))
        throw error;
    }
    return target;
  } finally {
    await reader.close();
  }
}

function tokensKey(dataHash: string, tokenizerHash: string, splitSeed: number): string {
  const content = [tokensVersion, dataHash, tokenizerHash, splitSeed, validationShare, validationBytesLimit];
  return createHash('sha256').update(JSON.stringify(content)).digest('hex').slice(0, 24);
}

/** False: not there. A damaged one is removed. */
async function isWhole(folder: string): Promise<boolean> {
  try {
    for (const split of splitNames)
      TokenReader.open(join(folder, tokensFile(split)), { inMemory: false }).close();
    return true;
  } catch (error) {
    if (!(error instanceof FinegrainError)) throw error;
    await rm(folder, { recursive: true, force: true });
    return false;
  }
}

function describe(path: string, name: string, context: number): { file: TokenFile; counts: Float64Array } {
  const reader = TokenReader.open(path, { inMemory: false });
  try {
    const { sidecar } = reader;
    if (sidecar.tokens < context + 1) {
      throw new FinegrainError(
        'data.tooSmall',
        `The ${sidecar.split} split of ${name} has ${sidecar.tokens} tokens; a context of ${context} needs ${context + 1}.`,
        'Add data or choose a smaller context.',
      );
    }
    return { file: { ...sidecar, path }, counts: reader.counts() };
  } finally {
    reader.close();
  }
}
