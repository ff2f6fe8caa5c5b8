/**
 * Training of byte-level BPE with the results of Hugging Face's BpeTrainer, its quirks included: the pair of the
 * highest count is merged first, of equals the one with the smallest ids; a token that two different pairs can make is
 * one token; and a pair that becomes possible again through such a second making waits in the queue as an entry of its
 * own, with only its new places.
 */
import { FinegrainError } from '../../../shared/errors.ts';
import { IntList } from '../growable.ts';
import { Pace, type Work } from '../work.ts';
import { byteCharacters } from './byteLevel.ts';
import { PairTable } from './pairTable.ts';
import { splitGpt2 } from './splitter.ts';
import { WordTable } from './wordTable.ts';

export interface TrainerOptions {
  /** Tokens in all: special tokens, 256 bytes, merges. */
  readonly vocabulary: number;
  /** They get the first ids, in this order. */
  readonly specialTokens: readonly string[];
  /** Pairs seen less often are not merged. 0, Hugging Face's default, merges whatever is there. */
  readonly minimumCount?: number;
}

export interface TrainedVocabulary {
  /** Token by id; bytes written as in byteLevel.ts. */
  readonly tokens: string[];
  /** [first, second, product] ids in order of rank, each pair once. */
  readonly merges: Int32Array;
}

/** Counts the words of training text. */
export class WordCounter {
  readonly words = new WordTable();
  counts = new Float64Array(1 << 12);
  private readonly ends = new IntList();

  /** bytes[start, end) is valid UTF-8 that begins and ends where a word does. */
  add(bytes: Uint8Array, start = 0, end = bytes.length): void {
    this.ends.clear();
    splitGpt2(bytes, start, end, this.ends);
    let from = start;
    for (let i = 0; i < this.ends.length; i++) {
      const to = this.ends.values[i]!;
      const word = this.words.add(bytes, from, to);
      if (word === this.counts.length) {
        const larger = new Float64Array(this.counts.length * 2);
        larger.set(this.counts);
        this.counts = larger;
      }
      this.counts[word]! += 1;
      from = to;
    }
  }
}

/**
 * Merges until the vocabulary is reached. Throws FinegrainError `tokenizer.vocabulary` when the words cannot give that
 * many tokens, naming how many they can.
 */
export async function trainMerges(
  counter: WordCounter,
  options: TrainerOptions,
  work: Work = {},
): Promise<TrainedVocabulary> {
  const least = options.specialTokens.length + 256;
  if (!Number.isInteger(options.vocabulary) || options.vocabulary < least) {
    throw new FinegrainError(
      'tokenizer.vocabulary',
      `vocabulary: ${options.vocabulary} is too small; ${options.specialTokens.length} special token(s) and 256 bytes need ${least}.`,
      `Ask for ${least} or more.`,
    );
  }
  const training = new Training(counter, options);
  const pace = new Pace(work, 'Merging', options.vocabulary - least, 'merges');
  while (training.tokens.length < options.vocabulary) {
    if (!training.mergeNext()) {
      throw new FinegrainError(
        'tokenizer.vocabulary',
        `vocabulary: ${options.vocabulary} tokens were asked for, but the data can give ${training.tokens.length}.`,
        `Ask for ${training.tokens.length} or fewer, or add data.`,
      );
    }
    if (pace.due()) await pace.tick(training.tokens.length - least);
  }
  pace.finish(training.tokens.length - least);
  return { tokens: training.tokens, merges: lastOfEachPair(training.merges) };
}

/** One entry of the queue: a pair, what its count was when it was queued, and the words it was seen in. */
interface Candidate {
  readonly pair: number;
  readonly first: number;
  readonly second: number;
  count: number;
  readonly words: number[];
}

class Training {
  readonly tokens: string[];
  readonly merges = new IntList();
  private readonly ids: Map<string, number>;
  private readonly minimumCount: number;
  private readonly counts: Float64Array; // of words
  private readonly symbols: Int32Array; // All words' symbols, one word after another.
  private readonly starts: Float64Array;
  private readonly lengths: Int32Array;
  private readonly pairs = new PairTable();
  private pairCounts = new Float64Array(1 << 12);
  private readonly queue = new CandidateHeap();

  constructor(counter: WordCounter, options: TrainerOptions) {
    const { words } = counter;
    // Hugging Face sorts the alphabet by code point.
    const alphabet = [...byteCharacters].sort((a, b) => a.codePointAt(0)! - b.codePointAt(0)!);
    this.tokens = [...options.specialTokens, ...alphabet];
    this.ids = new Map(this.tokens.map((token, id) => [token, id]));
    this.minimumCount = Math.max(1, options.minimumCount ?? 0);
    this.counts = counter.counts;
    this.symbols = new Int32Array(words.bytes.length);
    this.starts = new Float64Array(words.count);
    this.lengths = new Int32Array(words.count);
    const byteIds = byteCharacters.map((character) => this.ids.get(character)!);
    for (let i = 0; i < this.symbols.length; i++) this.symbols[i] = byteIds[words.bytes.values[i]!]!;
    for (let word = 0; word < words.count; word++) {
      this.starts[word] = words.start(word);
      this.lengths[word] = words.end(word) - words.start(word);
    }
    this.countPairs();
  }

