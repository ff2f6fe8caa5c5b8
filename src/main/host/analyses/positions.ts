/** Mean loss at each position of the window, [T]; beyond the training context too. */
import type { PositionAnalysis } from '../../../shared/run/analysis.ts';
import { meanOf } from './buckets.ts';
import { type AnalysisParts, asked, openReading, type ReadingInput, subjectOf } from './subject.ts';

export async function analysePositions(
  parts: AnalysisParts,
  input: ReadingInput,
  signal?: AbortSignal,
): Promise<PositionAnalysis> {
  const reading = await openReading(parts, input);
  const request = { kind: 'losses', ...asked(reading), disableTop1: 'none' } as const;
  const { step, context, positions, losses } = await parts.inference.ask(request, signal);
  return {
    kind: 'positions',
    ...subjectOf(parts, input.run, { step, source: reading.source, tokens: losses.length }),
    context,
    loss: meanOf(losses),
    ...byPosition(positions, losses),
  };
}

/** Positions from 0 to the last one that a window reaches. */
export function byPosition(
  positions: Int32Array,
  losses: Float32Array,
): Pick<PositionAnalysis, 'byPosition' | 'windows'> {
  const reach = positions.reduce((most, position) => Math.max(most, position + 1), 0);
  const sums = new Array<number>(reach).fill(0);
  const windows = new Array<number>(reach).fill(0);
  positions.forEach((position, at) => {
    sums[position]! += losses[at]!;
    windows[position]!++;
  });
  return { byPosition: sums.map((sum, position) => sum / windows[position]!), windows };
}
