/** A byte-level BPE tokenizer: text to token ids and back. */
import { IntList } from '../growable.ts';
import { characterStart, lastSafeCut } from '../utf8.ts';
import { tokenBytes } from './byteLevel.ts';
import { MergeTable } from './mergeTable.ts';
import type { Splitter } from './splitter.ts';
import { WordTable } from './wordTable.ts';

/** A token that is no product of merges, found in text before anything else is done. */
export interface AddedToken {
  readonly id: number;
  readonly content: string;
  /** Left out when decoding with `skipSpecial`. */
  readonly special: boolean;
  /** Searched for in the normalised text, not in the text as given. */
  readonly normalized: boolean;
}

/** Everything that tells one tokenizer from another; read from and written to tokenizer.json. */
export interface TokenizerParts {
  /** Token by id, bytes written as in byteLevel.ts; null where the file leaves a gap. */
  readonly tokens: readonly (string | null)[];
  /** [first, second, product] ids in order of rank, each pair once. */
  readonly merges: Int32Array;
  readonly added: readonly AddedToken[];
  readonly split: Splitter;
  readonly normalise: ((text: string) => string) | null;
  /** A text that begins without a space gets one. */
  readonly addPrefixSpace: boolean;
  /** A word that is a token needs no merges (Llama 3). */
  readonly wordsFirst: boolean;
  /** Ids that `encode` with `addSpecial` puts before and after the text. */
  readonly prefix: readonly number[];
  readonly suffix: readonly number[];
  /** The file as JSON text, and the sha256 of that. */
  readonly json: string;
  readonly hash: string;
}

/** Words whose tokens are kept; the cache starts afresh when it is full. */
const cachedWords = 1 << 18;
const longestCachedWord = 64; // bytes
const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
const encoder = new TextEncoder();

export class Tokenizer {
  readonly parts: TokenizerParts;
  readonly hash: string;
  /** Number of ids: one more than the greatest id. */
  readonly vocabulary: number;
  /** Id of `<|endoftext|>` (or of the nearest thing the file has); null: none. */
  readonly endOfText: number | null;
  private readonly merges: MergeTable;
  private readonly byteIds = new Int32Array(256);
  private readonly ids: Map<string, number>;
  private readonly bytesOf: readonly Uint8Array[];
  private readonly special: ReadonlySet<number>;
  private readonly addedPattern: { readonly raw: RegExp | null; readonly normalized: RegExp | null };
  private readonly wordIds: ReadonlyMap<string, number> | null;
  private readonly cache = new WordTable();
  private readonly cachedTokens = new IntList(1 << 16);
  private readonly cachedStarts = new IntList(1 << 12);
  private readonly ends = new IntList();

  constructor(parts: TokenizerParts) {
    this.parts = parts;
    this.hash = parts.hash;
    this.vocabulary = parts.tokens.length;
    this.ids = new Map();
    parts.tokens.forEach((token, id) => {
      if (token !== null) this.ids.set(token, id);
    });
    this.bytesOf = parts.tokens.map((token) =>
      token === null ? new Uint8Array(0) : (tokenBytes(token) ?? encoder.encode(token)),
    );
    const addedIds = new Set(parts.added.map((token) => token.id));
    this.bytesOf.forEach((bytes, id) => {
      if (bytes.length === 1 && !addedIds.has(id)) this.byteIds[bytes[0]!] = id;
    });
    this.merges = new MergeTable(parts.merges);
    this.special = new Set(parts.added.filter((token) => token.special).map((token) => token.id));
    this.addedPattern = {
      raw: anyOf(parts.added.filter((token) => !token.normalized)),
      normalized: anyOf(parts.added.filter((token) => token.normalized)),
    };
    this.wordIds = parts.wordsFirst ? wordsByBytes(this.bytesOf, addedIds) : null;
    this.endOfText = endOfTextId(parts.added);
    this.cachedStarts.push(0);
  }

  /** HF's written form of a token (`Ġthe`); null: no such id. */
  token(id: number): string | null {
    return this.parts.tokens[id] ?? null;
  }

  /** The id of a token in its written form; null: there is none. */
  id(token: string): number | null {
    return this.ids.get(token) ?? null;
  }

  /** The bytes a token stands for. */
  tokenBytes(id: number): Uint8Array {
    const bytes = this.bytesOf[id];
    if (bytes === undefined)
      throw new RangeError(`Token id ${id} is outside the vocabulary of ${this.vocabulary}.`);
    return bytes;
  }

  /**
   * Token ids as Hugging Face's `tokenizers` gives them: added tokens written out in the text are recognised.
   * `addSpecial` also puts the file's own tokens (such as a beginning-of-text) around.
   */
  encode(text: string, options: { readonly addSpecial?: boolean } = {}): Int32Array {
    const out = new IntList(Math.max(16, text.length >> 1));
    const { normalise } = this.parts;
    if (options.addSpecial === true) for (const id of this.parts.prefix) out.push(id);
    for (const outer of this.cutAdded(text, this.addedPattern.raw)) {
      if (typeof outer === 'number') {
        out.push(outer);
        continue;
      }
      for (const inner of this.cutAdded(
        normalise === null ? outer : normalise(outer),
        this.addedPattern.normalized,
      )) {
        if (typeof inner === 'number') out.push(inner);
        else this.encodePlain(inner, out);
      }
    }
    if (options.addSpecial === true) for (const id of this.parts.suffix) out.push(id);
    return out.toArray();
  }

