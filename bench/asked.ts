/**
 * The figures that were asked of Finegrain on two CPU cores, and how a measurement stands against each. Written into
 * docs/bench.md with every measurement, so that a miss is stated with its size; docs/bench-misses.md says why.
 */
import type { BenchResult } from './result.ts';

export interface Asked {
  readonly name: string;
  /** The peer of the result; absent where the value itself is asked for. */
  readonly peer?: string;
  /** What is compared: the result's ratio, or its value in its own unit. */
  readonly of: 'ratio' | 'value';
  readonly bound: 'least' | 'most';
  readonly limit: number;
  readonly what: string;
}

const step = (kind: string, times: number): Asked => ({
  name: `train-step/${kind}`,
  peer: 'pytorch-eager',
  of: 'ratio',
  bound: 'least',
  limit: times,
  what: `training step of ${kind}, times the speed of PyTorch eager`,
});

/** The project's own goals for the compiled step on two cores. */
export const asked: readonly Asked[] = [
  step('dense', 1.05),
  step('finedeep', 1.5),
  step('dsmoe', 1.5),
  {
    name: 'train-step/dense',
    peer: 'matmul-ceiling',
    of: 'ratio',
    bound: 'least',
    limit: 0.8,
    what: 'share of the matrix-product ceiling that a dense step reaches',
  },
  ...['dense', 'finedeep', 'dsmoe'].map(
    (kind): Asked => ({
      name: `session-build/${kind}`,
      of: 'value',
      bound: 'most',
      limit: 1.5,
      what: `seconds from the document of ${kind} to its first step`,
    }),
  ),
  ...['dense', 'finedeep', 'dsmoe'].map(
    (kind): Asked => ({
      name: `peak-memory/${kind}`,
      peer: 'pytorch-eager',
      of: 'ratio',
      bound: 'least',
      limit: 1 / 1.3,
      what: `peak memory of PyTorch over that of ${kind}: at most 1.3 times PyTorch's`,
    }),
  ),
];

export interface Standing extends Asked {
  readonly reached: number;
  readonly met: boolean;
  /** How far beyond the bound, as a share of it: 0.15 means that 15 % are missing. 0 where met. */
  readonly missedBy: number;
}

/** Each asked figure that was measured, in order; those whose peer was not measured are left out. */
export function standings(results: readonly BenchResult[]): Standing[] {
  return asked.flatMap((goal) => {
    const result = results.find(
      ({ name, peer }) => name === goal.name && (goal.peer === undefined || peer === goal.peer),
    );
    const reached = goal.of === 'ratio' ? result?.ratio : result?.value;
    if (reached === undefined || reached === null) return [];
    const missedBy = Math.max(
      0,
      (goal.bound === 'least' ? goal.limit - reached : reached - goal.limit) / goal.limit,
    );
    return [{ ...goal, reached, met: missedBy === 0, missedBy }];
  });
}
