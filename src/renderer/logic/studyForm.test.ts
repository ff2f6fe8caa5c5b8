import { describe, expect, it } from 'vitest';
import { findPreset } from '../../shared/architecture/presets.ts';
import { runConfigurationSchema } from '../../shared/run/configuration.ts';
import { firstStudy, mixturesShown, studyOutlook, studyPlanOf } from './studyForm.ts';

const base = {
  architecture: findPreset('dense-0.3m')!.architecture,
  configuration: runConfigurationSchema.parse({ data: [{ name: 'a' }], steps: 400 }),
};

describe('study form', () => {
  it('makes a plan of fields, held at the share of the steps', () => {
    const outlook = studyOutlook(firstStudy, base);
    expect(outlook).toMatchObject({ candidates: 4, prefix: 120, error: null });
    expect(outlook.prefixFlops / outlook.flops).toBeCloseTo(0.3, 9);
    expect(outlook.first[0]).toContain('0.0003');
  });

  it('takes mixtures from a lattice, or those that were clicked', () => {
    const mixed = {
      ...firstStudy,
      fields: { axes: [], seeds: 1 },
      mixing: 'lattice' as const,
      data: ['a', 'b', 'c'],
      divisions: 2,
    };
    expect(studyPlanOf(mixed, 100).fields).toBeNull();
    expect(mixturesShown(mixed)).toHaveLength(6);
    expect(studyOutlook(mixed, base).candidates).toBe(6);
    const clicked = {
      ...mixed,
      mixing: 'points' as const,
      points: [[0.5, 0.5, 0] as const, [0, 0, 1] as const],
    };
    expect(studyPlanOf(clicked, 100).mixtures).toEqual({
      kind: 'list',
      data: ['a', 'b', 'c'],
      weights: [
        [0.5, 0.5, 0],
        [0, 0, 1],
      ],
    });
  });

  it('says what is missing', () => {
    const lone = { ...firstStudy, mixing: 'lattice' as const, data: ['a'] };
    expect(studyOutlook(lone, base).error?.message).toContain('at least two data sets');
    const unclicked = { ...lone, mixing: 'points' as const, data: ['a', 'b', 'c'] };
    expect(studyOutlook(unclicked, base).error?.message).toContain('No mixture');
    expect(studyOutlook({ ...firstStudy, fields: { axes: [], seeds: 1 } }, base).error).not.toBeNull();
  });
});
