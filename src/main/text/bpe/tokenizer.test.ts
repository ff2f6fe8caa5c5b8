import fc from 'fast-check';
import { Tokenizer as TheirTokenizer } from 'tokenizers';
import { describe, expect, it } from 'vitest';
import { IntList } from '../growable.ts';
import { anyText, gpt2Json, sampleTexts, smallTokenizerJson } from '../testing.ts';
import type { Tokenizer } from './tokenizer.ts';
import { readTokenizerJson } from './tokenizerJson.ts';

const small = JSON.parse(await smallTokenizerJson());
const split = (pattern: string) => ({
  type: 'Sequence',
  pretokenizers: [
    { type: 'Split', pattern: { Regex: pattern }, behavior: 'Isolated', invert: false },
    { type: 'ByteLevel', add_prefix_space: false, trim_offsets: true, use_regex: false },
  ],
});
const special = (id: number, content: string, flags: object = {}) => ({
  ...small.added_tokens[0],
  id,
  content,
  ...flags,
});
const withPattern = (pattern: string) => JSON.stringify({ ...small, pre_tokenizer: split(pattern) });

/** tokenizer.json files: trained here, GPT-2's own, and the pre-tokenisation of other families over our vocabulary. */
const files: Record<string, string> = {
  'trained here': JSON.stringify(small),
  'GPT-2': gpt2Json(small),
  'Llama 3': withPattern(
    "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}{1,3}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+",
  ),
  'possessive quantifiers': withPattern(
    "'(?i:[sdmt]|ll|ve|re)|[^\\r\\n\\p{L}\\p{N}]?+\\p{L}++|\\p{N}{1,3}| ?[^\\s\\p{L}\\p{N}]++[\\r\\n]*+|\\s++$|\\s*[\\r\\n]|\\s+(?!\\S)|\\s",
  ),
  'GPT-4o': withPattern(
    "[^\\r\\n\\p{L}\\p{N}]?[\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}]*[\\p{Ll}\\p{Lm}\\p{Lo}\\p{M}]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?|[^\\r\\n\\p{L}\\p{N}]?[\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}]+[\\p{Ll}\\p{Lm}\\p{Lo}\\p{M}]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?|\\p{N}{1,3}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n/]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+",
  ),
  DeepSeek: withPattern(
    '[\r\n]|\\s?[A-Za-zµÀ-ÖØ-öø-ƺ]+|\\s?[!-/:-~！-／‘-‟　-。]+|\\s+$|[一-龥가-퟿]+|\\p{Han}+',
  ),
  StarCoder: JSON.stringify({
    ...small,
    pre_tokenizer: {
      type: 'Sequence',
      pretokenizers: [
        { type: 'Digits', individual_digits: true },
        { type: 'ByteLevel', add_prefix_space: false, trim_offsets: true, use_regex: true },
      ],
    },
  }),
  RoBERTa: JSON.stringify({ ...small, pre_tokenizer: { ...small.pre_tokenizer, add_prefix_space: true } }),
  Qwen: JSON.stringify({ ...small, normalizer: { type: 'NFC' } }),
  'added tokens and a template': JSON.stringify({
    ...small,
    model: { ...small.model, ignore_merges: true },
    added_tokens: [
      small.added_tokens[0],
      special(1000, '<|begin|>'),
      special(1001, '<|be'),
      special(1002, 'the whale', { special: false, normalized: true }),
    ],
    post_processor: {
      type: 'Sequence',
      processors: [
        { type: 'ByteLevel', add_prefix_space: true, trim_offsets: false, use_regex: true },
        {
          type: 'TemplateProcessing',
          single: [{ SpecialToken: { id: '<|begin|>', type_id: 0 } }, { Sequence: { id: 'A', type_id: 0 } }],
          pair: [{ Sequence: { id: 'A', type_id: 0 } }, { Sequence: { id: 'B', type_id: 0 } }],
          special_tokens: { '<|begin|>': { id: '<|begin|>', ids: [1000], tokens: ['<|begin|>'] } },
        },
      ],
    },
  }),
};

