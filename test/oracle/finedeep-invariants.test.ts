/** What must hold of Finedeep by algebra, for random small layouts. Numbers in names count the method's invariants. */
import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { dense } from '../../src/shared/methods/ffn/dense.ts';
import { type FinedeepFfn, finedeep } from '../../src/shared/methods/ffn/finedeep.ts';
import {
  type Arrays,
  blockParameters,
  expertOutput,
  largestDifference,
  normalised,
  numbers,
  runBlock,
  sigmoid,
} from './block.ts';
import { norm, relativeDistance } from './fixture.ts';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

const width = 6;
const stream = numbers('stream', 5 * width);

/** Layouts with D = M*K*e. */
const layouts = fc.record({
  subLayers: fc.integer({ min: 1, max: 3 }),
  expertsPerSubLayer: fc.integer({ min: 1, max: 4 }),
  units: fc.integer({ min: 1, max: 3 }),
});
type Layout = typeof layouts extends fc.Arbitrary<infer Value> ? Value : never;

function options(
  { subLayers, expertsPerSubLayer, units }: Layout,
  rest: Partial<FinedeepFfn> = {},
): FinedeepFfn {
  return {
    ...finedeep.defaults(subLayers * expertsPerSubLayer * units),
    subLayers,
    expertsPerSubLayer,
    ...rest,
  };
}

function run(ffn: FinedeepFfn, parameters: Arrays = blockParameters(ffn, width, 'finedeep')) {
  return runBlock({ ffn, width, parameters, stream });
}

/** The dense block with the weights of a one-sub-layer Finedeep block. */
function denseOutput(ffn: FinedeepFfn, parameters: Arrays): Float32Array {
  const renamed: Arrays = new Map([
    ['norm.gain', parameters.get('layers.0.norm.gain')!],
    ['gate.weight', parameters.get('layers.0.experts.gate')!],
    ['up.weight', parameters.get('layers.0.experts.up')!],
    ['down.weight', parameters.get('layers.0.experts.down')!],
  ]);
  return runBlock({ ffn: dense.defaults(ffn.width), width, parameters: renamed, stream }).output;
}

const routerOptions = fc.record({
  routerScoreInput: fc.constantFrom('output' as const, 'input' as const),
  routerWeight: fc.constantFrom(
    'perExpert' as const,
    'perSubLayerVector' as const,
    'perSubLayerMatrix' as const,
  ),
  normPerSubLayer: fc.boolean(),
  residualPerSubLayer: fc.boolean(),
});

