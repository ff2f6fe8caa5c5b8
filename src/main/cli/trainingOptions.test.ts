import { describe, expect, it } from 'vitest';
import { runConfigurationSchema } from '../../shared/run/configuration.ts';
import { weighted, withObjective } from './trainingOptions.ts';

describe('weighted', () => {
  it('reads a name with its weight', () => {
    expect(weighted('moby-dick:2.5')).toEqual({ name: 'moby-dick', weight: 2.5 });
    expect(weighted('moby-dick')).toEqual({ name: 'moby-dick', weight: 1 });
  });

  it('leaves colons that no number follows to the name', () => {
    expect(weighted('C:\\texts\\a.txt')).toEqual({ name: 'C:\\texts\\a.txt', weight: 1 });
    expect(weighted('C:\\texts\\a.txt:3')).toEqual({ name: 'C:\\texts\\a.txt', weight: 3 });
  });
});

describe('withObjective', () => {
  it('gathers the flags of the objective, and leaves the rest', () => {
    const given = { steps: 3, objective: 'tailr', gamma: 0.2, zLoss: 1e-4 };
    expect(withObjective(given)).toEqual({ steps: 3, objective: { loss: 'tailr', gamma: 0.2, zLoss: 1e-4 } });
    expect(withObjective({ steps: 3 })).toEqual({ steps: 3 });
    const parsed = runConfigurationSchema.parse({
      ...withObjective({ steps: 3, labelSmoothing: 0.1 }),
      data: [{ name: 'a' }],
    });
    expect(parsed.objective).toEqual({
      loss: 'mle',
      gamma: 0.1,
      minWeight: 0.3,
      labelSmoothing: 0.1,
      zLoss: 0,
    });
  });

  it('refuses what would change nothing', () => {
    expect(() => withObjective({ gamma: 0.5 })).toThrow('--gamma 0.5 belongs to the objective tailr');
    expect(() => withObjective({ objective: 'mle', minWeight: 0 })).toThrow('--min-weight 0');
  });
});
