/** Tokenizer throughput against Hugging Face's `tokenizers` (its Node package), on the same text in the same process. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BPE, byteLevelPreTokenizer, Tokenizer as TheirTokenizer } from 'tokenizers';
import type { Tokenizer } from '../src/main/text/bpe/tokenizer.ts';
import { tokenizerFromTraining } from '../src/main/text/bpe/tokenizerJson.ts';
import { trainMerges, WordCounter } from '../src/main/text/bpe/trainer.ts';
import { findSample, sampleSources } from '../src/main/text/corpus/samples.ts';
import { IntList } from '../src/main/text/growable.ts';
import type { BenchContext, Benchmark, BenchResult } from './result.ts';
import { describeSpread, median } from './statistics.ts';

const peer = 'hf-tokenizers';
const specialTokens = ['<|endoftext|>'];
const vocabulary = 8192;
const texts = ['state-of-the-union', 'typescript-library'] as const;
const names = [...texts.map((name) => `tokenizer-encode/${name}`), 'tokenizer-train/state-of-the-union'];

export const tokenizer: Benchmark = { names, run };

/**
 * Encoding is measured from text in memory to ids in memory, without the cost of a first run. Hugging Face is given its
 * better way of two: one document at a time, or all at once on all cores.
 */
export async function run(context: BenchContext): Promise<BenchResult[]> {
  const sotu = documentsOf('state-of-the-union');
  const ours = await trainOurs(sotu, vocabulary);
  const theirs = context.without.has(peer) ? null : TheirTokenizer.fromString(ours.parts.json);
  const results: BenchResult[] = [];
  for (const name of texts) {
    if (!context.wants(`tokenizer-encode/${name}`)) continue;
    context.log(`tokenizer: encoding ${name}`);
    results.push(await encoding(`tokenizer-encode/${name}`, documentsOf(name), ours, theirs, context.rounds));
  }
  if (context.wants(names[2]!)) {
    context.log('tokenizer: training');
    results.push(await training(names[2]!, sotu, theirs !== null, context.rounds));
  }
  return results;
}

function documentsOf(name: string): string[] {
  return sampleSources(findSample(name)).map((source) => readFileSync(source.path, 'utf8'));
}

function megabytesOf(documents: readonly string[]): number {
  return documents.reduce((sum, text) => sum + Buffer.byteLength(text), 0) / 1e6;
}

async function encoding(
  name: string,
  documents: readonly string[],
  ours: Tokenizer,
  theirs: TheirTokenizer | null,
  rounds: number,
): Promise<BenchResult> {
  const megabytes = megabytesOf(documents);
  const buffers = documents.map((text) => Buffer.from(text));
  const out = new IntList(1 << 20);
  const encodeOurs = (): number => {
    let tokens = 0;
    for (const bytes of buffers) {
      out.clear();
      ours.encodeBytes(bytes, 0, bytes.length, out);
      tokens += out.length;
    }
    return tokens;
  };
  const encodeTheirs = async (model: TheirTokenizer, together: boolean): Promise<number> => {
    if (together) {
      const encodings = await model.encodeBatch([...documents]);
      return encodings.reduce((sum, encoded) => sum + encoded.getIds().length, 0);
    }
    let tokens = 0;
    for (const text of documents) tokens += (await model.encode(text)).getIds().length;
    return tokens;
  };
  const expected = encodeOurs();
  const rates: number[] = [];
  const oneByOne: number[] = [];
  const together: number[] = [];
  for (let round = 0; round < rounds; round++) {
    rates.push(megabytes / (await secondsOf(async () => encodeOurs())));
    if (theirs === null) continue;
    for (const [kept, batch] of [
      [oneByOne, false],
      [together, true],
    ] as const) {
      let tokens = 0;
      kept.push(megabytes / (await secondsOf(async () => (tokens = await encodeTheirs(theirs, batch)))));
      if (tokens !== expected) throw new Error(`${name}: ${tokens} tokens of theirs, ${expected} of ours.`);
    }
  }
  return result(name, 'MB/s', rates, theirs === null ? null : better(oneByOne, together));
}

/** To the last merge, line by line: what Hugging Face's Node package offers. The outcomes are equal (see the tests). */
async function training(
  name: string,
  documents: readonly string[],
  withPeer: boolean,
  rounds: number,
): Promise<BenchResult> {
  const text = documents.join('\n');
  const folder = mkdtempSync(join(tmpdir(), 'finegrain-bench-'));
  try {
    const path = join(folder, 'text');
    writeFileSync(path, text);
    const lines = text.split(/(?<=\n)/);
    const model = new TheirTokenizer(BPE.empty());
    model.setPreTokenizer(byteLevelPreTokenizer(false, true));
    model.train([path]);
    // Theirs knows only the bytes that occur, ours all 256 and a special token.
    const merged = Object.keys(model.getVocab()).filter((token) => [...token].length > 1).length;
    const megabytes = megabytesOf([text]);
    const ours: number[] = [];
    const theirs: number[] = [];
    for (let round = 0; round < rounds; round++) {
      ours.push(megabytes / (await secondsOf(() => trainOurs(lines, merged + 257))));
      if (withPeer) theirs.push(megabytes / (await secondsOf(async () => model.train([path]))));
    }
    return result(name, 'MB/s', ours, withPeer ? theirs : null);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function trainOurs(documents: readonly string[], size: number): Promise<Tokenizer> {
  const counter = new WordCounter();
  for (const text of documents) counter.add(Buffer.from(text));
  return tokenizerFromTraining(
    await trainMerges(counter, { vocabulary: size, specialTokens }),
    specialTokens,
  );
}

function better(a: readonly number[], b: readonly number[]): readonly number[] {
  return median(a) > median(b) ? a : b;
}

function result(
  name: string,
  unit: string,
  ours: readonly number[],
  theirs: readonly number[] | null,
): BenchResult {
  const value = median(ours);
  const note = describeSpread(ours, 1);
  if (theirs === null) return { name, value, unit, peer: 'none', ratio: null, note };
  const peerValue = median(theirs);
  return {
    name,
    value,
    unit,
    peer,
    peerValue,
    ratio: value / peerValue,
    note: `${note}; theirs ${describeSpread(theirs, 1)}`,
  };
}

async function secondsOf(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return (performance.now() - start) / 1000;
}
