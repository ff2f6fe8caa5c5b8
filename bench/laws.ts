/**
 * The laws page under a hand: one refit of a long run (500 checkpoints of 256 positions) as the prefix handle moves, from
 * the position fits that are kept; and those fits, which are made once. Synthetic losses of the law's own form with noise.
 */
import { fitPositions } from '../src/shared/laws/position.ts';
import { readLaw } from '../src/shared/laws/reading.ts';
import type { Trajectory } from '../src/shared/laws/types.ts';
import { uniforms } from '../src/shared/random.ts';
import type { BenchContext, Benchmark, BenchResult } from './result.ts';

const checkpoints = 500;
const positions = 256;
const limit = 100; // ms, what the issue asks of a refit

/** As the page asks while the handle moves. */
const moving = {
  without: ['multiPower'],
  intervals: { resamples: 60, seed: 0 },
  baselineIntervals: false,
} as const;

const names = ['laws/refit', 'laws/positions', 'laws/intervals'] as const;
export const laws: Benchmark = { names, run };

async function run(context: BenchContext): Promise<BenchResult[]> {
  context.log(`laws: ${checkpoints} checkpoints x ${positions} positions`);
  const trajectory = longTrajectory();
  const series = fitPositions(trajectory, {});
  // Prefixes as a drag visits them, between a tenth and all of the run.
  const stops = Array.from(
    { length: 20 },
    (_, k) => trajectory.points[49 + Math.floor((k * 449) / 19)]!.step,
  );
  const refit = (untilStep: number) => timed(() => readLaw(trajectory, { untilStep, ...moving }, series));
  for (const stop of stops.slice(0, 5)) refit(stop);
  const refits = Array.from({ length: context.rounds }, () => stops.map(refit)).flat();
  const fits = Array.from({ length: context.rounds }, () => timed(() => fitPositions(trajectory, {})));
  const intervals = { resamples: 200, seed: 0 };
  const bands = stops
    .slice(0, context.rounds)
    .map((untilStep) => timed(() => readLaw(trajectory, { untilStep, intervals }, series)));
  const worst = Math.max(...refits);
  return [
    result(
      'laws/refit',
      median(refits),
      `of ${refits.length} prefixes; slowest ${worst.toFixed(0)} ms; asked: below ${limit} ms; the multi-power law waits until the handle rests`,
    ),
    result('laws/positions', median(fits), 'position fits of all checkpoints, once a run'),
    result('laws/intervals', median(bands), 'refit with intervals of 200 resamples, when the handle rests'),
  ];
}

function longTrajectory(): Trajectory {
  const next = uniforms(0, 'bench laws');
  const total = 500e6;
  const points = Array.from({ length: checkpoints }, (_, k) => {
    const tokens = (total * (k + 1)) / checkpoints;
    const a0 = 0.4 + 0.12 * Math.log(tokens / 1e6);
    const a1 = 0.05 + 0.6 / (1 + tokens / 2e7);
    const a2 = 3.2 - 0.16 * Math.log(tokens / 1e6) + 0.1 * Math.cos((Math.PI * tokens) / total);
    const loss = Array.from(
      { length: positions },
      (_, i) => a0 / (1 + a1 * (i + 1)) + a2 + 0.02 * (next() - 0.5),
    );
    return { step: 100 * (k + 1), tokens, learningRate: 1e-3, loss };
  });
  const schedule = {
    kind: 'cosine',
    warmupTokens: 5e6,
    totalTokens: total,
    peak: 1e-3,
    minimumRatio: 0.1,
    decayShare: 0.2,
  } as const;
  return { set: 'validation', points, schedule };
}

function timed(work: () => unknown): number {
  const begun = performance.now();
  work();
  return performance.now() - begun;
}

function result(name: (typeof names)[number], value: number, note: string): BenchResult {
  return { name, value, unit: 'ms', peer: 'none', ratio: null, note };
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!;
}
