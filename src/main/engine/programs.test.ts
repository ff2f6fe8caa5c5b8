/** What programs are made of beside weights and batches: random numbers, buffers, the objective; and what they give out. */
import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { type Architecture, architectureSchema } from '../../shared/architecture/document.ts';
import type { DisabledTop1 } from '../../shared/methods/method.ts';
import type { Objective } from '../../shared/methods/objective.ts';
import { startEagerBackend } from './eager/backend.ts';
import { createEagerTrainer } from './eager/trainer.ts';
import { encodeModel } from './onnx/encode.ts';
import { lower } from './onnx/lower.ts';
import { createOrtTrainer } from './ort/trainer.ts';
import { seededNoise } from './step/noise.ts';
import { recordInference, recordStep } from './step/record.ts';
import {
  adamw,
  everyTerm,
  relativeDistance,
  smallArchitecture,
  smallBatch,
  smallShape,
  smallState,
  sourceOf,
} from './testing.ts';
import type { Draw, NoiseSource, ProgramShape, ProgramSource, Trainer, TrainingSettings } from './types.ts';

interface Options {
  readonly settings?: Partial<TrainingSettings>;
  readonly shape?: ProgramShape;
  readonly noise?: NoiseSource;
  readonly source?: Partial<ProgramSource>;
}

const makers = {
  compiled: async (architecture: Architecture, options: Options): Promise<Trainer> =>
    createOrtTrainer({
      ...sourceOf(architecture, options.shape ?? smallShape),
      ...options.source,
      device: { name: 'cpu', reason: 'test' },
      provider: 'cpu',
      threads: 1,
      settings: { ...adamw, ...options.settings },
      noise: options.noise,
    }),
  eager: async (architecture: Architecture, options: Options): Promise<Trainer> =>
    createEagerTrainer({
      ...sourceOf(architecture, options.shape ?? smallShape),
      ...options.source,
      device: { name: 'eager', reason: 'test' },
      settings: { ...adamw, ...options.settings },
      noise: options.noise,
    }),
};
const modes = ['compiled', 'eager'] as const;

/** Gives `use` a trainer with weights in it. */
async function withTrainer<R>(
  mode: (typeof modes)[number],
  architecture: Architecture,
  options: Options,
  use: (trainer: Trainer) => Promise<R>,
): Promise<R> {
  const trainer = await makers[mode](architecture, options);
  await trainer.writeState(smallState(architecture));
  const result = await use(trainer);
  await trainer.dispose();
  return result;
}

beforeAll(async () => {
  await startEagerBackend('cpu');
});

const random = smallArchitecture('random');
const batchAt = (step: number) => smallBatch(random, smallShape, step + 1);

describe('the seeded noise', () => {
  const draws = fc.record({
    step: fc.nat({ max: 1e6 }),
    microBatch: fc.nat({ max: 63 }),
    index: fc.nat({ max: 99 }),
  });
  const numbers = (seed: number, draw: Draw, count = 64) => {
    const values = new Float32Array(count);
    seededNoise(seed)(draw, values);
    return values;
  };

  test('follows from seed and draw alone, and differs where one of them does', () => {
    fc.assert(
      fc.property(fc.nat(), draws, fc.nat(), draws, (seed, draw, otherSeed, other) => {
        expect(numbers(seed, draw)).toEqual(numbers(seed, { ...draw }));
        const same = seed === otherSeed && JSON.stringify(draw) === JSON.stringify(other);
        if (!same) expect(numbers(otherSeed, other)).not.toEqual(numbers(seed, draw));
        expect(numbers(seed, draw, 64).every((value) => value >= 0 && value < 1)).toBe(true);
      }),
    );
  });

  test('is uniform: mean, variance, and the share of each tenth', () => {
    const values = numbers(3, { step: 5, microBatch: 0, index: 2 }, 100_000);
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
    const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
    expect(mean).toBeCloseTo(0.5, 2);
    expect(variance).toBeCloseTo(1 / 12, 2);
    const tenths = new Array<number>(10).fill(0);
    for (const value of values) tenths[Math.floor(value * 10)]! += 1;
    for (const count of tenths) expect(Math.abs(count / values.length - 0.1)).toBeLessThan(0.005);
  });
});

