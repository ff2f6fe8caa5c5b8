/** Checks of what a caller feeds, and the sums that are done on the host in double precision. */
import type { Architecture } from '../../../shared/architecture/document.ts';
import { FinegrainError } from '../../../shared/errors.ts';
import type { Batch, ProgramShape } from '../types.ts';

export interface CheckedBatch {
  readonly inputs: Int32Array;
  readonly targets: Int32Array;
  readonly mask: Float32Array | null;
}

function checkIds(ids: Int32Array, name: string, tokens: number, vocabulary: number): void {
  if (ids.length !== tokens) {
    throw new FinegrainError(
      'input.invalid',
      `The batch has ${ids.length} ${name}, but its shape asks for ${tokens}.`,
    );
  }
  // On a GPU an id out of range reads foreign memory without a word, so it is caught here.
  const wrong = ids.find((id) => id < 0 || id >= vocabulary);
  if (wrong !== undefined) {
    throw new FinegrainError(
      'input.invalid',
      `Token id ${wrong} among the ${name} is outside of the vocabulary of ${vocabulary}.`,
      'The data was encoded with another tokenizer than the document was made for: use the tokenizer of this vocabulary.',
    );
  }
}

/** The batch, once its lengths and ids are known to fit. Throws `input.invalid`. */
export function batchFeeds(batch: Batch, architecture: Architecture, shape: ProgramShape): CheckedBatch {
  const tokens = shape.batch * shape.context;
  checkIds(batch.inputs, 'inputs', tokens, architecture.vocabulary);
  checkIds(batch.targets, 'targets', tokens, architecture.vocabulary);
  if (batch.mask && batch.mask.length !== tokens) {
    throw new FinegrainError(
      'input.invalid',
      `The batch has ${batch.mask.length} mask entries, but ${tokens} positions.`,
    );
  }
  return { inputs: batch.inputs, targets: batch.targets, mask: batch.mask ?? null };
}

function countedPositions(mask: Float32Array | null, tokens: number): number {
  return mask === null ? tokens : mask.reduce((sum, weight) => sum + weight, 0);
}

/** For each micro-batch mask / (counted positions of all): weighted sums of losses then add up to the mean. */
export function lossWeights(batches: readonly CheckedBatch[], tokens: number): Float32Array[] {
  const counted = batches.reduce((sum, { mask }) => sum + countedPositions(mask, tokens), 0);
  const share = counted > 0 ? 1 / counted : 0;
  return batches.map(({ mask }) =>
    mask === null ? new Float32Array(tokens).fill(share) : mask.map((weight) => weight * share),
  );
}

/** Mean of the losses over counted positions; 0 where none counts. */
export function meanLoss(losses: Float32Array, mask: Float32Array | null): number {
  const counted = countedPositions(mask, losses.length);
  if (counted === 0) return 0;
  let sum = 0;
  losses.forEach((loss, position) => {
    const weight = mask === null ? 1 : mask[position]!;
    // A position that does not count must not spoil the mean, even with an infinite loss.
    if (weight !== 0) sum += weight * loss;
  });
  return sum / counted;
}
