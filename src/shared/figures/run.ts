/** What figures need to know of a run; the host fills it from the store. */
import { FinegrainError } from '../errors.ts';
import type { Curve } from '../run/metrics.ts';
import type { Probe } from '../run/probe.ts';

export interface FigureRun {
  readonly run: string;
  readonly name: string;
  /** Some equation of the architecture is ours, not confirmed against its paper. */
  readonly reconstruction: boolean;
  readonly training: Curve | null; // 'train/loss' against tokens
  readonly validation: Curve | null; // 'validation/loss' against tokens
  readonly unigramEntropy: number | null; // nats per token, of the training tokens
  readonly probes: readonly Probe[]; // in order of step
}

/** A figure and the numbers it shows. */
export interface Drawing<F, T> {
  readonly figure: F;
  readonly table: T;
}

/**
 * One legend label for each run: its name, with its id where two runs share the name, and marked where a reconstruction
 * of ours is in it.
 */
export function runLabels(runs: readonly Pick<FigureRun, 'run' | 'name' | 'reconstruction'>[]): string[] {
  return runs.map((run) => {
    const shared = runs.some((other) => other.run !== run.run && other.name === run.name);
    const notes = [...(shared ? [run.run] : []), ...(run.reconstruction ? ['reconstruction'] : [])];
    return notes.length === 0 ? run.name : `${run.name} (${notes.join(', ')})`;
  });
}

/** The run's newest probe, or the one at `step`. Throws `notFound` with the steps there are. */
export function probeAt(run: FigureRun, step?: number): Probe {
  const newest = run.probes.at(-1);
  if (newest === undefined) {
    throw new FinegrainError(
      'notFound',
      `Run ${run.run} has no probe yet.`,
      'Wait for its first probe, or train it with a probe interval above 0 (--probe-every).',
    );
  }
  if (step === undefined) return newest;
  const found = run.probes.find((probe) => probe.step === step);
  if (found !== undefined) return found;
  const steps = run.probes.map((probe) => probe.step);
  const shown = steps.length > 12 ? [...steps.slice(0, 6), '...', ...steps.slice(-5)] : steps;
  throw new FinegrainError(
    'notFound',
    `Run ${run.run} has no probe at step ${step}.`,
    `It has probes at ${shown.join(', ')}.`,
  );
}