describe.each(modes)('random numbers in training, %s', (mode) => {
  test('a run that was interrupted draws what it would have drawn', async () => {
    const settings = { accumulate: 2, seed: 11 };
    const batches = (step: number) => [batchAt(2 * step), batchAt(2 * step + 1)];
    const whole = await withTrainer(mode, random, { settings }, async (trainer) => {
      const losses: number[] = [];
      for (let step = 0; step < 4; step++) losses.push((await trainer.step(batches(step), 1e-2)).loss);
      return losses;
    });
    const [before, saved] = await withTrainer(mode, random, { settings }, async (trainer) => {
      const losses: number[] = [];
      for (let step = 0; step < 2; step++) losses.push((await trainer.step(batches(step), 1e-2)).loss);
      return [losses, await trainer.readState()] as const;
    });
    const after = await withTrainer(mode, random, { settings }, async (trainer) => {
      await trainer.writeState(saved);
      const losses: number[] = [];
      for (let step = 2; step < 4; step++) losses.push((await trainer.step(batches(step), 1e-2)).loss);
      return losses;
    });
    expect([...before, ...after]).toEqual(whole);
  });

  test('every step and every seed draws anew; at inference nothing does', async () => {
    const losses = (seed: number) =>
      withTrainer(mode, random, { settings: { seed } }, async (trainer) => {
        const first = (await trainer.step([batchAt(0)], 0)).loss;
        const evaluated = (await trainer.evaluate(batchAt(0))).loss;
        const second = (await trainer.step([batchAt(0)], 0)).loss;
        return [first, second, evaluated, (await trainer.evaluate(batchAt(0))).loss] as const;
      });
    const [one, two] = [await losses(1), await losses(2)];
    expect(one[0]).not.toBe(one[1]);
    expect(one[0]).not.toBe(two[0]);
    expect([one[3], two[2], two[3]]).toEqual([one[2], one[2], one[2]]);
  });

  test('a source of the caller is asked once for each draw of each micro-batch, and at inference for step 0', async () => {
    const asked: Draw[] = [];
    const noise: NoiseSource = (draw, into) => {
      asked.push(draw);
      seededNoise(9)(draw, into);
    };
    const options = { settings: { accumulate: 2, seed: 1 }, noise };
    const given = await withTrainer(mode, random, options, async (trainer) => {
      const { loss } = await trainer.step([batchAt(0), batchAt(1)], 0);
      await trainer.step([batchAt(2), batchAt(3)], 0);
      expect(asked).toEqual(
        [0, 1].flatMap((step) =>
          [0, 1].flatMap((microBatch) => [0, 1].map((index) => ({ step, microBatch, index }))),
        ),
      );
      asked.length = 0;
      await trainer.evaluate(batchAt(0));
      expect(asked).toEqual([0, 1].map((index) => ({ step: 0, microBatch: 0, index })));
      return loss;
    });
    const own = await withTrainer(
      mode,
      random,
      { settings: { accumulate: 2, seed: 9 } },
      async (trainer) => (await trainer.step([batchAt(0), batchAt(1)], 0)).loss,
    );
    expect(given).toBe(own);
  });

  test('reports are means over micro-batches', async () => {
    const moe = smallArchitecture('moe');
    const batches = [smallBatch(moe, smallShape, 1), smallBatch(moe, smallShape, 2)];
    // Both halves of the two steps see the same numbers, so that their overflow can be compared.
    const noise: NoiseSource = ({ index }, into) => seededNoise(1)({ step: 0, microBatch: 0, index }, into);
    const single = await withTrainer(mode, moe, { noise }, async (trainer) => [
      (await trainer.step([batches[0]!], 0)).reports.overflow!,
      (await trainer.step([batches[1]!], 0)).reports.overflow!,
    ]);
    const both = await withTrainer(mode, moe, { noise, settings: { accumulate: 2 } }, async (trainer) =>
      trainer.step(batches, 0),
    );
    expect(single[0]).toBeGreaterThan(0);
    expect(both.reports.overflow).toBeCloseTo((single[0]! + single[1]!) / 2, 6);
  });

  test('a buffer that is missing or of the wrong size is refused by its name', async () => {
    const hash = smallArchitecture('hash');
    await expect(makers[mode](hash, { source: { buffers: new Map() } })).rejects.toThrow(
      /Tensor "blocks\.0\.ffn\.assigned" is missing; the document asks for shape \[37, 4\]/,
    );
    const buffers = new Map(sourceOf(hash).buffers).set('blocks.1.ffn.assigned', new Float32Array(3));
    await expect(makers[mode](hash, { source: { buffers } })).rejects.toThrow(
      /"blocks\.1\.ffn\.assigned" has 3 values/,
    );
  });

  test('buffers decide the routing: with other tables other losses', async () => {
    const hash = smallArchitecture('hash');
    const batch = smallBatch(hash, smallShape, 1);
    const { buffers } = sourceOf(hash);
    const turned = new Map(
      [...buffers].map(([name, table]) => [name, table.map((_, i) => table[i % 2 === 0 ? i + 1 : i - 1]!)]),
    );
    const loss = (source: Partial<ProgramSource>) =>
      withTrainer(mode, hash, { source }, async (trainer) => (await trainer.evaluate(batch)).loss);
    expect(await loss({ buffers: turned })).not.toBe(await loss({ buffers }));
  });
});

