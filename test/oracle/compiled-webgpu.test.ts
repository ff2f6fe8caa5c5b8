/** The compiled training step on ONNX Runtime's webgpu provider equals PyTorch (a software renderer is enough). */
import { test } from 'vitest';
import { describeEngine, deviceHere } from './engine.ts';
import { fixtureNames } from './fixture.ts';

const { available, reason } = await deviceHere('webgpu');

if (available) describeEngine('webgpu', fixtureNames);
else test.skip(`webgpu is not here: ${reason}`, () => {});
