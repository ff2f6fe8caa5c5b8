/**
 * The compiled training step on ONNX Runtime's webgpu provider equals PyTorch: one fixture for each kernel that model
 * code reaches, since a software renderer takes seconds for each.
 */
import { test } from 'vitest';
import { describeEngine, deviceHere } from './engine.ts';

const { available, reason } = await deviceHere('webgpu');

if (available) {
  describeEngine('webgpu', [
    'dense-gqa',
    'dense-mqa-untied',
    'finedeep',
    'finedeep-output-perSubLayerMatrix-softmax',
    'dsmoe',
    'dsmoe-tauHigh-keepTop1',
    'mixed-stack',
  ]);
} else {
  test.skip(`webgpu is not here: ${reason}`, () => {});
}
