/**
 * What an analysis of a checkpoint reads: windows of T tokens of a text, or of a token file, in batches of one fixed
 * shape. Positions that only fill a batch up are masked.
 */
import { z } from 'zod';
import { FinegrainError } from '../../shared/errors.ts';
import type { Batch } from '../engine/types.ts';
import type { Tokenizer } from '../text/bpe/tokenizer.ts';
import { TokenReader } from '../text/tokens/reader.ts';

export const passageSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('text'), text: z.string() }),
  /** A token file of the checkpoint's own tokenizer. */
  z.strictObject({ kind: z.literal('tokens'), path: z.string().min(1) }),
]);
export type Passage = z.infer<typeof passageSchema>;

export interface WindowBatch extends Batch {
  readonly mask: Float32Array;
}

export interface Windows {
  readonly batch: number; // B
  readonly context: number; // T
  readonly batches: readonly WindowBatch[];
  /** Positions that count. */
  readonly tokens: number;
}

export interface WindowLimits {
  readonly context: number;
  readonly windows: number;
  /** Sequences of a batch at most. Default: as many as keep a batch to about 2,048 tokens. */
  readonly batch?: number;
}

const batchTokens = 2048;

/**
 * Windows of the passage. A text is read from its beginning, its last window in part; of a token file whole windows are
 * taken at even distances, so that they sample all of it and are the same every time. Throws `input.invalid` for a text
 * without a single prediction, `data.tooSmall` for a token file shorter than a window.
 */
export function readWindows(passage: Passage, tokenizer: Tokenizer, limits: WindowLimits): Windows {
  if (passage.kind === 'tokens') return windowsOfFile(passage.path, limits);
  return windowsOfText(encodeText(tokenizer, passage.text), limits);
}

/** Ids of a text with the token that begins one. Throws `input.invalid` for a text without a single prediction. */
export function encodeText(tokenizer: Tokenizer, text: string): Int32Array {
  const ids = withStart(tokenizer, tokenizer.encode(text));
  if (ids.length >= 2) return ids;
  throw new FinegrainError(
    'input.invalid',
    `text has ${text.length} characters, too few for a single prediction.`,
    'Give a longer text.',
  );
}

/** Training texts are joined by the end-of-text token, so it also stands before the first token of a text. */
export function withStart(tokenizer: Tokenizer, ids: Int32Array): Int32Array {
  return tokenizer.endOfText === null ? ids : Int32Array.from([tokenizer.endOfText, ...ids]);
}

/** The next power of two from 16 on: few programs serve texts of every length. */
export function roundUp(length: number): number {
  return Math.max(16, 2 ** Math.ceil(Math.log2(length)));
}

function windowsOfText(ids: Int32Array, limits: WindowLimits): Windows {
  const scored = ids.length - 1;
  const context = Math.min(limits.context, roundUp(scored));
  const windows = Math.min(limits.windows, Math.ceil(scored / context));
  return assemble(context, windows, limits.batch, (window, inputs, targets) => {
    const start = window * context;
    const count = Math.min(context, scored - start);
    inputs.set(ids.subarray(start, start + count));
    targets.set(ids.subarray(start + 1, start + 1 + count));
    return count;
  });
}

function windowsOfFile(path: string, limits: WindowLimits): Windows {
  const { context } = limits;
  const reader = TokenReader.open(path);
  try {
    const available = Math.floor((reader.length - 1) / context);
    if (available < 1) {
      throw new FinegrainError(
        'data.tooSmall',
        `The ${reader.sidecar.split} split has ${reader.length} tokens; a context of ${context} needs ${context + 1}.`,
        'Choose a smaller context, or other data.',
      );
    }
    const windows = Math.min(limits.windows, available);
    const row = new Int32Array(context + 1);
    return assemble(context, windows, limits.batch, (window, inputs, targets) => {
      reader.read(Math.floor((window * available) / windows) * context, context + 1, row);
      inputs.set(row.subarray(0, context));
      targets.set(row.subarray(1));
      return context;
    });
  } finally {
    reader.close();
  }
}

/** `fill` writes window number `window` and says how many of its positions count. */
function assemble(
  context: number,
  windows: number,
  mostRows: number | undefined,
  fill: (window: number, inputs: Int32Array, targets: Int32Array) => number,
): Windows {
  const batch = Math.max(1, Math.min(windows, mostRows ?? Math.floor(batchTokens / context)));
  let tokens = 0;
  const batches: WindowBatch[] = [];
  for (let first = 0; first < windows; first += batch) {
    const size = batch * context;
    const inputs = new Int32Array(size);
    const targets = new Int32Array(size);
    const mask = new Float32Array(size);
    for (let row = 0; row < Math.min(batch, windows - first); row++) {
      const [from, to] = [row * context, (row + 1) * context];
      const count = fill(first + row, inputs.subarray(from, to), targets.subarray(from, to));
      mask.fill(1, from, from + count);
      tokens += count;
    }
    batches.push({ inputs, targets, mask });
  }
  return { batch, context, batches, tokens };
}