  private countPairs(): void {
    const places = new Map<number, number[]>();
    for (let word = 0; word < this.lengths.length; word++) {
      const start = this.starts[word]!;
      const last = start + this.lengths[word]! - 1;
      for (let i = start; i < last; i++) {
        this.change(this.symbols[i]!, this.symbols[i + 1]!, this.counts[word]!, word, places);
      }
    }
    this.enqueue(places);
  }

  /** Adds to a pair's count; what may make the pair possible in a word is noted in `places`. */
  private change(
    first: number,
    second: number,
    amount: number,
    word: number,
    places: Map<number, number[]>,
  ): void {
    const pair = this.pairs.add(first, second);
    if (pair >= this.pairCounts.length) {
      const larger = new Float64Array(this.pairCounts.length * 2);
      larger.set(this.pairCounts);
      this.pairCounts = larger;
    }
    this.pairCounts[pair]! += amount;
    if (amount <= 0) return;
    const seen = places.get(pair);
    if (seen === undefined) places.set(pair, [word]);
    else if (seen[seen.length - 1] !== word) seen.push(word);
  }

  private enqueue(places: Map<number, number[]>): void {
    for (const [pair, words] of places) {
      const count = this.pairCounts[pair]!;
      if (count > 0) {
        this.queue.push({
          pair,
          first: this.pairs.first(pair),
          second: this.pairs.second(pair),
          count,
          words,
        });
      }
    }
  }

  /** One merge; false: nothing is left that may be merged. */
  mergeNext(): boolean {
    for (;;) {
      const top = this.queue.pop();
      if (top === undefined) return false;
      const count = this.pairCounts[top.pair]!;
      if (top.count !== count) {
        top.count = count;
        this.queue.push(top);
        continue;
      }
      if (count < this.minimumCount) return false;
      this.merge(top);
      return true;
    }
  }

  private merge({ first, second, words }: Candidate): void {
    const token = this.tokens[first]! + this.tokens[second]!;
    let product = this.ids.get(token);
    if (product === undefined) {
      product = this.tokens.length;
      this.tokens.push(token);
      this.ids.set(token, product);
    }
    this.merges.push(first);
    this.merges.push(second);
    this.merges.push(product);
    const places = new Map<number, number[]>();
    for (const word of words) this.mergeInWord(word, first, second, product, places);
    this.enqueue(places);
  }

  /** The merged pair's own count is left as it is, as in the original: it matters only if it is made a second time. */
  private mergeInWord(
    word: number,
    first: number,
    second: number,
    product: number,
    places: Map<number, number[]>,
  ): void {
    const { symbols } = this;
    const start = this.starts[word]!;
    const count = this.counts[word]!;
    let end = start + this.lengths[word]!;
    for (let i = start; i + 1 < end; i++) {
      if (symbols[i] !== first || symbols[i + 1] !== second) continue;
      if (i > start) {
        this.change(symbols[i - 1]!, first, -count, word, places);
        this.change(symbols[i - 1]!, product, count, word, places);
      }
      symbols[i] = product;
      symbols.copyWithin(i + 1, i + 2, end);
      end--;
      if (i + 1 < end) {
        this.change(second, symbols[i + 1]!, -count, word, places);
        this.change(product, symbols[i + 1]!, count, word, places);
      }
    }
    this.lengths[word] = end - start;
  }
}

/** Binary heap, highest count first, of equals the pair with the smallest ids. */
class CandidateHeap {
  private readonly entries: Candidate[] = [];

  push(entry: Candidate): void {
    const { entries } = this;
    let at = entries.length;
    entries.push(entry);
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!goesBefore(entry, entries[parent]!)) break;
      entries[at] = entries[parent]!;
      at = parent;
    }
    entries[at] = entry;
  }

  pop(): Candidate | undefined {
    const { entries } = this;
    const top = entries[0];
    const entry = entries.pop();
    const length = entries.length;
    if (entry === undefined || length === 0) return top;
    let at = 0;
    for (;;) {
      let child = at * 2 + 1;
      if (child >= length) break;
      if (child + 1 < length && goesBefore(entries[child + 1]!, entries[child]!)) child++;
      if (!goesBefore(entries[child]!, entry)) break;
      entries[at] = entries[child]!;
      at = child;
    }
    entries[at] = entry;
    return top;
  }
}

function goesBefore(a: Candidate, b: Candidate): boolean {
  if (a.count !== b.count) return a.count > b.count;
  return a.first !== b.first ? a.first < b.first : a.second < b.second;
}

/** A pair that was merged twice keeps its later rank, as where the original collects its merges into a map. */
export function lastOfEachPair(merges: IntList): Int32Array {
  const { values, length } = merges;
  const pairs = new PairTable();
  const lastAt: number[] = [];
  for (let i = 0; i < length; i += 3) lastAt[pairs.add(values[i]!, values[i + 1]!)] = i;
  const kept = new IntList(length);
  for (let i = 0; i < length; i += 3) {
    if (lastAt[pairs.find(values[i]!, values[i + 1]!)] === i) kept.appendRange(values, i, 3);
  }
  return kept.toArray();
}
