/** How well a tokenizer fits a text. */
import type { DataSetReader } from '../corpus/reader.ts';
import { IntList } from '../growable.ts';
import { entropyOfCounts } from '../tokens/entropy.ts';
import { Pace, type Work } from '../work.ts';
import type { Tokenizer } from './tokenizer.ts';

export interface TokenizerStatistics {
  readonly documents: number;
  readonly bytes: number;
  readonly tokens: number;
  /** Compression: bytes of text in a token. */
  readonly bytesPerToken: number;
  /** Fertility: tokens for each word, words being what white space separates. */
  readonly tokensPerWord: number;
  /** Ids that occur, of all in the vocabulary. */
  readonly used: number;
  readonly vocabulary: number;
  /** Entropy of the token frequencies, nats. */
  readonly unigramEntropy: number;
}

/** Encodes the whole data set, without end-of-text tokens. */
export async function measureTokenizer(
  tokenizer: Tokenizer,
  reader: DataSetReader,
  work: Work = {},
): Promise<TokenizerStatistics> {
  const { bytes, documents } = reader.manifest;
  const pace = new Pace(work, 'Encoding', bytes, 'bytes');
  const counts = new Float64Array(tokenizer.vocabulary);
  const encoded = new IntList(1 << 16);
  let tokens = 0;
  let words = 0;
  let done = 0;
  for await (const piece of reader.scan()) {
    encoded.clear();
    tokenizer.encodeBytes(piece.bytes, 0, piece.bytes.length, encoded);
    for (let i = 0; i < encoded.length; i++) counts[encoded.values[i]!]! += 1;
    tokens += encoded.length;
    words += countWords(piece.bytes);
    done += piece.bytes.length;
    if (pace.due()) await pace.tick(done);
  }
  pace.finish(done);
  return {
    documents,
    bytes,
    tokens,
    bytesPerToken: bytes / tokens,
    tokensPerWord: tokens / Math.max(1, words),
    used: counts.reduce((sum, count) => sum + (count > 0 ? 1 : 0), 0),
    vocabulary: tokenizer.vocabulary,
    unigramEntropy: entropyOfCounts(counts),
  };
}

/** Stretches without ASCII white space. */
function countWords(bytes: Uint8Array): number {
  let words = 0;
  let inside = false;
  for (const byte of bytes) {
    const space = byte === 0x20 || (byte >= 0x09 && byte <= 0x0d);
    if (!space && !inside) words++;
    inside = !space;
  }
  return words;
}