describe('Finedeep', () => {
  test('1: M = K = 1 without gate is the dense block, bit for bit', () => {
    const ffn = options({ subLayers: 1, expertsPerSubLayer: 1, units: 9 }, { gate: 'none' });
    const parameters = blockParameters(ffn, width, 'one');
    expect(run(ffn, parameters).output).toEqual(denseOutput(ffn, parameters));
  });

  test('2: M = 1 without gate is the dense block for any K', () => {
    fc.assert(
      fc.property(layouts, (layout) => {
        const ffn = options({ ...layout, subLayers: 1 }, { gate: 'none' });
        const parameters = blockParameters(ffn, width, 'two');
        const { output } = run(ffn, parameters);
        expect(relativeDistance(output, denseOutput(ffn, parameters))).toBeLessThan(1e-5);
        // The sum over experts, each by its own slices.
        const [gate, up, down] = ['gate', 'up', 'down'].map(
          (name) => parameters.get(`layers.0.experts.${name}`)!,
        );
        const sums = normalised(stream, parameters.get('layers.0.norm.gain')!).flatMap((u, row) => {
          const outputs = Array.from({ length: ffn.expertsPerSubLayer }, (_, k) =>
            expertOutput(u, gate!, up!, down!, k, ffn.expertsPerSubLayer),
          );
          return u.map((_, j) => outputs.reduce((sum, e) => sum + e[j]!, stream[row * width + j]!));
        });
        expect(relativeDistance(output, sums)).toBeLessThan(1e-5);
      }),
      { numRuns: 20 },
    );
  });

  test('3: a zero router makes every gate exactly 0.5, and M = 1 half the FFN', () => {
    fc.assert(
      fc.property(layouts, routerOptions, (layout, router) => {
        const ffn = options(layout, { ...router, residualPerSubLayer: true, normPerSubLayer: true });
        const parameters = blockParameters(ffn, width, 'three');
        for (const [name, values] of parameters) if (name.endsWith('router.weight')) values.fill(0);
        const { output, taps } = run(ffn, parameters);
        expect(new Set(taps.gate!.values)).toEqual(new Set([0.5]));
        if (ffn.subLayers > 1) return;
        const full = denseOutput(ffn, parameters);
        const half = stream.map((h, i) => h + 0.5 * (full[i]! - h));
        expect(largestDifference(output, half)).toBeLessThan(1e-6);
      }),
      { numRuns: 30 },
    );
  });

  test('4: zero output matrices leave the stream exactly as it was', () => {
    fc.assert(
      fc.property(
        layouts,
        routerOptions,
        fc.constantFrom('sigmoid', 'softmax', 'none'),
        (layout, router, gate) => {
          const ffn = options(layout, { ...router, gate });
          const parameters = blockParameters(ffn, width, 'four');
          for (const [name, values] of parameters) if (name.endsWith('down')) values.fill(0);
          expect(run(ffn, parameters).output).toEqual(stream);
        },
      ),
      { numRuns: 30 },
    );
  });

  test('5: the order of the experts inside a sub-layer does not matter', () => {
    fc.assert(
      fc.property(layouts, routerOptions, fc.constantFrom('sigmoid', 'softmax'), (layout, router, gate) => {
        const ffn = options(layout, { ...router, gate });
        const parameters = blockParameters(ffn, width, 'five');
        const reversed: Arrays = new Map(
          [...parameters].map(([name, values]) => [name, reverseExperts(name, values, ffn)]),
        );
        const distance = relativeDistance(run(ffn, reversed).output, run(ffn, parameters).output);
        expect(distance).toBeLessThan(1e-5);
      }),
      { numRuns: 30 },
    );
  });

  test('6: softmax gates sum to 1 in every sub-layer; sigmoid gates lie in (0, 1)', () => {
    fc.assert(
      fc.property(layouts, routerOptions, (layout, router) => {
        const { subLayers: M, expertsPerSubLayer: K } = layout;
        const softmax = run(options(layout, { ...router, gate: 'softmax' })).taps.gate!.values;
        for (let start = 0; start < softmax.length; start += K) {
          const sum = softmax.subarray(start, start + K).reduce((total, gate) => total + gate, 0);
          expect(Math.abs(sum - 1)).toBeLessThan(1e-6);
        }
        expect(softmax.length).toBe((stream.length / width) * M * K);
        const gates = run(options(layout, { ...router, gate: 'sigmoid' })).taps.gate!.values;
        expect(gates.every((gate) => gate > 0 && gate < 1)).toBe(true);
      }),
      { numRuns: 30 },
    );
  });

  test('7 and 8: parameters exceed dense by routers and norms only; expert products cost what dense costs', () => {
    fc.assert(
      fc.property(layouts, fc.integer({ min: 2, max: 64 }), (layout, d) => {
        const shape = { width: d, layers: 3, context: 16, vocabulary: 256 };
        const { subLayers: M, expertsPerSubLayer: K } = layout;
        const ffn = options(layout);
        const base = dense.counts(dense.defaults(ffn.width), shape);
        const counted = finedeep.counts(ffn, shape);
        expect(counted.parameters - base.parameters).toBe(M * K * d + (M - 1) * d);
        const ungated = finedeep.counts({ ...ffn, gate: 'none' }, shape);
        expect(ungated.parameters - base.parameters).toBe((M - 1) * d);
        expect(counted.matrixFlops).toBe(base.matrixFlops);
        expect(ungated.forwardFlops).toBe(base.forwardFlops);
        expect(counted.forwardFlops - base.forwardFlops).toBe(4 * M * K * d);
      }),
    );
  });

  test('9: dr/dw = r (1 - r) e, and every expert learns', () => {
    const ffn = options({ subLayers: 1, expertsPerSubLayer: 3, units: 4 });
    const parameters = blockParameters(ffn, width, 'nine');
    const { gradients } = run(ffn, parameters);
    const projection = numbers('projection', stream.length);
    const [gate, up, down] = ['gate', 'up', 'down'].map(
      (name) => parameters.get(`layers.0.experts.${name}`)!,
    );
    const router = parameters.get('layers.0.router.weight')!;
    const expected = new Float64Array(router.length);
    normalised(stream, parameters.get('layers.0.norm.gain')!).forEach((u, row) => {
      for (let k = 0; k < 3; k++) {
        const e = expertOutput(u, gate!, up!, down!, k, 3);
        const score = e.reduce((sum, value, j) => sum + value * router[k * width + j]!, 0);
        const r = sigmoid(score);
        const towards = e.reduce((sum, value, j) => sum + value * projection[row * width + j]!, 0);
        for (let j = 0; j < width; j++) expected[k * width + j]! += r * (1 - r) * towards * e[j]!;
      }
    });
    expect(relativeDistance(gradients.get('layers.0.router.weight')!, expected)).toBeLessThan(1e-5);

    fc.assert(
      fc.property(layouts, routerOptions, (layout, rest) => {
        const each = options(layout, rest);
        const result = run(each);
        for (const [name, values] of result.gradients) {
          if (!name.endsWith('down')) continue;
          const units = values.length / each.expertsPerSubLayer;
          for (let k = 0; k < each.expertsPerSubLayer; k++) {
            expect(
              norm(values.subarray(k * units, (k + 1) * units)),
              `${name} of expert ${k}`,
            ).toBeGreaterThan(0);
          }
        }
      }),
      { numRuns: 20 },
    );
  });

  test('9: without a gate there is no router to learn', () => {
    const ffn = options({ subLayers: 2, expertsPerSubLayer: 2, units: 2 }, { gate: 'none' });
    expect([...blockParameters(ffn, width, 'none').keys()].filter((name) => name.includes('router'))).toEqual(
      [],
    );
  });

  test('10: without gate and with M = 1 the activations are those of the dense model', () => {
    const ffn = options({ subLayers: 1, expertsPerSubLayer: 4, units: 3 }, { gate: 'none' });
    const parameters = blockParameters(ffn, width, 'ten');
    const renamed: Arrays = new Map([
      ['norm.gain', parameters.get('layers.0.norm.gain')!],
      ['gate.weight', parameters.get('layers.0.experts.gate')!],
      ['up.weight', parameters.get('layers.0.experts.up')!],
      ['down.weight', parameters.get('layers.0.experts.down')!],
    ]);
    const base = runBlock({ ffn: dense.defaults(ffn.width), width, parameters: renamed, stream });
    expect(run(ffn, parameters).taps.activation).toEqual(base.taps.activation);
    expect(run(ffn, parameters).taps.activationTimesUp).toEqual(base.taps.activationTimesUp);
  });

  test('taps hold every unit and every expert, and the share of the update norm', () => {
    const ffn = options({ subLayers: 3, expertsPerSubLayer: 2, units: 2 });
    const { taps } = run(ffn);
    expect(taps.activation!.shape).toEqual([5, 12]);
    expect(taps.activationTimesUp!.shape).toEqual([5, 12]);
    expect(taps.gate!.shape).toEqual([5, 6]);
    expect(taps.updateShare!.shape).toEqual([5, 3]);
    expect(taps.updateShare!.values.every((share) => share > 0)).toBe(true);
  });

  test('13: a width that M*K does not divide is named with D, M and K, and a way out', () => {
    const ffn: FinedeepFfn = { ...finedeep.defaults(256), subLayers: 3, expertsPerSubLayer: 4 };
    const [problem, ...rest] = finedeep.check(ffn, { width: 64, layers: 1, context: 8, vocabulary: 256 });
    expect(rest).toEqual([]);
    expect(problem!.path).toBe('width');
    for (const part of ['D = 256', 'M = 3', 'K = 4', '252 or 264']) expect(problem!.message).toContain(part);
  });
});

/** The parameter with the experts of each sub-layer in reverse order. */
function reverseExperts(name: string, values: Float32Array, ffn: FinedeepFfn): Float32Array {
  const K = ffn.expertsPerSubLayer;
  if (name.endsWith('router.weight') && ffn.routerWeight !== 'perExpert') return values;
  if (name.endsWith('down') || name.endsWith('router.weight')) return reverseRuns(values, values.length / K);
  if (!name.endsWith('experts.gate') && !name.endsWith('experts.up')) return values;
  const columns = values.length / width;
  const result = new Float32Array(values.length);
  for (let row = 0; row < width; row++) {
    const slice = values.subarray(row * columns, (row + 1) * columns);
    result.set(reverseRuns(slice, columns / K), row * columns);
  }
  return result;
}

function reverseRuns(values: Float32Array, length: number): Float32Array {
  const runs = Array.from({ length: values.length / length }, (_, i) => [
    ...values.subarray(i * length, (i + 1) * length),
  ]);
  return Float32Array.from(runs.reverse().flat());
}
