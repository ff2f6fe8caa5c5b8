import { describe, expect, it } from 'vitest';
import { findPreset } from '../../shared/architecture/presets.ts';
import { runConfigurationSchema } from '../../shared/run/configuration.ts';
import { commonName, differingFields, groupRuns } from './runGroups.ts';

const member = (run: string, preset: string, settings: object) => ({
  run,
  name: `${preset} seed ${run}`,
  documents: {
    architecture: findPreset(preset)!.architecture,
    configuration: runConfigurationSchema.parse({ data: [{ name: 'text' }], steps: 10, ...settings }),
  },
});

describe('groups of runs', () => {
  const members = [
    member('1', 'dense-1m', { seed: 1 }),
    member('2', 'dense-1m', { seed: 2, threads: 2 }),
    member('3', 'dense-1m', { seed: 1, learningRate: 0.01 }),
    member('4', 'smoe-top3-1m', { seed: 2 }),
  ];
  it('takes together what differs only in its seed (and in where it ran)', () => {
    expect(groupRuns(members, 'seed').map(({ label, runs }) => [label, runs])).toEqual([
      ['dense-1m', ['1', '2']],
      ['dense-1m seed 3', ['3']],
      ['smoe-top3-1m seed 4', ['4']],
    ]);
  });
  it('groups by a field of document or configuration, or not at all', () => {
    expect(groupRuns(members, 'ffn.kind').map(({ label, runs }) => [label, runs.length])).toEqual([
      ['ffn.kind dense', 3],
      ['ffn.kind moe', 1],
    ]);
    expect(groupRuns(members, 'learningRate').map(({ runs }) => runs)).toEqual([['1', '2', '4'], ['3']]);
    expect(groupRuns(members, 'none')).toHaveLength(4);
  });
  it('leaves a run alone whose documents are not there yet', () => {
    const groups = groupRuns([...members.slice(0, 1), { run: '9', name: 'nine', documents: null }], 'seed');
    expect(groups.map(({ runs }) => runs)).toEqual([['1'], ['9']]);
  });
  it('knows what it makes sense to group by', () => {
    expect(differingFields(members)).toEqual(expect.arrayContaining(['ffn.kind', 'learningRate', 'seed']));
    expect(differingFields(members)).not.toContain('steps');
  });
  it('names a group by what its names begin with', () => {
    expect(commonName(['moe-1m seed 1', 'moe-1m seed 2'])).toBe('moe-1m');
    expect(commonName(['sweep/1', 'sweep/12'])).toBe('sweep');
    expect(commonName(['a', 'b'])).toBe('a');
    expect(commonName(['same', 'same'])).toBe('same');
  });
});
