/** The engine's eager trainer (its optimiser, its state) equals PyTorch on the backend that is installed here. */
import { test } from 'vitest';
import { describeEngine, deviceHere } from './engine.ts';

const { available, reason } = await deviceHere('eager');

if (available) {
  describeEngine('eager', ['dense-mha', 'dense-gqa', 'finedeep', 'dsmoe', 'mixed-stack']);
} else {
  test.skip(`eager is not here: ${reason}`, () => {});
}
