/** Mixtures of data sets as points of the simplex: on a lattice, drawn from a Dirichlet distribution, or written out. */
import { z } from 'zod';
import { FinegrainError } from '../errors.ts';
import { uniforms } from '../random.ts';
import type { RunConfiguration } from './configuration.ts';
import type { SweepValues } from './sweep.ts';

const data = z.array(z.string().min(1).max(120)).min(2).max(12);

export const mixtureSchema = z.discriminatedUnion('kind', [
  /** All proportions k / divisions that sum to one. `interior`: those that leave no data set out. */
  z.strictObject({
    kind: z.literal('lattice'),
    data,
    divisions: z.int().min(1).max(50),
    interior: z.boolean().default(false),
  }),
  /** concentration 1: uniform over the simplex; larger: near the centre; smaller: near the corners. */
  z.strictObject({
    kind: z.literal('dirichlet'),
    data,
    draws: z.int().min(1).max(500),
    drawSeed: z.int().nonnegative().default(0),
    concentration: z.number().positive().max(1000).default(1),
  }),
  /** One weight for each data set in each row; brought to sum 1. */
  z.strictObject({
    kind: z.literal('list'),
    data,
    weights: z.array(z.array(z.number().nonnegative())).min(1).max(500),
  }),
]);
export type MixturePlan = z.infer<typeof mixtureSchema>;

/** Proportions by data set; they sum to 1 within rounding, and may be 0. */
export type Mixture = Readonly<Record<string, number>>;

const mostMixtures = 500;

/** The mixtures of a plan, in order. Throws `input.invalid` for a row that is none, or more mixtures than 500. */
export function mixturesOf(plan: MixturePlan): Mixture[] {
  const twice = plan.data.find((name, at) => plan.data.indexOf(name) !== at);
  if (twice !== undefined) throw invalid(`mixtures.data: ${twice} is named twice.`, 'Name it once.');
  const named = (shares: readonly number[]): Mixture =>
    Object.fromEntries(plan.data.map((name, at) => [name, shares[at]!]));
  switch (plan.kind) {
    case 'lattice':
      return lattice(plan).map(named);
    case 'dirichlet': {
      const next = uniforms(plan.drawSeed, 'study mixtures');
      return Array.from({ length: plan.draws }, () =>
        named(dirichlet(plan.data.length, plan.concentration, next)),
      );
    }
    case 'list':
      return plan.weights.map((row, at) => named(normalised(row, at, plan.data.length)));
  }
}

/** As the values of a candidate: `data.moby-dick` 0.25, to four digits. */
export function mixtureValues(mixture: Mixture): SweepValues {
  return Object.fromEntries(Object.entries(mixture).map(([name, share]) => [`data.${name}`, rounded(share)]));
}

/** The configuration with this mixture in the place of its data; sets of share 0 are left out. */
export function withMixture(configuration: RunConfiguration, mixture: Mixture): RunConfiguration {
  const sources = Object.entries(mixture)
    .filter(([, share]) => share > 0)
    .map(([name, weight]) => ({ name, weight }));
  return { ...configuration, data: sources };
}

function lattice({
  data: names,
  divisions,
  interior,
}: Extract<MixturePlan, { kind: 'lattice' }>): number[][] {
  const least = interior ? 1 : 0;
  const rows: number[][] = [];
  const fill = (counts: number[], left: number): void => {
    if (rows.length > mostMixtures) return;
    if (counts.length === names.length - 1) {
      if (left >= least) rows.push([...counts, left].map((count) => count / divisions));
      return;
    }
    for (let count = left; count >= least; count--) fill([...counts, count], left - count);
  };
  fill([], divisions);
  if (rows.length === 0 || rows.length > mostMixtures) {
    throw invalid(
      `mixtures.divisions: ${divisions} divisions make ${rows.length === 0 ? 'no mixture' : `more than ${mostMixtures} mixtures`} of ${names.length} data sets.`,
      rows.length === 0
        ? 'Take at least as many divisions as data sets.'
        : 'Take fewer, or draw some of them.',
    );
  }
  return rows;
}

/** Independent gamma(concentration) variables over their sum; rounded to four digits, the largest takes the rest. */
function dirichlet(count: number, concentration: number, next: () => number): number[] {
  const gammas = Array.from({ length: count }, () => gamma(concentration, next));
  const sum = gammas.reduce((total, value) => total + value, 0);
  const shares = gammas.map((value) => rounded(value / sum));
  const largest = shares.indexOf(Math.max(...shares));
  const others = shares.reduce((total, value, at) => (at === largest ? total : total + value), 0);
  shares[largest] = rounded(1 - others);
  return shares;
}

/** Marsaglia and Tsang (2000), "A simple method for generating gamma variables"; below 1 by the power of a uniform. */
function gamma(shape: number, next: () => number): number {
  if (shape < 1) return gamma(shape + 1, next) * (1 - next()) ** (1 / shape);
  const d = shape - 1 / 3;
  const c = 1 / Math.sqrt(9 * d);
  for (;;) {
    const x = normal(next);
    const v = (1 + c * x) ** 3;
    if (v > 0 && Math.log(1 - next()) < 0.5 * x * x + d - d * v + d * Math.log(v)) return d * v;
  }
}

/** Box-Muller. */
export function normal(next: () => number): number {
  return Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next());
}

function normalised(row: readonly number[], at: number, count: number): number[] {
  const sum = row.reduce((total, value) => total + value, 0);
  if (row.length !== count || sum <= 0) {
    throw invalid(
      `mixtures.weights: row ${at + 1} (${row.join(', ')}) is no mixture of ${count} data sets.`,
      `Give ${count} weights, at least one of them above 0.`,
    );
  }
  return row.map((value) => value / sum);
}

const rounded = (share: number): number => Math.round(share * 1e4) / 1e4;

function invalid(message: string, hint: string): FinegrainError {
  const path = message.slice(0, message.indexOf(':'));
  return new FinegrainError('input.invalid', message, hint, [{ path, message }]);
}
