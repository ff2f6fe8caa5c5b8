import { Tokenizer as TheirTokenizer } from 'tokenizers';
import { describe, expect, it } from 'vitest';
import { smallTokenizerJson } from '../testing.ts';
import { readTokenizerJson } from './tokenizerJson.ts';

const small = JSON.parse(await smallTokenizerJson());
const read = (changes: object) => () => readTokenizerJson(JSON.stringify({ ...small, ...changes }), 'x.json');
const model = (changes: object) => ({ model: { ...small.model, ...changes } });

describe('tokenizer.json', () => {
  it('is read by Hugging Face with the vocabulary and the special token in place', () => {
    const theirs = TheirTokenizer.fromString(JSON.stringify(small));
    const ours = readTokenizerJson(JSON.stringify(small));
    expect(theirs.getVocabSize()).toBe(ours.vocabulary);
    expect(theirs.tokenToId('<|endoftext|>')).toBe(ours.endOfText);
    for (const id of [0, 1, 256, 300, ours.vocabulary - 1]) expect(theirs.idToToken(id)).toBe(ours.token(id));
  });

  it('reads merges in the older form, and keeps the text it read', () => {
    const old = JSON.stringify({
      ...small,
      ...model({ merges: small.model.merges.map((pair: string[]) => pair.join(' ')) }),
    });
    const ours = readTokenizerJson(old);
    expect(ours.parts.json).toBe(old);
    expect(ours.hash).not.toBe(readTokenizerJson(JSON.stringify(small)).hash);
    expect([...ours.encode('the whale')]).toEqual([
      ...readTokenizerJson(JSON.stringify(small)).encode('the whale'),
    ]);
  });

  it.each([
    ['not JSON', () => readTokenizerJson('{', 'x.json'), 'x.json is not a tokenizer.json'],
    ['no model', () => readTokenizerJson('{}', 'x.json'), 'model'],
    ['another model', read(model({ type: 'Unigram' })), 'x.json: the model type Unigram is not supported'],
    ['byte_fallback', read(model({ byte_fallback: true })), 'byte_fallback'],
    ['dropout', read(model({ dropout: 0.1 })), 'dropout'],
    ['a suffix', read(model({ end_of_word_suffix: '</w>' })), 'end_of_word_suffix'],
    [
      'a missing byte',
      read(model({ vocab: { a: 0 }, merges: [] })),
      'without all 256 bytes (byte 0 is missing)',
    ],
    ['an unknown merge', read(model({ merges: [['a', '!!!!']] })), 'which is not in the vocabulary'],
    ['no pre-tokenizer', read({ pre_tokenizer: null }), 'a file without pre_tokenizer'],
    ['another pre-tokenizer', read({ pre_tokenizer: { type: 'Metaspace' } }), 'the pre_tokenizer Metaspace'],
    ['another decoder', read({ decoder: { type: 'WordPiece' } }), 'the decoder WordPiece'],
    ['another normalizer', read({ normalizer: { type: 'Lowercase' } }), 'the normalizer Lowercase'],
    [
      'another post-processor',
      read({ post_processor: { type: 'BertProcessing' } }),
      'the post_processor BertProcessing',
    ],
    [
      'a stripping token',
      read({ added_tokens: [{ ...small.added_tokens[0], lstrip: true }] }),
      'lstrip of the added token',
    ],
    ['an id far off', read({ added_tokens: [{ ...small.added_tokens[0], id: 9_999_999 }] }), 'far beyond'],
    [
      'an untranslatable pattern',
      read({
        pre_tokenizer: {
          type: 'Sequence',
          pretokenizers: [
            { type: 'Split', pattern: { Regex: '\\bx' }, behavior: 'Isolated', invert: false },
            { type: 'ByteLevel', add_prefix_space: false, use_regex: false },
          ],
        },
      }),
      '\\b is not supported',
    ],
  ])('refuses %s', (_, make, message) => {
    expect(make).toThrowError(
      expect.objectContaining({ code: 'data.unreadable', message: expect.stringContaining(message) }),
    );
  });
});
