import { expect, test } from 'vitest';
import { findPreset } from '../../shared/architecture/presets.ts';
import { FinegrainError } from '../../shared/errors.ts';
import { checkContext, checkMaps, windowBytes } from './contextMemory.ts';

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

test('attention maps are held for as long a window as memory allows', () => {
  checkMaps(architecture, 64, 1e9);
  expect(() => checkMaps(architecture, 100_000, 1e9)).toThrow('the attention maps of 100000 tokens need');
  try {
    checkMaps(architecture, 100_000, 1e9);
  } catch (error) {
    checkMaps(architecture, Number(/at most (\d+)/.exec((error as FinegrainError).hint!)![1]), 1e9);
  }
});
