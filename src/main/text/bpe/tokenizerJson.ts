/** tokenizer.json, Hugging Face's file of a tokenizer: read, checked, and written. */
import { createHash } from 'node:crypto';
import { z } from 'zod';
import { FinegrainError } from '../../../shared/errors.ts';
import { IntList } from '../growable.ts';
import { byteCharacters } from './byteLevel.ts';
import {
  isolateDigits,
  isolateMatches,
  type PieceCutter,
  splitByPieces,
  translatePattern,
} from './patterns.ts';
import { type Splitter, splitGpt2 } from './splitter.ts';
import { type AddedToken, Tokenizer } from './tokenizer.ts';
import { lastOfEachPair, type TrainedVocabulary } from './trainer.ts';

const looseObject = z.looseObject({ type: z.string() });

const fileSchema = z.looseObject({
  added_tokens: z
    .array(
      z.looseObject({
        id: z.int().nonnegative(),
        content: z.string().min(1),
        single_word: z.boolean().default(false),
        lstrip: z.boolean().default(false),
        rstrip: z.boolean().default(false),
        normalized: z.boolean().default(false),
        special: z.boolean().default(false),
      }),
    )
    .default([]),
  normalizer: looseObject.nullish(),
  pre_tokenizer: looseObject.nullish(),
  post_processor: looseObject.nullish(),
  decoder: looseObject.nullish(),
  model: z.looseObject({
    type: z.string().default('BPE'),
    dropout: z.number().nullish(),
    continuing_subword_prefix: z.string().nullish(),
    end_of_word_suffix: z.string().nullish(),
    byte_fallback: z.boolean().default(false),
    ignore_merges: z.boolean().default(false),
    vocab: z.record(z.string(), z.int().nonnegative()),
    merges: z.array(z.union([z.string(), z.tuple([z.string(), z.string()])])),
  }),
});
type TokenizerFile = z.infer<typeof fileSchema>;

/** The tokenizer of a training's outcome, with the special tokens' ids as trained. */
export function tokenizerFromTraining(
  trained: TrainedVocabulary,
  specialTokens: readonly string[],
): Tokenizer {
  const { tokens, merges } = trained;
  const pairs: [string, string][] = [];
  for (let i = 0; i < merges.length; i += 3) pairs.push([tokens[merges[i]!]!, tokens[merges[i + 1]!]!]);
  const byteLevel = { type: 'ByteLevel', add_prefix_space: false, trim_offsets: true, use_regex: true };
  const file = {
    version: '1.0',
    truncation: null,
    padding: null,
    added_tokens: specialTokens.map((content, id) => ({
      id,
      content,
      single_word: false,
      lstrip: false,
      rstrip: false,
      normalized: false,
      special: true,
    })),
    normalizer: null,
    pre_tokenizer: byteLevel,
    post_processor: null,
    decoder: byteLevel,
    model: {
      type: 'BPE',
      dropout: null,
      unk_token: null,
      continuing_subword_prefix: null,
      end_of_word_suffix: null,
      fuse_unk: false,
      byte_fallback: false,
      ignore_merges: false,
      vocab: Object.fromEntries(tokens.map((token, id) => [token, id])),
      merges: pairs,
    },
  };
  return readTokenizerJson(`${JSON.stringify(file, null, 1)}\n`);
}

/**
 * Reads the text of a tokenizer.json. Byte-level BPE is supported, with GPT-2's or other patterns; anything else throws
 * FinegrainError `data.unreadable` that says what it is. `source` names the file in messages.
 */