  /**
   * Appends the tokens of bytes[start, end) (valid UTF-8) to `out`. Added tokens written out in it stay plain text, so
   * that no text can forge a document boundary. Long text is worked through in blocks, with the same result.
   */
  encodeBytes(bytes: Uint8Array, start: number, end: number, out: IntList): void {
    const { normalise, addPrefixSpace } = this.parts;
    if (normalise !== null || addPrefixSpace) {
      const text = decoder.decode(bytes.subarray(start, end));
      this.encodePlain(normalise === null ? text : normalise(text), out);
    } else {
      this.encodeBlocks(bytes, start, end, out);
    }
  }

  /** The text of token ids. What is not valid UTF-8 becomes U+FFFD. */
  decode(ids: ArrayLike<number>, options: { readonly skipSpecial?: boolean } = {}): string {
    return decoder.decode(this.decodeBytes(ids, options));
  }

  decodeBytes(ids: ArrayLike<number>, options: { readonly skipSpecial?: boolean } = {}): Uint8Array {
    const parts: Uint8Array[] = [];
    for (let i = 0; i < ids.length; i++) {
      const id = ids[i]!;
      if (options.skipSpecial === true && this.special.has(id)) continue;
      parts.push(this.tokenBytes(id));
    }
    return Buffer.concat(parts);
  }

  /** Pieces of text, and the ids of the added tokens between them. */
  private *cutAdded(text: string, pattern: RegExp | null): Generator<string | number> {
    let from = 0;
    if (pattern !== null) {
      for (const match of text.matchAll(pattern)) {
        if (match.index > from) yield text.slice(from, match.index);
        yield this.ids.get(match[0])!;
        from = match.index + match[0].length;
      }
    }
    if (from < text.length) yield text.slice(from);
  }

  private encodePlain(text: string, out: IntList): void {
    if (text.length === 0) return;
    const bytes = Buffer.from(this.parts.addPrefixSpace && !text.startsWith(' ') ? ` ${text}` : text);
    this.encodeBlocks(bytes, 0, bytes.length, out);
  }

  private encodeBlocks(bytes: Uint8Array, start: number, end: number, out: IntList): void {
    let from = start;
    while (end - from > blockBytes) {
      const to = from + blockEnd(bytes.subarray(from, end));
      if (to === end) break;
      this.encodeBlock(bytes, from, to, out);
      from = to;
    }
    this.encodeBlock(bytes, from, end, out);
  }

  private encodeBlock(bytes: Uint8Array, start: number, end: number, out: IntList): void {
    const { ends, cache, cachedTokens, cachedStarts } = this;
    ends.clear();
    this.parts.split(bytes, start, end, ends);
    let from = start;
    for (let i = 0; i < ends.length; i++) {
      const to = ends.values[i]!;
      if (to - from > longestCachedWord) {
        this.encodeWord(bytes, from, to, out);
      } else {
        if (cache.count === cachedWords) this.clearCache();
        const known = cache.count;
        const word = cache.add(bytes, from, to);
        if (word === known) {
          this.encodeWord(bytes, from, to, cachedTokens);
          cachedStarts.push(cachedTokens.length);
        }
        const first = cachedStarts.values[word]!;
        out.appendRange(cachedTokens.values, first, cachedStarts.values[word + 1]! - first);
      }
      from = to;
    }
  }

  private encodeWord(bytes: Uint8Array, start: number, end: number, out: IntList): void {
    if (start === end) return;
    const whole = this.wordIds?.get(latin1(bytes, start, end));
    if (whole !== undefined) out.push(whole);
    else this.merges.mergeWord(bytes, start, end, this.byteIds, out);
  }

  private clearCache(): void {
    this.cache.clear();
    this.cachedTokens.clear();
    this.cachedStarts.clear();
    this.cachedStarts.push(0);
  }
}

/** Text is worked through in blocks of about this size. */
export const blockBytes = 1 << 18;
/** A stretch this long without a place to cut at is cut all the same, between two characters. */
const longestStretch = 1 << 22;

/** Where the first block of `bytes` ends (see `lastSafeCut`); its length when there is no better place. */
export function blockEnd(bytes: Uint8Array): number {
  for (let limit = blockBytes; limit < bytes.length; limit *= 2) {
    const cut = lastSafeCut(bytes, limit);
    if (cut > 0) return cut;
    if (limit >= longestStretch) return characterStart(bytes, longestStretch);
  }
  return bytes.length <= longestStretch ? bytes.length : characterStart(bytes, longestStretch);
}

/** Ids by a word's bytes, each byte as one character. */
function wordsByBytes(bytesOf: readonly Uint8Array[], except: ReadonlySet<number>): Map<string, number> {
  const words = new Map<string, number>();
  bytesOf.forEach((bytes, id) => {
    if (!except.has(id)) words.set(latin1(bytes, 0, bytes.length), id);
  });
  return words;
}

function latin1(bytes: Uint8Array, start: number, end: number): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString('latin1');
}

/** Matches the added tokens, of those that begin at the same place the longest. */
function anyOf(tokens: readonly AddedToken[]): RegExp | null {
  if (tokens.length === 0) return null;
  const alternatives = tokens
    .map((token) => token.content)
    .sort((a, b) => b.length - a.length)
    .map((content) => content.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&'));
  return new RegExp(alternatives.join('|'), 'gu');
}

function endOfTextId(added: readonly AddedToken[]): number | null {
  for (const name of ['<|endoftext|>', '<|end_of_text|>', '</s>', '<|im_end|>', '<eos>']) {
    const found = added.find((token) => token.content === name);
    if (found !== undefined) return found.id;
  }
  return null;
}
