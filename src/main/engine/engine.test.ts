import { beforeAll, describe, expect, test } from 'vitest';
import type { Architecture } from '../../shared/architecture/document.ts';
import { ffnMethod } from '../../shared/methods/ffn/index.ts';
import { startEagerBackend } from './eager/backend.ts';
import { createEagerTrainer } from './eager/trainer.ts';
import { createOrtTrainer } from './ort/trainer.ts';
import {
  adamw,
  relativeDistance,
  smallArchitecture,
  smallBatch,
  smallShape,
  smallState,
  sourceOf,
} from './testing.ts';
import type { Batch, NamedArrays, ProgramShape, StepResult, Trainer, TrainingSettings } from './types.ts';

function compiled(
  architecture: Architecture,
  settings: TrainingSettings = adamw,
  shape = smallShape,
  threads = 1,
): Promise<Trainer> {
  const device = { name: 'cpu', reason: 'test' } as const;
  return createOrtTrainer({ ...sourceOf(architecture, shape), device, provider: 'cpu', threads, settings });
}

function eager(
  architecture: Architecture,
  settings: TrainingSettings = adamw,
  shape: ProgramShape = smallShape,
): Trainer {
  return createEagerTrainer({
    ...sourceOf(architecture, shape),
    device: { name: 'eager', reason: 'test' },
    settings,
  });
}

function expectClose(ours: NamedArrays, theirs: NamedArrays, tolerance: number): void {
  expect([...ours.keys()]).toEqual([...theirs.keys()]);
  for (const [name, values] of ours) {
    expect(relativeDistance(values, theirs.get(name)!), name).toBeLessThan(tolerance);
  }
}

function sameBits(a: NamedArrays, b: NamedArrays): boolean {
  return [...a].every(([name, values]) =>
    Buffer.from(values.buffer).equals(Buffer.from(b.get(name)!.buffer)),
  );
}

beforeAll(async () => {
  await startEagerBackend('cpu');
});

const models: ReadonlyArray<readonly [string, Architecture]> = [
  ['dense', smallArchitecture('dense')],
  ['dense, grouped queries, tied', smallArchitecture('dense', 2, true)],
  ['finedeep', smallArchitecture('finedeep')],
  ['dsmoe', smallArchitecture('dsmoe', 4, true)],
  ['moe: jitter, capacity, shared expert, router losses', smallArchitecture('moe')],
  ['random', smallArchitecture('random')],
  ['hash', smallArchitecture('hash')],
  ['maskmoe', smallArchitecture('maskmoe')],
  ['cartesianmoe', smallArchitecture('cartesianmoe')],
];

describe.each(models)('compiled equals eager: %s', (_, architecture) => {
  const state = smallState(architecture);
  const { ffn } = architecture.blocks[0]!;
  const units = ffnMethod(ffn.kind).units(ffn);

  test('loss, auxiliary terms and every gradient', async () => {
    const batch = smallBatch(architecture, smallShape, 3, true);
    const trainers = [await compiled(architecture), eager(architecture)] as const;
    const results: StepResult[] = [];
    const moments: NamedArrays[] = [];
    for (const trainer of trainers) {
      await trainer.writeState(state);
      results.push(await trainer.step([batch], 1e-2));
      // After the first step m = (1 - beta1) * clipped gradient.
      moments.push((await trainer.readState()).firstMoments);
    }
    const [ours, theirs] = results as [StepResult, StepResult];
    expect(ours.loss).toBeCloseTo(theirs.loss, 5);
    expect(ours.totalLoss).toBeCloseTo(theirs.totalLoss, 5);
    expect(Object.keys(ours.auxiliary)).toEqual(Object.keys(theirs.auxiliary));
    for (const [name, term] of Object.entries(ours.auxiliary))
      expect(term).toBeCloseTo(theirs.auxiliary[name]!, 5);
    expect(ours.objective).toBe(ours.loss);
    expect(Object.keys(ours.reports)).toEqual(Object.keys(theirs.reports));
    for (const [name, value] of Object.entries(ours.reports))
      expect(value).toBeCloseTo(theirs.reports[name]!, 5);
    expect(ours.gradientNorm / theirs.gradientNorm).toBeCloseTo(1, 5);
    expectClose(moments[0]!, moments[1]!, 1e-4);
    for (const trainer of trainers) await trainer.dispose();
  });

  test('six steps with three micro-batches each, evaluation and probes after', async () => {
    const settings = { ...adamw, accumulate: 3 };
    const trainers = [await compiled(architecture, settings), eager(architecture, settings)] as const;
    for (const trainer of trainers) await trainer.writeState(state);
    for (let step = 0; step < 6; step++) {
      const batches = [0, 1, 2].map((i) => smallBatch(architecture, smallShape, 3 * step + i + 1, i > 0));
      const [ours, theirs] = [await trainers[0].step(batches, 1e-3), await trainers[1].step(batches, 1e-3)];
      expect(ours.loss).toBeCloseTo(theirs.loss, 4);
      for (const [name, value] of Object.entries(ours.reports))
        expect(value).toBeCloseTo(theirs.reports[name]!, 4);
    }
    expectClose((await trainers[0].readState()).parameters, (await trainers[1].readState()).parameters, 1e-4);
    const batch = smallBatch(architecture, smallShape, 99, true);
    const [ours, theirs] = [await trainers[0].evaluate(batch), await trainers[1].evaluate(batch)];
    expect(ours.loss).toBeCloseTo(theirs.loss, 4);
    expect(relativeDistance(ours.losses, theirs.losses)).toBeLessThan(1e-3);
    const [ourTaps, theirTaps] = [await trainers[0].probe(batch), await trainers[1].probe(batch)];
    expect(ourTaps.map(({ layer }) => layer)).toEqual([0, 1]);
    for (const [i, { taps }] of ourTaps.entries()) {
      expect(Object.keys(taps).sort()).toEqual(Object.keys(theirTaps[i]!.taps).sort());
      expect(taps.activation!.shape).toEqual([32, units]);
      for (const [name, { shape, values }] of Object.entries(taps)) {
        expect(shape).toEqual(theirTaps[i]!.taps[name]!.shape);
        expect(relativeDistance(values, theirTaps[i]!.taps[name]!.values), name).toBeLessThan(1e-2);
      }
    }
    for (const trainer of trainers) await trainer.dispose();
  });
});

