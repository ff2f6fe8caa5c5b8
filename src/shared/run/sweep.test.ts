import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseArchitecture } from '../architecture/parse.ts';
import { findPreset } from '../architecture/presets.ts';
import { FinegrainError } from '../errors.ts';
import { runConfigurationSchema } from './configuration.ts';
import {
  countRuns,
  describeValues,
  expandSweep,
  type SweepPlanInput,
  sweepCost,
  sweepPlanSchema,
} from './sweep.ts';

const base = {
  architecture: parseArchitecture(findPreset('dsmoe-0.3m')!.architecture),
  configuration: runConfigurationSchema.parse({ data: [{ name: 'speeches' }], steps: 10, seed: 4 }),
};
const expand = (plan: SweepPlanInput) => expandSweep(sweepPlanSchema.parse(plan), base);
const refusal = (plan: SweepPlanInput): FinegrainError => {
  try {
    expand(plan);
  } catch (error) {
    if (error instanceof FinegrainError) return error;
  }
  throw new Error('nothing was refused');
};

describe('a grid', () => {
  it('makes every combination, the last field fastest, seeds fastest of all', () => {
    const children = expand({
      axes: [
        { field: 'learningRate', values: [1e-3, 3e-3] },
        { field: 'ffn.tau', values: [0.2, 0.4] },
      ],
      seeds: 2,
    });
    expect(children.map(({ values }) => describeValues(values))).toEqual([
      'learningRate 0.001, ffn.tau 0.2, seed 4',
      'learningRate 0.001, ffn.tau 0.2, seed 5',
      'learningRate 0.001, ffn.tau 0.4, seed 4',
      'learningRate 0.001, ffn.tau 0.4, seed 5',
      'learningRate 0.003, ffn.tau 0.2, seed 4',
      'learningRate 0.003, ffn.tau 0.2, seed 5',
      'learningRate 0.003, ffn.tau 0.4, seed 4',
      'learningRate 0.003, ffn.tau 0.4, seed 5',
    ]);
    expect(children[7]!.configuration).toMatchObject({ learningRate: 3e-3, seed: 5 });
    expect(children[7]!.architecture.blocks[0]!.ffn).toMatchObject({ tau: 0.4 });
  });

  it('spaces a range evenly, or evenly in its logarithm', () => {
    const linear = expand({ axes: [{ field: 'clip', from: 0, to: 1, points: 3 }] });
    expect(linear.map(({ values }) => values.clip)).toEqual([0, 0.5, 1]);
    const log = expand({ axes: [{ field: 'learningRate', from: 1e-4, to: 1e-2, scale: 'log', points: 3 }] });
    expect(log.map(({ values }) => values.learningRate)).toEqual([1e-4, 1e-3, 1e-2]);
  });

  it('compares methods: kinds first, then the fields that they have', () => {
    const children = expand({
      axes: [
        { field: 'ffn.tau', values: [0.3] },
        { field: 'ffn.kind', values: ['dsmoe'] },
      ],
      seeds: 2,
    });
    expect(children[0]!.architecture.blocks[0]!.ffn).toMatchObject({ kind: 'dsmoe', tau: 0.3 });
    const kinds = expand({ axes: [{ field: 'ffn.kind', values: ['dense', 'finedeep', 'maskmoe'] }] });
    expect(kinds.map(({ architecture }) => architecture.blocks[0]!.ffn.kind)).toEqual([
      'dense',
      'finedeep',
      'maskmoe',
    ]);
  });
});

describe('a random sweep', () => {
  const plan: SweepPlanInput = {
    kind: 'random',
    draws: 20,
    axes: [
      { field: 'learningRate', from: 1e-4, to: 1e-2, scale: 'log' },
      { field: 'warmup', from: 0, to: 8, whole: true },
      { field: 'schedule', values: ['cosine', 'wsd'] },
    ],
  };

  it('draws within the ranges, the same for the same seed', () => {
    const children = expand(plan);
    expect(children).toHaveLength(20);
    for (const { configuration } of children) {
      expect(configuration.learningRate).toBeGreaterThanOrEqual(1e-4);
      expect(configuration.learningRate).toBeLessThanOrEqual(1e-2);
      expect(Number.isInteger(configuration.warmup)).toBe(true);
    }
    expect(expand(plan)).toEqual(children);
    expect(expand({ ...plan, drawSeed: 1 })).not.toEqual(children);
  });
});

describe('what cannot be swept is refused, naming field and value', () => {
  it.each<[string, SweepPlanInput, RegExp]>([
    ['a single run', { axes: [{ field: 'seed', values: [1] }] }, /single run/],
    [
      'too many runs',
      { axes: [{ field: 'seed', values: [1, 2] }], seeds: 100, kind: 'random', draws: 500 },
      /50000 runs/,
    ],
    ['an unknown field', { axes: [{ field: 'speed', values: [1, 2] }] }, /speed is no field.*1/],
    ['a value out of bounds', { axes: [{ field: 'beta1', values: [0.9, 2] }] }, /beta1.*2/],
    ['an empty range', { axes: [{ field: 'clip', from: 2, to: 1 }] }, /clip.*from 2 to 1/],
    ['a log range from 0', { axes: [{ field: 'clip', from: 0, to: 1, scale: 'log' }] }, /clip.*begin at 0/],
    [
      'a field twice',
      {
        axes: [
          { field: 'clip', values: [1, 2] },
          { field: 'clip', values: [1] },
        ],
      },
      /clip.*twice/,
    ],
    ['seeds twice', { axes: [{ field: 'seed', values: [1, 2] }], seeds: 2 }, /seed.*2 seeds/],
    [
      'a rule across fields',
      { axes: [{ field: 'attention.heads', values: [4, 5] }] },
      /attention\.heads 5.*heads/,
    ],
    ['a long context', { axes: [{ field: 'context', values: [16, 9999] }] }, /context 9999.*9999 is more/],
    ['a long warm-up', { axes: [{ field: 'warmup', values: [2, 11] }] }, /warmup 11.*run's 10/],
  ])('%s', (_, plan, message) => {
    const error = refusal(plan);
    expect(error.message).toMatch(message);
    expect(error.hint).toBeTruthy();
  });
});

it('makes as many runs as it counts, and costs what its runs cost together', () => {
  fc.assert(
    fc.property(
      fc.uniqueArray(fc.constantFrom(1e-4, 3e-4, 1e-3, 3e-3, 1e-2), { minLength: 1 }),
      fc.uniqueArray(fc.constantFrom(0.1, 0.2, 0.3), { minLength: 1 }),
      fc.integer({ min: 2, max: 4 }),
      fc.constantFrom('grid' as const, 'random' as const),
      (rates, taus, seeds, kind) => {
        const plan = sweepPlanSchema.parse({
          kind,
          seeds,
          draws: 5,
          axes: [
            { field: 'learningRate', values: rates },
            { field: 'ffn.tau', values: taus },
          ],
        });
        const children = expandSweep(plan, base);
        expect(children).toHaveLength(countRuns(plan));
        const one = sweepCost([base]);
        expect(sweepCost(children).tokens).toBe(children.length * one.tokens);
        expect(sweepCost(children).flops).toBeCloseTo(children.length * one.flops, -3);
      },
    ),
    { numRuns: 30 },
  );
});