export function readTokenizerJson(json: string, source = 'tokenizer.json'): Tokenizer {
  const file = parse(json, source);
  const refuse = (what: string): never => {
    throw new FinegrainError(
      'data.unreadable',
      `${source}: ${what} is not supported; only byte-level BPE is.`,
      'Use a tokenizer such as those of GPT-2, Llama 3 or Qwen, or train one here.',
    );
  };
  checkModel(file, refuse);
  const { split, addPrefixSpace } = readPreTokenizer(file, refuse);
  checkDecoder(file, refuse);
  const ids = new Map(Object.entries(file.model.vocab));
  const added = readAdded(file, ids, refuse);
  const template = readTemplate(file, refuse);
  return new Tokenizer({
    tokens: tokensById(ids, source),
    merges: readMerges(file, ids, source),
    added,
    split,
    normalise: readNormaliser(file, refuse),
    addPrefixSpace,
    wordsFirst: file.model.ignore_merges,
    ...template,
    json,
    hash: createHash('sha256').update(json).digest('hex'),
  });
}

function parse(json: string, source: string): TokenizerFile {
  const fail = (reason: string): never => {
    throw new FinegrainError(
      'data.unreadable',
      `${source} is not a tokenizer.json: ${reason}`,
      'Choose a file written by Hugging Face tokenizers or by Finegrain.',
    );
  };
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch (error) {
    return fail(error instanceof Error ? error.message : String(error));
  }
  const parsed = fileSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0]!;
  return fail(`${issue.path.join('.')}: ${issue.message}`);
}

type Refuse = (what: string) => never;

function checkModel({ model }: TokenizerFile, refuse: Refuse): void {
  if (model.type !== 'BPE') refuse(`the model type ${model.type}`);
  if (model.byte_fallback) refuse('byte_fallback (a SentencePiece-like BPE)');
  if (typeof model.dropout === 'number' && model.dropout !== 0) refuse('dropout');
  if (model.continuing_subword_prefix) refuse('continuing_subword_prefix');
  if (model.end_of_word_suffix) refuse('end_of_word_suffix');
  const missing = byteCharacters.findIndex((character) => !Object.hasOwn(model.vocab, character));
  if (missing >= 0) refuse(`a vocabulary without all 256 bytes (byte ${missing} is missing)`);
}

const byteLevelSchema = z.looseObject({
  add_prefix_space: z.boolean().default(true),
  use_regex: z.boolean().default(true),
});
const sequenceSchema = z.looseObject({ pretokenizers: z.array(looseObject) });
const splitSchema = z.looseObject({
  pattern: z.union([z.strictObject({ Regex: z.string() }), z.strictObject({ String: z.string() })]),
  behavior: z.string(),
  invert: z.boolean().default(false),
});
const digitsSchema = z.looseObject({ individual_digits: z.boolean().default(false) });

function readPreTokenizer(file: TokenizerFile, refuse: Refuse): { split: Splitter; addPrefixSpace: boolean } {
  const given = file.pre_tokenizer ?? refuse('a file without pre_tokenizer');
  const steps = given.type === 'Sequence' ? sequenceSchema.parse(given).pretokenizers : [given];
  const last = steps[steps.length - 1];
  if (last?.type !== 'ByteLevel') refuse(`the pre_tokenizer ${last?.type ?? '(empty)'}`);
  const byteLevel = byteLevelSchema.parse(last);
  const cutters = steps.slice(0, -1).map((step) => readCutter(step, refuse));
  if (byteLevel.add_prefix_space && cutters.length > 0)
    refuse('add_prefix_space after another pre_tokenizer');
  const split =
    cutters.length === 0 && byteLevel.use_regex ? splitGpt2 : splitByPieces(cutters, byteLevel.use_regex);
  return { split, addPrefixSpace: byteLevel.add_prefix_space };
}

