import { describe, expect, test } from 'vitest';
import { findPreset } from '../../../shared/architecture/presets.ts';
import { FinegrainError } from '../../../shared/errors.ts';
import { routerSoftmax } from '../../../shared/run/analysis.ts';
import { initialParameters } from '../index.ts';
import { operatorTimes, type ProfileEvent, profileInference } from './profile.ts';

const kernel = (op: string, dur: number, shape: number[]): ProfileEvent => ({
  cat: 'Node',
  name: `node_kernel_time`,
  dur,
  args: { op_name: op, input_type_shape: [{ float: shape }] },
});

test('only kernels of the runs after the warm-up count, softmaxes by what they are over', () => {
  const run = (factor: number) => [
    kernel('MatMul', 1000 * factor, [8, 4]),
    kernel('Softmax', 300 * factor, [1, 2, 4, 4]),
    kernel('Softmax', 50 * factor, [8, 3]),
    kernel('Softmax', 100 * factor, [1, 2, 4, 4]),
  ];
  const others: ProfileEvent[] = [
    { cat: 'Session', name: 'model_run', dur: 9e6 },
    { cat: 'Node', name: 'node_fence_before', dur: 9e6 },
  ];
  const events = [...run(100), ...run(100), ...others, ...run(1), ...run(3), ...run(2)];
  expect(operatorTimes(events, 3)).toEqual([
    { operator: 'MatMul', milliseconds: 2, calls: 1 },
    { operator: 'Softmax', milliseconds: 0.8, calls: 2 },
    { operator: routerSoftmax, milliseconds: 0.1, calls: 1 },
  ]);
  // Of an even number of runs the mean of the two in the middle.
  const even = operatorTimes([...run(100), ...run(100), ...run(1), ...run(90), ...run(2), ...run(4)], 4);
  expect(even[0]).toEqual({ operator: 'MatMul', milliseconds: 3, calls: 1 });
  expect(() => operatorTimes(events.slice(1), 3)).toThrow('the profile is not complete');
});

describe('a model', () => {
  const { architecture } = findPreset('dense-0.3m')!;
  const request = {
    architecture,
    shape: { batch: 2, context: 64 },
    device: 'cpu',
    threads: 1,
    buffers: new Map(),
  } as const;
  const parameters = initialParameters(architecture, 1);

  test('is measured: a softmax for every layer, products, and no more time than passed', async () => {
    const found = await profileInference(request, parameters, 3);
    const of = (name: string) => found.operators.find(({ operator }) => operator === name);
    const layers = architecture.blocks.reduce((sum, block) => sum + block.repeat, 0);
    expect(of('Softmax')!.calls).toBe(layers);
    expect(of(routerSoftmax)).toBeUndefined();
    const total = found.operators.reduce((sum, { milliseconds }) => sum + milliseconds, 0);
    expect(total).toBeGreaterThan(0);
    // Medians of kernels add up to less than the median of whole runs, which hold the calls as well.
    expect(total).toBeLessThanOrEqual(found.wallMilliseconds * 1.2);
    const products = found.operators.filter(({ operator }) => /MatMul|Gemm/.test(operator));
    expect(products.reduce((sum, { calls }) => sum + calls, 0)).toBeGreaterThanOrEqual(9 * layers);
  });

  test('is refused on a device whose kernels the profile does not see', async () => {
    const refused = profileInference({ ...request, device: 'webgpu' }, parameters, 3);
    await expect(refused).rejects.toThrow(FinegrainError);
    await expect(refused).rejects.toThrow('device: webgpu cannot be profiled');
  });
});