async function train(trainer: Trainer, batches: readonly Batch[]): Promise<number[]> {
  const losses: number[] = [];
  for (const batch of batches) losses.push((await trainer.step([batch], 1e-3)).loss);
  return losses;
}

describe('the compiled step', () => {
  const architecture = smallArchitecture('finedeep');
  // Long enough for two blocks of queries, wide enough to be split over threads.
  const shape = { batch: 2, context: 256 };
  const long = { ...architecture, context: 256 };
  const state = smallState(long);
  const batches = Array.from({ length: 6 }, (_, i) => smallBatch(long, shape, i + 1));

  test('is the same bit for bit in repeated runs and with any number of threads', async () => {
    const runs: Array<{ losses: number[]; parameters: NamedArrays }> = [];
    for (const threads of [1, 2, 2]) {
      const trainer = await compiled(long, adamw, shape, threads);
      await trainer.writeState(state);
      runs.push({
        losses: await train(trainer, batches),
        parameters: (await trainer.readState()).parameters,
      });
      await trainer.dispose();
    }
    for (const run of runs.slice(1)) {
      expect(run.losses).toEqual(runs[0]!.losses);
      expect(sameBits(run.parameters, runs[0]!.parameters)).toBe(true);
    }
  });

  test('goes on bit for bit from a state that was read and written back', async () => {
    const whole = await compiled(long, adamw, shape);
    await whole.writeState(state);
    const expected = await train(whole, batches);
    const first = await compiled(long, adamw, shape);
    await first.writeState(state);
    const before = await train(first, batches.slice(0, 3));
    const saved = await first.readState();
    expect(saved.step).toBe(3);
    await first.dispose();
    const second = await compiled(long, adamw, shape);
    await second.writeState(saved);
    expect([...before, ...(await train(second, batches.slice(3)))]).toEqual(expected);
    const [a, b] = [await whole.readState(), await second.readState()];
    for (const part of ['parameters', 'firstMoments', 'secondMoments'] as const) {
      expect(sameBits(a[part], b[part])).toBe(true);
    }
    await whole.dispose();
    await second.dispose();
  });

  test('a state that was read does not change when training goes on', async () => {
    const trainer = await compiled(architecture);
    await trainer.writeState(smallState(architecture));
    const saved = await trainer.readState();
    const before = saved.parameters.get('embedding.weight')!.slice();
    await trainer.step([smallBatch(architecture, smallShape, 1)], 1e-2);
    expect(saved.parameters.get('embedding.weight')).toEqual(before);
    await trainer.dispose();
  });

  test('NaN in a weight gives a NaN loss, not a crash', async () => {
    const trainer = await compiled(architecture);
    const broken = smallState(architecture);
    broken.parameters.get('norm.gain')![0] = Number.NaN;
    await trainer.writeState(broken);
    const result = await trainer.step([smallBatch(architecture, smallShape, 1)], 1e-3);
    expect(result.loss).toBeNaN();
    expect(result.gradientNorm).toBeNaN();
    await trainer.dispose();
  });

  test('a batch whose positions are all masked has loss 0 and gradient 0', async () => {
    const dense = smallArchitecture('dense');
    const trainer = await compiled(dense);
    await trainer.writeState(smallState(dense));
    const batch = { ...smallBatch(dense, smallShape, 1), mask: new Float32Array(32) };
    const result = await trainer.step([batch], 1e-3);
    expect(result).toMatchObject({ loss: 0, gradientNorm: 0 });
    await trainer.dispose();
  });

  test('token ids outside of the vocabulary, wrong lengths and foreign weights are refused', async () => {
    const trainer = await compiled(architecture);
    const batch = smallBatch(architecture, smallShape, 1);
    await expect(trainer.step([{ ...batch, inputs: batch.inputs.map(() => 37) }], 1e-3)).rejects.toThrow(
      /Token id 37 among the inputs is outside of the vocabulary of 37/,
    );
    await expect(trainer.step([{ ...batch, targets: batch.targets.slice(1) }], 1e-3)).rejects.toThrow(
      /31 targets/,
    );
    await expect(trainer.step([batch, batch], 1e-3)).rejects.toThrow(/2 micro-batches/);
    const foreign = smallState(smallArchitecture('dense'));
    await expect(trainer.writeState(foreign)).rejects.toThrow(
      /Tensor "blocks\.0\.ffn\.layers\.0.*is missing/,
    );
    await trainer.dispose();
  });
});

test('learning goes downhill: 60 steps on one batch more than halve its loss', async () => {
  const architecture = smallArchitecture('dense');
  const trainer = await compiled(architecture);
  await trainer.writeState(smallState(architecture, 1, 1));
  const batch = smallBatch(architecture, smallShape, 5);
  const first = (await trainer.step([batch], 1e-2)).loss;
  let last = first;
  for (let step = 0; step < 60; step++) last = (await trainer.step([batch], 1e-2)).loss;
  expect(first).toBeCloseTo(Math.log(37), 1);
  expect(last).toBeLessThan(first / 2);
  await trainer.dispose();
});
