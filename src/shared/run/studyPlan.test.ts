import { describe, expect, it } from 'vitest';
import { findPreset } from '../architecture/presets.ts';
import { FinegrainError } from '../errors.ts';
import { runConfigurationSchema } from './configuration.ts';
import { expandStudy, rungsOf, type StudyPlanInput, studyPlanSchema, trainedSets } from './studyPlan.ts';

const base = {
  architecture: findPreset('dense-0.3m')!.architecture,
  configuration: runConfigurationSchema.parse({ data: [{ name: 'x' }], steps: 200, tokenizer: 't' }),
};
const expand = (plan: StudyPlanInput) => expandStudy(studyPlanSchema.parse(plan), base);
const rates: StudyPlanInput['fields'] = { axes: [{ field: 'learningRate', values: [1e-3, 2e-3] }] };

function refusal(plan: StudyPlanInput): string {
  try {
    expand(plan);
  } catch (error) {
    if (error instanceof FinegrainError) return error.message;
    throw error;
  }
  throw new Error('nothing was refused');
}

describe('candidates of a plan', () => {
  it('are fields and a list, each with every mixture; all held at the prefix and measured on the target', () => {
    const children = expand({
      fields: rates,
      list: [{ weightDecay: 0 }],
      mixtures: {
        kind: 'list',
        data: ['a', 'b'],
        weights: [
          [1, 0],
          [1, 3],
        ],
      },
      prefix: 60,
      target: [{ set: 'a' }, { set: 'b', weight: 2 }],
    });
    expect(children.map(({ values }) => values)).toEqual([
      { learningRate: 1e-3, 'data.a': 1, 'data.b': 0 },
      { learningRate: 1e-3, 'data.a': 0.25, 'data.b': 0.75 },
      { learningRate: 2e-3, 'data.a': 1, 'data.b': 0 },
      { learningRate: 2e-3, 'data.a': 0.25, 'data.b': 0.75 },
      { weightDecay: 0, 'data.a': 1, 'data.b': 0 },
      { weightDecay: 0, 'data.a': 0.25, 'data.b': 0.75 },
    ]);
    for (const { configuration } of children) {
      expect(configuration).toMatchObject({ holdAt: 60, steps: 200, measure: { sets: ['a', 'b'] } });
    }
    expect(children[5]!.configuration.data).toEqual([
      { name: 'a', weight: 0.25 },
      { name: 'b', weight: 0.75 },
    ]);
    expect(children[5]!.configuration.weightDecay).toBe(0);
    expect(trainedSets(children)).toEqual(['a', 'b']);
  });

  it.each<[StudyPlanInput, RegExp]>([
    [{ fields: rates, prefix: 200 }, /^prefix: 200 steps leave nothing to predict of a run of 200 steps/],
    [{ fields: rates, prefix: 1 }, /^prefix: 1 steps hold 1 measurements, and a law needs 5/],
    [{ list: [{ steps: 10 }, { steps: 20 }], prefix: 60 }, /^steps: a study cannot vary it: all candidates/],
    [{ list: [{ tokenizer: 'u' }], prefix: 60 }, /^tokenizer: a study cannot vary it/],
    [{ list: [{ 'architecture.context': 64 }], prefix: 60 }, /^architecture\.context: a study cannot/],
    [{ list: [{ seed: 1 }], prefix: 60 }, /^The study would have 1 candidate; it needs 2/],
    [{ fields: rates, prefix: 60, target: [{ set: 'a' }, { set: 'a' }] }, /^target: a is named twice/],
    [
      { mixtures: { kind: 'lattice', data: ['a', 'b'], divisions: 2 }, prefix: 60 },
      /^target: validation means each candidate's own/,
    ],
  ])('are refused with what is wrong: %j', (plan, message) => {
    expect(refusal(plan)).toMatch(message);
  });
});

describe('rungs', () => {
  it('follow the policy', () => {
    const rungs = (policy: StudyPlanInput['policy'], candidates: number, steps = 1000) =>
      rungsOf(studyPlanSchema.parse({ prefix: 100, policy }), candidates, steps);
    expect(rungs({ kind: 'report' }, 8)).toEqual([{ step: 100, keep: 0 }]);
    expect(rungs({ kind: 'all' }, 8)).toEqual([{ step: 100, keep: 8 }]);
    expect(rungs({ kind: 'best', keep: 3 }, 8)).toEqual([{ step: 100, keep: 3 }]);
    expect(rungs({ kind: 'best', keep: 30 }, 8)).toEqual([{ step: 100, keep: 8 }]);
    expect(rungs({ kind: 'halving' }, 8)).toEqual([
      { step: 100, keep: 4 },
      { step: 200, keep: 2 },
      { step: 400, keep: 1 },
    ]);
    expect(rungs({ kind: 'halving', factor: 3 }, 9, 300)).toEqual([{ step: 100, keep: 3 }]);
  });
});
