import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { BPE, byteLevelPreTokenizer, Tokenizer } from 'tokenizers';
import { describe, expect, it } from 'vitest';
import { sampleTexts, temporaryFolders } from '../testing.ts';
import { type TrainedVocabulary, trainMerges, WordCounter } from './trainer.ts';

const temporaryFolder = temporaryFolders();

/** Hugging Face's trainer reads files line by line and, with the options it has here, goes on to the last pair. */
function trainTheirs(text: string): { merges: string[]; tokens: string[] } {
  const folder = temporaryFolder();
  const path = join(folder, 'text');
  writeFileSync(path, text);
  const tokenizer = new Tokenizer(BPE.empty());
  tokenizer.setPreTokenizer(byteLevelPreTokenizer(false, true));
  tokenizer.train([path]);
  tokenizer.save(join(folder, 'tokenizer.json'));
  const { model } = JSON.parse(readFileSync(join(folder, 'tokenizer.json'), 'utf8'));
  const ids = Object.entries<number>(model.vocab).sort((a, b) => a[1] - b[1]);
  return {
    merges: model.merges.map((pair: [string, string]) => pair.join(' ')),
    tokens: ids.map(([token]) => token).filter((token) => [...token].length > 1),
  };
}

async function trainOurs(text: string, tokens: number): Promise<{ merges: string[]; tokens: string[] }> {
  const counter = new WordCounter();
  for (const line of text.split(/(?<=\n)/)) counter.add(Buffer.from(line));
  const trained = await trainMerges(counter, { vocabulary: 257 + tokens, specialTokens: ['<|endoftext|>'] });
  return { merges: written(trained), tokens: trained.tokens.slice(257) };
}

function written({ merges, tokens }: TrainedVocabulary): string[] {
  return Array.from(
    { length: merges.length / 3 },
    (_, i) => `${tokens[merges[i * 3]!]} ${tokens[merges[i * 3 + 1]!]}`,
  );
}

function count(text: string): WordCounter {
  const counter = new WordCounter();
  counter.add(Buffer.from(text));
  return counter;
}

describe('trainMerges', () => {
  it.each(['moby-dick', 'typescript-library'])(
    'merges %s as Hugging Face does, to the last pair',
    async (name) => {
      const text = sampleTexts(name).join('\n').slice(0, 1_500_000);
      const theirs = trainTheirs(text);
      const ours = await trainOurs(text, theirs.tokens.length);
      expect(theirs.merges.length).toBeGreaterThan(5000);
      expect(ours.tokens.join('\n') === theirs.tokens.join('\n')).toBe(true);
      expect(ours.merges.join('\n') === theirs.merges.join('\n')).toBe(true);
    },
  );

  it('breaks ties, and merges what several pairs can make, as Hugging Face does', async () => {
    const repetitive = fc.string({ unit: fc.constantFrom('a', 'b', 'c', ' '), minLength: 2, maxLength: 120 });
    await fc.assert(
      fc.asyncProperty(repetitive, async (text) => {
        const theirs = trainTheirs(text);
        expect(await trainOurs(text, theirs.tokens.length)).toEqual(theirs);
      }),
      { numRuns: 300 },
    );
  });

  it('puts special tokens first, then the bytes by their characters, then the merges', async () => {
    const { tokens } = await trainMerges(count('low low lower'), {
      vocabulary: 260,
      specialTokens: ['<|endoftext|>', '<pad>'],
    });
    expect(tokens.slice(0, 4)).toEqual(['<|endoftext|>', '<pad>', '!', '"']);
    // `lo` and `ow` are as frequent: the smaller ids win.
    expect(tokens.slice(258)).toEqual(['lo', 'low']);
  });

  it('does not merge pairs below the minimum count', async () => {
    const options = { specialTokens: [], minimumCount: 3 };
    const trained = await trainMerges(count('aa aa aa ab'), { ...options, vocabulary: 257 });
    expect(written(trained)).toEqual(['a a']);
    await expect(trainMerges(count('aa aa aa ab'), { ...options, vocabulary: 270 })).rejects.toThrow(
      'the data can give 257',
    );
  });

  it('says how many tokens the data can give when asked for more', async () => {
    await expect(
      trainMerges(count('abc'), { vocabulary: 1000, specialTokens: ['<|endoftext|>'] }),
    ).rejects.toMatchObject({
      code: 'tokenizer.vocabulary',
      message: 'vocabulary: 1000 tokens were asked for, but the data can give 259.',
      hint: 'Ask for 259 or fewer, or add data.',
    });
  });

  it('refuses a vocabulary without room for the bytes', async () => {
    await expect(
      trainMerges(count('abc'), { vocabulary: 256, specialTokens: ['<|endoftext|>'] }),
    ).rejects.toMatchObject({
      code: 'tokenizer.vocabulary',
      hint: 'Ask for 257 or more.',
    });
  });

  it('stops when it is cancelled', async () => {
    const signal = AbortSignal.abort();
    await expect(
      trainMerges(count('some text some text'), { vocabulary: 260, specialTokens: [] }, { signal }),
    ).rejects.toMatchObject({
      code: 'cancelled',
    });
  });
});