function readCutter(step: z.infer<typeof looseObject>, refuse: Refuse): PieceCutter {
  if (step.type === 'Digits') return isolateDigits(digitsSchema.parse(step).individual_digits);
  if (step.type !== 'Split') return refuse(`the pre_tokenizer ${step.type}`);
  const { pattern, behavior, invert } = splitSchema.parse(step);
  if (behavior !== 'Isolated' || invert)
    return refuse(`Split with behavior ${behavior}${invert ? ', inverted' : ''}`);
  if ('String' in pattern)
    return isolateMatches(new RegExp(pattern.String.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&'), 'gu'));
  return isolateMatches(translatePattern(pattern.Regex));
}

function readNormaliser({ normalizer }: TokenizerFile, refuse: Refuse): ((text: string) => string) | null {
  if (normalizer == null) return null;
  const form = (['NFC', 'NFD', 'NFKC', 'NFKD'] as const).find((name) => name === normalizer.type);
  if (form !== undefined) return (text) => text.normalize(form);
  if (
    normalizer.type === 'Sequence' &&
    Array.isArray(normalizer.normalizers) &&
    normalizer.normalizers.length === 0
  )
    return null;
  return refuse(`the normalizer ${normalizer.type}`);
}

function checkDecoder({ decoder }: TokenizerFile, refuse: Refuse): void {
  if (decoder?.type !== 'ByteLevel') refuse(`the decoder ${decoder?.type ?? '(none)'}`);
}

function readAdded(file: TokenizerFile, ids: Map<string, number>, refuse: Refuse): AddedToken[] {
  return file.added_tokens.map((token) => {
    for (const flag of ['single_word', 'lstrip', 'rstrip'] as const) {
      if (token[flag]) refuse(`${flag} of the added token ${token.content}`);
    }
    ids.set(token.content, token.id);
    const { id, content, special, normalized } = token;
    return { id, content, special, normalized };
  });
}

const templateSchema = z.looseObject({
  single: z.array(
    z.union([
      z.strictObject({ SpecialToken: z.looseObject({ id: z.string() }) }),
      z.strictObject({ Sequence: z.looseObject({ id: z.string() }) }),
    ]),
  ),
  special_tokens: z.record(z.string(), z.looseObject({ ids: z.array(z.int().nonnegative()) })),
});

function readTemplate(
  { post_processor: given }: TokenizerFile,
  refuse: Refuse,
): { prefix: number[]; suffix: number[] } {
  const prefix: number[] = [];
  const suffix: number[] = [];
  if (given == null) return { prefix, suffix };
  const steps =
    given.type === 'Sequence'
      ? z.looseObject({ processors: z.array(looseObject) }).parse(given).processors
      : [given];
  for (const step of steps) {
    if (step.type === 'ByteLevel') continue; // It only trims offsets.
    if (step.type !== 'TemplateProcessing') refuse(`the post_processor ${step.type}`);
    const template = templateSchema.parse(step);
    let target = prefix;
    for (const piece of template.single) {
      if ('Sequence' in piece) target = suffix;
      else target.push(...(template.special_tokens[piece.SpecialToken.id]?.ids ?? []));
    }
  }
  return { prefix, suffix };
}

function tokensById(ids: ReadonlyMap<string, number>, source: string): (string | null)[] {
  let greatest = -1;
  for (const id of ids.values()) greatest = Math.max(greatest, id);
  if (greatest >= ids.size * 4 + 1024) {
    throw new FinegrainError(
      'data.unreadable',
      `${source}: token id ${greatest} is far beyond its ${ids.size} tokens.`,
      'The file is damaged.',
    );
  }
  const tokens = new Array<string | null>(greatest + 1).fill(null);
  for (const [token, id] of ids) tokens[id] = token;
  return tokens;
}

function readMerges(file: TokenizerFile, ids: ReadonlyMap<string, number>, source: string): Int32Array {
  const list = new IntList(file.model.merges.length * 3);
  for (const merge of file.model.merges) {
    // Older files write a merge as one string; a space inside a token is written Ġ there.
    const [first, second] = typeof merge === 'string' ? (merge.split(' ') as [string, string]) : merge;
    for (const token of [first, second, `${first}${second}`]) {
      const id = ids.get(token);
      if (id === undefined) {
        throw new FinegrainError(
          'data.unreadable',
          `${source}: the merge ${JSON.stringify(merge)} names ${JSON.stringify(token)}, which is not in the vocabulary.`,
          'The file is damaged.',
        );
      }
      list.push(id);
    }
  }
  return lastOfEachPair(list);
}