describe('the objective', () => {
  const dense = smallArchitecture('dense');

  test('TaiLr with smoothing and z-loss, two micro-batches: compiled equals eager; the loss stays plain', async () => {
    const batches = [smallBatch(dense, smallShape, 1, true), smallBatch(dense, smallShape, 2, true)];
    const run = (mode: (typeof modes)[number], objective: Objective) =>
      withTrainer(mode, dense, { settings: { objective, accumulate: 2 } }, async (trainer) => {
        const result = await trainer.step(batches, 1e-3);
        return { ...result, moments: (await trainer.readState()).firstMoments };
      });
    const [ours, theirs] = [await run('compiled', everyTerm), await run('eager', everyTerm)];
    for (const key of ['loss', 'objective', 'totalLoss'] as const) {
      expect(ours[key]).toBeCloseTo(theirs[key], 4);
    }
    expect(ours.auxiliary.outputZ).toBeCloseTo(theirs.auxiliary.outputZ!, 5);
    expect(ours.totalLoss).toBeCloseTo(ours.objective + ours.auxiliary.outputZ!, 5);
    expect(ours.objective).not.toBeCloseTo(ours.loss, 2);
    for (const [name, values] of ours.moments) {
      expect(relativeDistance(values, theirs.moments.get(name)!), name).toBeLessThan(1e-4);
    }
    const plain = await run('compiled', adamw.objective);
    expect(ours.loss).toBeCloseTo(plain.loss, 5);
    expect(plain.objective).toBe(plain.loss);
  });

  test('that changes nothing leaves the very graph of plain cross-entropy', () => {
    const bytes = (objective: Objective) =>
      encodeModel(lower(recordStep(sourceOf(dense), { ...adamw, objective }), 'cpu'));
    const plain = bytes(adamw.objective);
    const idle = { ...everyTerm, labelSmoothing: 0, zLoss: 0 };
    expect(Buffer.from(bytes({ ...idle, gamma: 0 })).equals(plain)).toBe(true);
    expect(Buffer.from(bytes({ ...idle, minWeight: 1 })).equals(plain)).toBe(true);
    expect(Buffer.from(bytes(idle)).equals(plain)).toBe(false);
  });
});

