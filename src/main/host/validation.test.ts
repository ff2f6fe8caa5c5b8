import { describe, expect, it } from 'vitest';
import { FinegrainError } from '../../shared/errors.ts';
import { runConfigurationSchema } from '../../shared/run/configuration.ts';
import { parseInput } from './validation.ts';

function failure(value: unknown): FinegrainError {
  try {
    parseInput(runConfigurationSchema, value, 'The run configuration', 'configuration.invalid');
  } catch (error) {
    if (error instanceof FinegrainError) return error;
  }
  throw new Error('accepted');
}

describe('parseInput', () => {
  it('names the field and its value', () => {
    const error = failure({ data: [{ name: 'x' }], steps: 10, learningRate: -3 });
    expect(error.code).toBe('configuration.invalid');
    expect(error.message).toContain('The run configuration is not valid: learningRate:');
    expect(error.message).toContain('(given: -3)');
  });

  it('lists every problem with its path', () => {
    const error = failure({ data: [{ name: 'x', weight: 0 }], steps: 1.5 });
    expect(error.problems?.map((problem) => problem.path).sort()).toEqual(['data.0.weight', 'steps']);
    expect(error.message).toContain('(and 1 more)');
  });
});
