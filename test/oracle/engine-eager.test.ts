/** The engine's eager trainer (its optimiser, its state) equals PyTorch on the backend that is installed here. */
import { test } from 'vitest';
import { describeEngine, deviceHere } from './engine.ts';
import { fixtureNames } from './fixture.ts';

const { available, reason } = await deviceHere('eager');

if (available) describeEngine('eager', fixtureNames);
else test.skip(`eager is not here: ${reason}`, () => {});