const texts = [
  ...sampleTexts('state-of-the-union').map((text) => text.slice(0, 3000)),
  ...sampleTexts('moby-dick').map((text) => text.slice(0, 3000)),
  ...sampleTexts('typescript-library').map((text) => text.slice(0, 3000)),
];
const textWithAdded = fc.oneof(
  anyText,
  fc
    .array(fc.constantFrom('<|begin|>', '<|be', 'the whale', ' ', 'x', '<|'), { maxLength: 6 })
    .map((parts) => parts.join('')),
);

describe.each(Object.entries(files))('Tokenizer: %s', (_, json) => {
  const ours = readTokenizerJson(json);
  const theirs = TheirTokenizer.fromString(json);

  it('encodes and decodes real text as Hugging Face does', async () => {
    for (const text of texts) {
      const expected = (await theirs.encode(text)).getIds();
      const ids = [...ours.encode(text, { addSpecial: true })];
      expect(ids).toEqual(expected);
      expect(ours.decode(ids)).toBe(await theirs.decode(expected, false));
    }
  });

  it('encodes and decodes any text as Hugging Face does', async () => {
    await fc.assert(
      fc.asyncProperty(textWithAdded, async (text) => {
        const expected = (await theirs.encode(text)).getIds();
        expect([...ours.encode(text, { addSpecial: true })]).toEqual(expected);
        for (const skipSpecial of [true, false]) {
          expect(ours.decode(expected, { skipSpecial })).toBe(await theirs.decode(expected, skipSpecial));
        }
      }),
      { numRuns: 500 },
    );
  });

  it('decodes any ids as Hugging Face does', async () => {
    const known = Array.from({ length: ours.vocabulary }, (_, id) => id).filter(
      (id) => ours.token(id) !== null,
    );
    await fc.assert(
      fc.asyncProperty(fc.array(fc.constantFrom(...known), { maxLength: 12 }), async (ids) => {
        expect(ours.decode(ids)).toBe(await theirs.decode(ids, false));
      }),
      { numRuns: 300 },
    );
  });
});

describe('Tokenizer', () => {
  const ours = readTokenizerJson(JSON.stringify(small));
  const theirs = TheirTokenizer.fromString(JSON.stringify(small));
  const encodeBytes = (tokenizer: Tokenizer, text: string): number[] => {
    const bytes = Buffer.from(text);
    const out = new IntList();
    tokenizer.encodeBytes(bytes, 0, bytes.length, out);
    return [...out.toArray()];
  };

  it('gives long words the tokens that short ones would get', async () => {
    const letters = fc.string({
      unit: fc.constantFrom('t', 'h', 'e', 'a', 'n', 'd', 'i', 'o'),
      minLength: 30,
      maxLength: 400,
    });
    await fc.assert(
      fc.asyncProperty(letters, async (word) => {
        expect([...ours.encode(word)]).toEqual((await theirs.encode(word)).getIds());
      }),
      { numRuns: 300 },
    );
  });

  it('keeps to the result when a text is worked through in blocks', async () => {
    const text = sampleTexts('moby-dick').join('\n').slice(0, 700_000);
    expect(encodeBytes(ours, text).join() === (await theirs.encode(text)).getIds().join()).toBe(true);
  });

  it('gets through megabytes without any place to cut at', () => {
    const text = '漢😀'.repeat(1_000_000);
    expect(ours.decode(encodeBytes(ours, text)) === text).toBe(true);
  });

  it('leaves special tokens that are written out in documents as plain text', () => {
    expect([...ours.encode('a<|endoftext|>')]).toContain(ours.endOfText);
    const ids = encodeBytes(ours, 'a<|endoftext|>');
    expect(ids).not.toContain(ours.endOfText);
    expect(ours.decode(ids)).toBe('a<|endoftext|>');
  });

  it('keeps to the result when its word cache is full', async () => {
    const words = Array.from({ length: 300_000 }, (_, i) => ` ${i.toString(36)}`).join('');
    expect(ours.decode(encodeBytes(ours, words)) === words).toBe(true);
    const text = texts[0]!;
    expect([...ours.encode(text)]).toEqual((await theirs.encode(text)).getIds());
  });

  it('decodes broken sequences to replacement characters', () => {
    const first = ours.encode('é')[0]!;
    expect(ours.tokenBytes(first)).toEqual(Uint8Array.from([0xc3]));
    expect(ours.decode([first])).toBe('\ufffd');
    expect(() => ours.decode([ours.vocabulary])).toThrow(RangeError);
  });
});
