/** Loss by position over fixed held-out sequences: a forward pass that no number of the training depends on. */
import type { Trainer } from '../engine/types.ts';
import type { RunData } from './data.ts';

export interface PositionLosses {
  readonly set: string;
  readonly sequences: number;
  /** Mean at each position over the sequences, [n]. */
  readonly loss: number[];
  /** Of that mean, [n]; 0 where a single sequence counts. */
  readonly standardError: number[];
}

/** All sets, one after the other; each sequence has `context` positions. */
export async function measureLosses(
  trainer: Pick<Trainer, 'evaluate'>,
  sets: RunData['measuredBatches'],
  context: number,
): Promise<PositionLosses[]> {
  const measured: PositionLosses[] = [];
  for (const { set, batches } of sets) {
    const moments = Array.from({ length: context }, () => ({ count: 0, mean: 0, squares: 0 }));
    let sequences = 0;
    for (const batch of batches) {
      const { losses } = await trainer.evaluate(batch);
      sequences += losses.length / context;
      for (let at = 0; at < losses.length; at++) {
        // A masked target is none that the text before it could tell.
        if (batch.mask === undefined || batch.mask[at] !== 0) add(moments[at % context]!, losses[at]!);
      }
    }
    measured.push({
      set,
      sequences,
      loss: moments.map(({ mean }) => mean),
      standardError: moments.map(({ count, squares }) =>
        count < 2 ? 0 : Math.sqrt(squares / (count - 1) / count),
      ),
    });
  }
  return measured;
}

/** Welford's update of count, mean and summed squared deviations. */
function add(moments: { count: number; mean: number; squares: number }, value: number): void {
  moments.count++;
  const deviation = value - moments.mean;
  moments.mean += deviation / moments.count;
  moments.squares += deviation * (value - moments.mean);
}
