/**
 * Loss by position along training: when it is measured, on how much text, and what comes out. The temporal scaling law
 * (arXiv 2404.17785) is fitted to it. When and on what is a pure function of the configuration, never of the clock: a
 * resumed run measures at the same steps, on the same sequences.
 */
import type { RunConfiguration } from './configuration.ts';

/** One set at one checkpoint. */
export interface Measurement {
  readonly step: number;
  /** Training tokens seen. */
  readonly tokens: number;
  readonly learningRate: number;
  /** Mean over the sequences at position i = 1..n, nats per token, [n]. */
  readonly loss: readonly number[];
  /** Of that mean, over the sequences, [n]; 0 where there is a single one. */
  readonly standardError: readonly number[];
  readonly sequences: number;
}

/** The run's own validation text; other sets bear the names of their data sets. */
export const ownSet = 'validation';

export interface MeasuredSet {
  readonly set: string;
  /** In order of steps. */
  readonly points: readonly Measurement[];
}

export interface RunMeasurements {
  readonly run: string;
  readonly sets: readonly MeasuredSet[];
  /** Seconds spent measuring for each second of training, so far; null before the first measurement. */
  readonly share: number | null;
}

export interface MeasurementPlan {
  /** Ascending; the last step is always among them. */
  readonly steps: readonly number[];
  /** Validation micro-batches of each set at each of these steps. */
  readonly batches: number;
}

/** Training computes three times a forward pass (Kaplan et al., arXiv 2001.08361, section 2.1); measuring, one. */
const trainingPasses = 3;

/**
 * What a run measures: `points` steps, half of them evenly spaced in log(step), half in step, on `sequences` sequences a
 * set, as far as the forward passes stay within `maximumShare` of the training compute. Where they would not, first the
 * sequences are cut down to one micro-batch, then the steps. The last step is measured in any case. None with 0 points.
 */
export function planMeasurement(
  configuration: Pick<RunConfiguration, 'steps' | 'batch' | 'accumulate' | 'measure'>,
): MeasurementPlan {
  const { steps, batch, accumulate, measure } = configuration;
  const { points, sequences, sets, maximumShare } = measure;
  if (points === 0) return { steps: [], batches: 0 };
  // In forward passes over one micro-batch.
  const affordable = maximumShare * trainingPasses * steps * accumulate;
  const wanted = Math.ceil(sequences / batch);
  const setsMeasured = 1 + sets.length;
  const grid = measurementSteps(steps, points);
  const batches = Math.floor(affordable / (grid.length * setsMeasured));
  if (batches >= 1) return { steps: grid, batches: Math.min(wanted, batches) };
  const fewer = Math.max(1, Math.floor(affordable / setsMeasured));
  return { steps: measurementSteps(steps, fewer), batches: 1 };
}

/** At most `points` different steps of 1..steps, the last included: half of them log-spaced, half evenly spaced. */
export function measurementSteps(steps: number, points: number): number[] {
  const chosen = new Set<number>([steps]);
  const even = Math.min(points, Math.ceil(points / 2));
  for (let k = 1; k < even; k++) chosen.add(Math.max(1, Math.round((k * steps) / even)));
  // Log-spaced steps fall together at the start and on the even ones: a finer spacing fills the gaps that remain.
  const wanted = Math.min(points, steps);
  for (let spacing = points - even; chosen.size < wanted && spacing <= 64 * points; spacing *= 2) {
    for (let k = 0; k < spacing && chosen.size < wanted; k++) {
      chosen.add(Math.max(1, Math.round(steps ** (k / spacing))));
    }
    if (spacing === 0) break;
  }
  return [...chosen].sort((a, b) => a - b);
}
