/** What a run reads: its token files as batches, the fixed validation batches, and its tokenizer. */
import { readFile } from 'node:fs/promises';
import type { RunConfiguration } from '../../shared/run/configuration.ts';
import { ownSet, planMeasurement } from '../../shared/run/measurement.ts';
import type { Batch } from '../engine/types.ts';
import { readTokenizerJson } from '../text/bpe/tokenizerJson.ts';
import { BatchStream } from '../text/tokens/batchStream.ts';
import { TokenReader } from '../text/tokens/reader.ts';
import type { TrainRequest } from './protocol.ts';

export interface RunData {
  /** The `accumulate` micro-batches of optimiser step `step`, counted from 1; a pure function of seed and step. */
  trainingBatches(step: number): Promise<Batch[]>;
  /** The same for every evaluation of every run on this data and shape. */
  readonly validationBatches: readonly Batch[];
  readonly probeBatch: Batch;
  /** What loss by position is measured on, by set; the run's own first. */
  readonly measuredBatches: readonly { readonly set: string; readonly batches: readonly Batch[] }[];
  /** Length in bytes of a token's text. */
  bytesOf(token: number): number;
  readonly tokenizerText: string;
  close(): Promise<void>;
}

/** Validation data has an order of its own, so that runs with different seeds are judged on the same text. */
const validationSeed = 0;

export async function openRunData(
  request: TrainRequest,
  configuration: RunConfiguration,
  context: number,
): Promise<RunData> {
  const tokenizerText = await readFile(request.tokenizer.path, 'utf8');
  const tokenizer = readTokenizerJson(tokenizerText);
  const open = (split: 'train' | 'validation') =>
    request.sources.map((source) => ({ tokens: TokenReader.open(source[split]), weight: source.weight }));
  const training = open('train');
  const validation = open('validation');
  const shape = { batch: configuration.batch, context, maskBoundaries: configuration.maskBoundaries };
  const stream = new BatchStream({ ...shape, sources: training, seed: configuration.seed });
  const held = new BatchStream({ ...shape, sources: validation, seed: validationSeed });
  const validationBatches = firstBatches(held, configuration.evaluateBatches);
  const others = request.measured.map(({ name, validation: path }) => ({
    set: name,
    tokens: TokenReader.open(path),
  }));
  const plan = planMeasurement(configuration);
  const measuredBatches = [
    { set: ownSet, batches: firstBatches(held, plan.batches) },
    ...others.map(({ set, tokens }) => {
      const stream = new BatchStream({ ...shape, sources: [{ tokens, weight: 1 }], seed: validationSeed });
      return { set, batches: firstBatches(stream, plan.batches) };
    }),
  ];
  const { accumulate } = configuration;
  return {
    trainingBatches: async (step) =>
      Array.from({ length: accumulate }, (_, micro) => stream.batch((step - 1) * accumulate + micro)),
    validationBatches,
    measuredBatches,
    probeBatch: validationBatches[0]!,
    bytesOf: (token) => tokenizer.tokenBytes(token).length,
    tokenizerText,
    async close() {
      for (const { tokens } of [...training, ...validation, ...others]) tokens.close();
    },
  };
}

/** At most one pass: beyond it the same windows would be counted again. */
function firstBatches(stream: BatchStream, count: number): Batch[] {
  return Array.from({ length: Math.min(count, stream.batchesPerEpoch) }, (_, index) => stream.batch(index));
}

/**
 * Occurrences of every token id in the training split, [V]. In a mixture each source counts as often as training meets
 * it: N * sum_s w_s c_s(v) / N_s, with c_s(v) of the N_s tokens of source s, N of all together, and weights w_s of sum 1.
 * One source gives its plain counts.
 */
export function countTrainingTokens(
  sources: readonly Pick<TrainRequest['sources'][number], 'train' | 'weight'>[],
  vocabulary: number,
): Float64Array {
  const readers = sources.map(({ train }) => TokenReader.open(train, { inMemory: false }));
  try {
    const tokens = readers.reduce((sum, reader) => sum + reader.length, 0);
    const weights = sources.reduce((sum, { weight }) => sum + weight, 0);
    const counts_V = new Float64Array(vocabulary);
    readers.forEach((reader, at) => {
      const share = (sources[at]!.weight / weights) * (tokens / reader.length);
      reader.counts().forEach((count, id) => {
        counts_V[id]! += count * share;
      });
    });
    return counts_V;
  } finally {
    for (const reader of readers) reader.close();
  }
}
