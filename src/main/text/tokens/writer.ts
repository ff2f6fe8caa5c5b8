/** Encodes a data set into token files, one for each split, in one pass and constant memory. */
import { type FileHandle, open, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Tokenizer } from '../bpe/tokenizer.ts';
import type { DataSetReader } from '../corpus/reader.ts';
import { BufferedWriter, writeFolder } from '../files.ts';
import { IntList } from '../growable.ts';
import { Pace, type Work } from '../work.ts';
import { entropyOfCounts } from './entropy.ts';
import {
  boundariesFile,
  countsFile,
  sidecarFile,
  type TokensSidecar,
  tokensFile,
  tokensFormat,
  tokensVersion,
} from './format.ts';
import { planSplit, type SplitName, splitNames } from './split.ts';

/**
 * Writes the new folder `folder` with train and validation files: the documents of each split one after another, each
 * followed by the end-of-text token. Throws FinegrainError `disk.full`, `cancelled`, `input.invalid` (it exists).
 */
export async function writeTokens(
  folder: string,
  reader: DataSetReader,
  tokenizer: Tokenizer,
  splitSeed: number,
  work: Work = {},
): Promise<void> {
  const plan = await planSplit(reader, splitSeed);
  const { bytes, hash: dataHash } = reader.manifest;
  const pace = new Pace(work, 'Encoding', bytes, 'bytes');
  await writeFolder(folder, async (temporary) => {
    const files: SplitFile[] = [];
    try {
      for (const split of splitNames) files.push(await SplitFile.open(temporary, split, tokenizer));
      let done = 0;
      let previousPart = -1;
      for await (const piece of reader.scan(plan.ends)) {
        const file = files[plan.heldOut[piece.part]!]!;
        await file.add(piece.bytes, piece.part !== previousPart, piece.last);
        previousPart = piece.part;
        done += piece.bytes.length;
        if (pace.due()) await pace.tick(done);
      }
      for (const file of files) {
        await file.finish({ dataHash, tokenizerHash: tokenizer.hash, splitSeed, note: plan.note });
      }
      pace.finish(done);
    } finally {
      for (const file of files) await file.close();
    }
  });
}

type Origin = Pick<TokensSidecar, 'dataHash' | 'tokenizerHash' | 'splitSeed' | 'note'>;

class SplitFile {
  private readonly folder: string;
  private readonly split: SplitName;
  private readonly tokenizer: Tokenizer;
  private readonly type: TokensSidecar['type'];
  private readonly handles: readonly FileHandle[];
  private readonly tokens: BufferedWriter;
  private readonly boundaries: BufferedWriter;
  private readonly counts: Float64Array;
  private readonly encoded = new IntList(1 << 16);
  private written = 0;
  private documents = 0;
  private bytes = 0;

  private constructor(
    folder: string,
    split: SplitName,
    tokenizer: Tokenizer,
    tokens: FileHandle,
    boundaries: FileHandle,
  ) {
    this.folder = folder;
    this.split = split;
    this.tokenizer = tokenizer;
    this.type = tokenizer.vocabulary <= 65_536 ? 'uint16' : 'uint32';
    this.handles = [tokens, boundaries];
    this.tokens = new BufferedWriter(tokens);
    this.boundaries = new BufferedWriter(boundaries);
    this.counts = new Float64Array(tokenizer.vocabulary);
  }

  static async open(folder: string, split: SplitName, tokenizer: Tokenizer): Promise<SplitFile> {
    const tokens = await open(join(folder, tokensFile(split)), 'wx');
    try {
      return new SplitFile(
        folder,
        split,
        tokenizer,
        tokens,
        await open(join(folder, boundariesFile(split)), 'wx'),
      );
    } catch (error) {
      await tokens.close();
      throw error;
    }
  }

  async add(bytes: Uint8Array, begins: boolean, ends: boolean): Promise<void> {
    if (begins) {
      await this.boundaries.write(uint64s([this.written]));
      this.documents++;
    }
    this.bytes += bytes.length;
    const { encoded } = this;
    encoded.clear();
    this.tokenizer.encodeBytes(bytes, 0, bytes.length, encoded);
    if (ends && this.tokenizer.endOfText !== null) encoded.push(this.tokenizer.endOfText);
    const ids = encoded.values.subarray(0, encoded.length);
    for (const id of ids) this.counts[id]! += 1;
    const packed = this.type === 'uint16' ? Uint16Array.from(ids) : ids;
    await this.tokens.write(new Uint8Array(packed.buffer, packed.byteOffset, packed.byteLength));
    this.written += ids.length;
  }

  async finish(origin: Origin): Promise<void> {
    await this.tokens.flush();
    await this.boundaries.flush();
    await writeFile(join(this.folder, countsFile(this.split)), uint64s(this.counts), { flag: 'wx' });
    const sidecar: TokensSidecar = {
      format: tokensFormat,
      version: tokensVersion,
      split: this.split,
      type: this.type,
      tokens: this.written,
      documents: this.documents,
      bytes: this.bytes,
      vocabulary: this.tokenizer.vocabulary,
      endOfText: this.tokenizer.endOfText,
      unigramEntropy: entropyOfCounts(this.counts),
      ...origin,
    };
    await writeFile(join(this.folder, sidecarFile(this.split)), `${JSON.stringify(sidecar, null, 2)}\n`, {
      flag: 'wx',
    });
  }

  async close(): Promise<void> {
    for (const handle of this.handles) await handle.close();
  }
}

function uint64s(values: ArrayLike<number>): Uint8Array {
  const bytes = Buffer.alloc(values.length * 8);
  for (let i = 0; i < values.length; i++) bytes.writeBigUInt64LE(BigInt(values[i]!), i * 8);
  return bytes;
}
