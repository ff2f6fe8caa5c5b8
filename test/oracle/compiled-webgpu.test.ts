/** The compiled training step on ONNX Runtime's webgpu provider equals PyTorch (a software renderer is enough). */
import { test } from 'vitest';
import { describeEngine, deviceHere } from './engine.ts';
import { fixtureNames } from './fixture.ts';

const { available, reason } = await deviceHere('webgpu');

const trained = [
  'dense-gqa-long',
  'dense-mqa-untied',
  'finedeep',
  'finedeep-output-perSubLayerMatrix-softmax',
  'dsmoe',
  'dsmoe-tauHigh-keepTop1',
  'mixed-stack',
  'moe-capacity-everything',
  'topp-capacity-everything',
  'maskmoe-capacity-top2',
  'cartesianmoe-outerOnly',
  'yarn',
  'uniattn-random-gqa',
  'objective-all',
  'mixed-harpe-uniattn-cartesianmoe',
  'mixed-routed',
];

if (available) describeEngine('webgpu', fixtureNames, trained);
else test.skip(`webgpu is not here: ${reason}`, () => {});
