import { expect, test } from 'vitest';
import { findPreset } from '../../shared/architecture/presets.ts';
import { FinegrainError } from '../../shared/errors.ts';
import { checkContext, windowBytes } from './contextMemory.ts';

const { architecture } = findPreset('dense-0.3m')!;

test('the training context is never refused, a longer one only where it does not fit', () => {
  const { context } = architecture;
  checkContext(architecture, context, 0);
  const needed = windowBytes(architecture, 8 * context);
  checkContext(architecture, 8 * context, 2 * needed);
  let error: unknown;
  try {
    checkContext(architecture, 8 * context, needed / 2);
  } catch (caught) {
    error = caught;
  }
  expect(error).toBeInstanceOf(FinegrainError);
  const { message, hint } = error as FinegrainError;
  expect(message).toContain(`context: a window of ${8 * context} tokens`);
  // What the hint offers is accepted.
  checkContext(architecture, Number(/at most (\d+)/.exec(hint!)![1]), needed / 2);
});
