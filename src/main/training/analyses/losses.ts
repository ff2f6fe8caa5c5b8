/** The loss of every counted position of some windows, one after the other, with its ids and its place in the window. */
import type { DisabledTop1 } from '../../../shared/methods/method.ts';
import type { Model } from '../../engine/types.ts';
import type { Windows } from '../passage.ts';

export interface PositionLosses {
  readonly step: number;
  readonly context: number;
  readonly inputs: Int32Array;
  readonly targets: Int32Array;
  /** Position in its window, 0 to T - 1. */
  readonly positions: Int32Array;
  readonly losses: Float32Array; // nats
}

export async function positionLosses(
  model: Pick<Model, 'evaluate'>,
  windows: Windows,
  step: number,
  disableTop1: DisabledTop1,
): Promise<PositionLosses> {
  const found: PositionLosses = {
    step,
    context: windows.context,
    inputs: new Int32Array(windows.tokens),
    targets: new Int32Array(windows.tokens),
    positions: new Int32Array(windows.tokens),
    losses: new Float32Array(windows.tokens),
  };
  let next = 0;
  for (const batch of windows.batches) {
    const { losses } = await model.evaluate(batch, { disableTop1 });
    for (let at = 0; at < losses.length; at++) {
      if (batch.mask[at] === 0) continue;
      found.inputs[next] = batch.inputs[at]!;
      found.targets[next] = batch.targets[at]!;
      found.positions[next] = at % windows.context;
      found.losses[next] = losses[at]!;
      next++;
    }
  }
  return found;
}
