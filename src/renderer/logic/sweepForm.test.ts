import { describe, expect, it } from 'vitest';
import { parseArchitecture } from '../../shared/architecture/parse.ts';
import { findPreset } from '../../shared/architecture/presets.ts';
import { runConfigurationSchema } from '../../shared/run/configuration.ts';
import { firstForm, planOf, sweepOutlook } from './sweepForm.ts';
import { testRun } from './testRuns.ts';

const base = {
  architecture: parseArchitecture(findPreset('dense-0.3m')!.architecture),
  configuration: runConfigurationSchema.parse({
    data: [{ name: 'speeches' }],
    steps: 100,
    batch: 4,
    context: 32,
  }),
};

describe('the sweep dialog', () => {
  it('counts runs, tokens and compute of what is typed', () => {
    const outlook = sweepOutlook({ ...firstForm, seeds: 3 }, base, []);
    expect(outlook).toMatchObject({ runs: 6, tokens: 6 * 100 * 4 * 32, seconds: null, error: null });
    expect(outlook.first[0]).toEqual({ learningRate: 0.001, seed: 0 });
    const judged = sweepOutlook(firstForm, base, [
      testRun({ name: 'old', parameters: 1e6, tokensPerSecond: 100 }),
    ]);
    expect(judged).toMatchObject({ judgedBy: 'old', seconds: judged.flops / 6e8 });
  });

  it('says which field is wrong, and why', () => {
    const form = { ...firstForm, axes: [{ field: 'beta1', values: '0.9, 2' }] };
    const outlook = sweepOutlook(form, base, []);
    expect(outlook.error?.message).toMatch(/beta1 cannot be 2/);
    expect(outlook.wrong.get('beta1')).toMatch(/2/);
    expect(sweepOutlook({ ...firstForm, axes: [{ field: '', values: '1' }] }, base, []).error?.message).toBe(
      '“1” has no field.',
    );
  });

  it('passes over an empty row', () => {
    expect(planOf({ ...firstForm, axes: [{ field: ' ', values: '' }], seeds: 2 })).toMatchObject({
      axes: [],
      seeds: 2,
    });
  });
});