describe('attention', () => {
  const long: ProgramShape = { batch: 1, context: 256 }; // two blocks of queries
  const sharing = (kind: string) => ({ sharing: { kind, groupSize: 2, begin: 0, end: 2 } });

  test.each(['uniattn', 'crossLayerKv'])(
    '%s over two blocks of queries: every gradient compiled as eager',
    async (kind) => {
      const architecture = smallArchitecture('dense', 2, false, sharing(kind));
      const batch = smallBatch(architecture, long, 6);
      const moments = (mode: (typeof modes)[number]) =>
        withTrainer(mode, architecture, { shape: long }, async (trainer) => {
          await trainer.step([batch], 1e-3);
          return (await trainer.readState()).firstMoments;
        });
      const [ours, theirs] = [await moments('compiled'), await moments('eager')];
      for (const [name, values] of ours) {
        expect(relativeDistance(values, theirs.get(name)!), name).toBeLessThan(1e-4);
      }
    },
  );

  test('layers share the constants of the causal mask', () => {
    for (const architecture of [
      smallArchitecture('dense'),
      smallArchitecture('dense', 4, false, sharing('uniattn')),
    ]) {
      const { nodes } = recordStep(sourceOf(architecture, long), adamw);
      const masks = nodes
        .flatMap(({ inputs }) => inputs)
        .filter(({ constant, shape }) => constant && shape[0] === 128 && shape[1]! >= 128);
      expect(new Set(masks).size).toBe(2);
    }
  });
});

describe('inference', () => {
  const grouped = smallArchitecture('moe', 2);
  const batch = smallBatch(grouped, smallShape, 4);

  test('an attention probe gives every map and nothing else, compiled as eager', async () => {
    const probe = (mode: (typeof modes)[number]) =>
      withTrainer(mode, grouped, {}, (trainer) => trainer.probe(batch, 'attention'));
    const [ours, theirs] = [await probe('compiled'), await probe('eager')];
    expect(ours.map(({ layer }) => layer)).toEqual([0, 1]);
    for (const [i, { taps }] of ours.entries()) {
      expect(Object.keys(taps)).toEqual(['attention.map']);
      const { shape, values } = taps['attention.map']!;
      expect(shape).toEqual([2, 4, 16, 16]);
      expect(relativeDistance(values, theirs[i]!.taps['attention.map']!.values)).toBeLessThan(1e-4);
      for (let row = 0; row < values.length / 16; row++) {
        const weights = [...values.subarray(row * 16, (row + 1) * 16)];
        expect(weights.reduce((sum, weight) => sum + weight, 0)).toBeCloseTo(1, 5);
        expect(weights.slice((row % 16) + 1).every((weight) => weight === 0)).toBe(true);
      }
    }
  });

  test('taps of the other kind are not computed', () => {
    const outputs = (taps: 'ffn' | 'attention') => [
      ...recordInference(sourceOf(grouped), { kind: 'probe', taps }).outputs.keys(),
    ];
    expect(outputs('ffn').filter((name) => name.includes('attention'))).toEqual([]);
    expect(outputs('ffn').length).toBeGreaterThan(0);
    expect(outputs('attention').every((name) => /^tap:blocks\.\d\.attention\.map$/.test(name))).toBe(true);
  });

  test('without the first choice of the router: other losses, the same compiled as eager', async () => {
    const losses = (mode: (typeof modes)[number], disableTop1: DisabledTop1) =>
      withTrainer(
        mode,
        grouped,
        {},
        async (trainer) => (await trainer.evaluate(batch, { disableTop1 })).losses,
      );
    const disabled = await losses('compiled', 'first');
    expect(relativeDistance(disabled, await losses('eager', 'first'))).toBeLessThan(1e-4);
    expect(relativeDistance(disabled, await losses('compiled', 'none'))).toBeGreaterThan(1e-3);
  });

  test('runs on contexts longer than the document says, and agrees with it on the part they share', async () => {
    const long: ProgramShape = { batch: 1, context: 256 };
    const document = architectureSchema.parse({ ...grouped, context: 16 });
    const inputs = smallBatch(document, long, 5);
    const shortBatch = { inputs: inputs.inputs.slice(0, 16), targets: inputs.targets.slice(0, 16) };
    for (const mode of modes) {
      const whole = await withTrainer(mode, document, { shape: long }, (trainer) => trainer.evaluate(inputs));
      const part = await withTrainer(mode, document, { shape: { batch: 1, context: 16 } }, (trainer) =>
        trainer.evaluate(shortBatch),
      );
      expect(whole.losses).toHaveLength(256);
      expect(whole.losses.every(Number.isFinite)).toBe(true);
      expect(relativeDistance(whole.losses.slice(0, 16), part.losses)).toBeLessThan(1e-5);
    }
  });
});
