import fc from 'fast-check';
import { byteLevelPreTokenizer } from 'tokenizers';
import { describe, expect, it } from 'vitest';
import { IntList } from '../growable.ts';
import { anyText, sampleTexts } from '../testing.ts';
import { byteCharacters } from './byteLevel.ts';
import { splitGpt2 } from './splitter.ts';

const theirs = byteLevelPreTokenizer(false, true);

function wordsOf(text: string): string[] {
  const bytes = Buffer.from(text);
  const ends = new IntList();
  splitGpt2(bytes, 0, bytes.length, ends);
  let from = 0;
  return [...ends.toArray()].map((to) => {
    const word = Array.from(bytes.subarray(from, to), (byte) => byteCharacters[byte]).join('');
    from = to;
    return word;
  });
}

const wordsOfTheirs = (text: string) => theirs.preTokenizeString(text).map(([word]) => word);

describe('splitGpt2', () => {
  it('cuts real text as Hugging Face does', () => {
    for (const name of ['moby-dick', 'typescript-library']) {
      for (const text of sampleTexts(name)) {
        const start = text.slice(0, 4000);
        expect(wordsOf(start)).toEqual(wordsOfTheirs(start));
      }
    }
  });

  it('cuts any text as Hugging Face does', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        expect(wordsOf(text)).toEqual(wordsOfTheirs(text));
      }),
      { numRuns: 3000 },
    );
  });

  it('knows letters, numerals and white space in all of Unicode as Hugging Face does', () => {
    for (let block = 0; block < 0x110000; block += 0x100) {
      if (block >= 0xd800 && block < 0xe000) continue; // Surrogates.
      let text = '';
      for (let code = block; code < block + 0x100; code++) text += `a${String.fromCodePoint(code)}!1`;
      expect(wordsOf(text).join('\n') === wordsOfTheirs(text).join('\n'), `U+${block.toString(16)}`).toBe(
        true,
      );
    }
  });
});
