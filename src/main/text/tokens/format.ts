/** Token files: `NAME.tokens` (uint16 or uint32, little endian), a JSON sidecar `NAME.tokens.json`, and two indices. */
import { z } from 'zod';
import { splitNames } from './split.ts';

export const tokensFormat = 'finegrain.tokens';
export const tokensVersion = 1;

export const tokensSidecarSchema = z.strictObject({
  format: z.literal(tokensFormat),
  version: z.literal(tokensVersion),
  split: z.enum(splitNames),
  type: z.enum(['uint16', 'uint32']),
  tokens: z.int().nonnegative(),
  /** Documents begun in this split. */
  documents: z.int().nonnegative(),
  /** Bytes of text that the tokens stand for; end-of-text tokens stand for none. */
  bytes: z.int().nonnegative(),
  vocabulary: z.int().positive(),
  /** Id of the token after each document; null: the tokenizer has none. */
  endOfText: z.int().nonnegative().nullable(),
  /** Entropy of the token frequencies in nats: the loss of the best model without context. */
  unigramEntropy: z.number().nonnegative(),
  dataHash: z.string(),
  tokenizerHash: z.string(),
  splitSeed: z.int().nonnegative(),
  note: z.string().nullable(),
});
export type TokensSidecar = z.infer<typeof tokensSidecarSchema>;

export function tokensFile(split: string): string {
  return `${split}.tokens`;
}

export function sidecarFile(split: string): string {
  return `${split}.tokens.json`;
}

/** Where each document begins, in tokens: uint64, little endian. */
export function boundariesFile(split: string): string {
  return `${split}.boundaries`;
}

/** How often each id occurs: uint64, little endian. */
export function countsFile(split: string): string {
  return `${split}.counts`;
}
