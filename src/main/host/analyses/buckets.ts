/** Loss by how frequent the token is in the training split: by the target and by the input (papers/README.md). */
import { FinegrainError } from '../../../shared/errors.ts';
import type { BucketAnalysis } from '../../../shared/run/analysis.ts';
import { bucketLosses, frequencyBuckets } from '../../../shared/run/analysisBuckets.ts';
import { readTrainingCounts } from '../runs/counts.ts';
import { runFolder } from '../runs/restart.ts';
import { type AnalysisParts, asked, openReading, type ReadingInput, subjectOf } from './subject.ts';

export async function analyseBuckets(
  parts: AnalysisParts,
  input: ReadingInput,
  signal?: AbortSignal,
): Promise<BucketAnalysis> {
  const reading = await openReading(parts, input);
  const counts = await readTrainingCounts(runFolder(parts.store, input.run));
  if (counts === null) {
    throw new FinegrainError(
      'input.invalid',
      `Run ${input.run} has no counts of its training tokens: it was trained by an older version.`,
      'Train it again: the counts are written when a run begins.',
    );
  }
  const request = { kind: 'losses', ...asked(reading), disableTop1: 'none' } as const;
  const { step, inputs, targets, losses } = await parts.inference.ask(request, signal);
  const buckets = frequencyBuckets(counts);
  return {
    kind: 'buckets',
    ...subjectOf(parts, input.run, { step, source: reading.source, tokens: losses.length }),
    loss: meanOf(losses),
    byTarget: bucketLosses(buckets, targets, losses),
    byInput: bucketLosses(buckets, inputs, losses),
    countedTokens: counts.reduce((sum, count) => sum + count, 0),
  };
}

/** In double precision, whatever the values come in. */
export function meanOf(values: Float32Array): number {
  let sum = 0;
  for (const value of values) sum += value;
  return sum / values.length;
}
