/** What must hold of DSMoE by algebra, for random small layers. Numbers in names count the method's invariants. */
import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { dense } from '../../src/shared/methods/ffn/dense.ts';
import { type DsmoeFfn, dsmoe } from '../../src/shared/methods/ffn/dsmoe.ts';
import {
  type Arrays,
  blockParameters,
  expertOutput,
  largestDifference,
  normalised,
  numbers,
  runBlock,
  sigmoid,
  times,
} from './block.ts';
import { norm, relativeDistance } from './fixture.ts';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

const width = 6;
const N = 7;
const stream = numbers('stream', N * width);

const layers = fc.record({
  nExperts: fc.integer({ min: 1, max: 5 }),
  units: fc.integer({ min: 1, max: 3 }),
  tau: fc.double({ min: 0.3, max: 0.7, noNaN: true }),
  seed: fc.nat({ max: 1000 }),
});
type Layer = typeof layers extends fc.Arbitrary<infer Value> ? Value : never;

function options({ nExperts, units, tau }: Layer, rest: Partial<DsmoeFfn> = {}): DsmoeFfn {
  return { ...dsmoe.defaults(nExperts * units), nExperts, tau, ...rest };
}

function run(ffn: DsmoeFfn, parameters: Arrays, rest: Partial<Parameters<typeof runBlock>[0]> = {}) {
  return runBlock({ ffn, width, parameters, stream, ...rest });
}

/** Gates [N][n] in double precision, and whether any is so close to tau that rounding could move it across. */
function gatesOf(ffn: DsmoeFfn, parameters: Arrays): { gates: number[][]; ambiguous: boolean } {
  const router = parameters.get('router.weight')!;
  const gates = normalised(stream, parameters.get('norm.gain')!).map((u) => times(u, router).map(sigmoid));
  return { gates, ambiguous: gates.flat().some((gate) => Math.abs(gate - ffn.tau) < 1e-5) };
}

/** A case whose gates are clear of tau, or undefined. */
function clearCase(layer: Layer, rest: Partial<DsmoeFfn> = {}) {
  const ffn = options(layer, rest);
  const parameters = blockParameters(ffn, width, `dsmoe ${layer.seed}`);
  const { gates, ambiguous } = gatesOf(ffn, parameters);
  return ambiguous ? undefined : { ffn, parameters, gates };
}

/** Runs only the open experts of each token, one by one: inference as it would skip, in double precision. */
function skippingInference(ffn: DsmoeFfn, parameters: Arrays, gates: number[][]): number[] {
  const [gate, up, down] = ['gate', 'up', 'down'].map((name) => parameters.get(`experts.${name}`)!);
  return normalised(stream, parameters.get('norm.gain')!).flatMap((u, row) => {
    let open = gates[row]!.flatMap((value, expert) => (value > ffn.tau ? [expert] : []));
    if (open.length === 0 && ffn.zeroActivePolicy === 'keepTop1')
      open = [gates[row]!.indexOf(Math.max(...gates[row]!))];
    const factor = ffn.rescaleByActive === 'off' ? 1 : ffn.nExperts / Math.max(1, open.length);
    const y = new Array<number>(width).fill(0);
    for (const expert of open) {
      const o = expertOutput(u, gate!, up!, down!, expert, ffn.nExperts);
      for (let j = 0; j < width; j++) y[j]! += factor * gates[row]![expert]! * o[j]!;
    }
    return y.map((value, j) => stream[row * width + j]! + value);
  });
}

/** The slice of a stacked expert matrix that belongs to one expert. */
function expertSlice(name: string, values: Float32Array, expert: number, n: number): number[] {
  if (name === 'experts.down') {
    const size = values.length / n;
    return [...values.subarray(expert * size, (expert + 1) * size)];
  }
  const columns = values.length / width;
  const units = columns / n;
  return [...values].filter((_, i) => Math.floor((i % columns) / units) === expert);
}

describe('DSMoE', () => {
  test('1: with every gate at 1 the block is the dense block, and rescaling changes nothing', () => {
    fc.assert(
      fc.property(layers, (layer) => {
        const ffn = options(layer);
        const parameters = blockParameters(ffn, width, `one ${layer.seed}`);
        // Logits of 40 make sigmoid exactly 1 in float32: a stream with a constant first entry, a router that reads it.
        const constant = stream.map((value, i) => (i % width === 0 ? 100 : value));
        parameters.get('norm.gain')!.fill(1);
        parameters.set('router.weight', new Float32Array(width * ffn.nExperts).fill(40, 0, ffn.nExperts));
        const renamed: Arrays = new Map([
          ['norm.gain', parameters.get('norm.gain')!],
          ['gate.weight', parameters.get('experts.gate')!],
          ['up.weight', parameters.get('experts.up')!],
          ['down.weight', parameters.get('experts.down')!],
        ]);
        const base = runBlock({
          ffn: dense.defaults(ffn.width),
          width,
          parameters: renamed,
          stream: constant,
        }).output;
        for (const rescaleByActive of ['trainAndInfer', 'off'] as const) {
          const { output, taps } = run({ ...ffn, rescaleByActive }, parameters, { stream: constant });
          expect(new Set(taps.gate!.values)).toEqual(new Set([1]));
          expect(relativeDistance(output, base)).toBeLessThan(1e-5);
        }
      }),
      { numRuns: 20 },
    );
  });

  test('2: the estimator leaves the forward pass as it is, bit for bit', () => {
    fc.assert(
      fc.property(layers, fc.constantFrom('clampCount', 'keepTop1'), (layer, zeroActivePolicy) => {
        const ffn = options(layer, { zeroActivePolicy });
        const parameters = blockParameters(ffn, width, `two ${layer.seed}`);
        const withEstimator = run(ffn, parameters);
        const without = run({ ...ffn, useSte: false }, parameters);
        expect(withEstimator.output).toEqual(without.output);
        expect(run(ffn, parameters, { training: false }).output).toEqual(without.output);
      }),
      { numRuns: 30 },
    );
  });

  test('3: closed experts get no gradient; their gates do with the estimator and do not without', () => {
    let checked = 0;
    fc.assert(
      fc.property(layers, (layer) => {
        const found = clearCase(layer);
        if (found === undefined) return;
        const { ffn, parameters, gates } = found;
        const closed = gates[0]!.flatMap((_, e) => (gates.every((row) => row[e]! <= ffn.tau) ? [e] : []));
        const withEstimator = run(ffn, parameters).gradients;
        const without = run({ ...ffn, useSte: false }, parameters).gradients;
        checked += closed.length;
        for (const expert of closed) {
          for (const name of ['experts.gate', 'experts.up', 'experts.down']) {
            const slice = expertSlice(name, withEstimator.get(name)!, expert, ffn.nExperts);
            expect(norm(slice), `${name} of closed expert ${expert}`).toBe(0);
          }
          const ofGate = (gradients: Arrays) =>
            norm([...gradients.get('router.weight')!].filter((_, i) => i % ffn.nExperts === expert));
          expect(ofGate(withEstimator)).toBeGreaterThan(0);
          expect(ofGate(without)).toBe(0);
        }
      }),
      { numRuns: 60 },
    );
    expect(checked, 'experts closed for every token among the cases').toBeGreaterThan(0);
  });

  test('4: tau = 0 opens every expert, a higher tau never more, tau near 1 none and the output stays the stream', () => {
    fc.assert(
      fc.property(layers, (layer) => {
        const parameters = blockParameters(options(layer), width, `four ${layer.seed}`);
        const open = (tau: number) => {
          const { taps, output } = run(options({ ...layer, tau }), parameters, { training: false });
          return { count: taps.gate!.values.filter((gate) => gate > 0).length, output };
        };
        expect(open(0).count).toBe(N * layer.nExperts);
        const counts = [0, 0.2, 0.4, 0.5, 0.6, 0.8, 0.999999].map((tau) => open(tau).count);
        expect(counts).toEqual([...counts].sort((a, b) => b - a));
        const none = open(0.999999);
        expect(none.count).toBe(0);
        expect(none.output).toEqual(stream);
      }),
      { numRuns: 20 },
    );
  });

  test('5: skipping closed experts equals computing all of them under a mask', () => {
    const rest = fc.record({
      rescaleByActive: fc.constantFrom('trainAndInfer' as const, 'inferOnly' as const, 'off' as const),
      zeroActivePolicy: fc.constantFrom('clampCount' as const, 'keepTop1' as const),
    });
    fc.assert(
      fc.property(layers, rest, (layer, choices) => {
        const found = clearCase(layer, choices);
        if (found === undefined) return;
        const { ffn, parameters, gates } = found;
        const { output } = run(ffn, parameters, { training: false });
        expect(largestDifference(output, skippingInference(ffn, parameters, gates))).toBeLessThan(1e-5);
      }),
      { numRuns: 60 },
    );
  });

  test('6: the penalty lies in [0, 1]; G pushes open gates by sigmoid / (L n), S pushes all of them', () => {
    const modelLayers = 3;
    fc.assert(
      fc.property(layers, fc.constantFrom('G', 'S', 'raw'), (layer, penaltyGate) => {
        const found = clearCase(layer, { penaltyGate });
        if (found === undefined) return;
        const { ffn, parameters, gates } = found;
        const projection = new Float32Array(stream.length);
        const result = run(ffn, parameters, { projection, auxiliaryWeight: 1, layers: modelLayers });
        const n = ffn.nExperts;
        const value = gates
          .flat()
          .reduce((sum, gate) => sum + (penaltyGate === 'raw' || gate > ffn.tau ? gate : 0), 0);
        expect(result.auxiliary.sparsity!).toBeCloseTo(value / (modelLayers * n * N), 5);
        expect(result.auxiliary.sparsity! * modelLayers).toBeGreaterThanOrEqual(0);
        expect(result.auxiliary.sparsity! * modelLayers).toBeLessThanOrEqual(1);
        const expected = new Float64Array(width * n);
        normalised(stream, parameters.get('norm.gain')!).forEach((u, row) => {
          gates[row]!.forEach((gate, expert) => {
            if (penaltyGate === 'G' && gate <= ffn.tau) return;
            const towards = (gate * (1 - gate)) / (modelLayers * n * N);
            u.forEach((x, i) => {
              expected[i * n + expert]! += towards * x;
            });
          });
        });
        const gradient = result.gradients.get('router.weight')!;
        if (norm(expected) === 0) expect(norm(gradient)).toBe(0);
        else expect(relativeDistance(gradient, expected)).toBeLessThan(1e-4);
      }),
      { numRuns: 60 },
    );
  });

  test('7: routers add L*d*n parameters; zero units added to D leave the output unchanged', () => {
    const shape = { width: 2048, layers: 16, context: 1, vocabulary: 256 };
    const base = dense.counts(dense.defaults(8192), shape).parameters;
    expect(16 * (dsmoe.counts(dsmoe.defaults(8192), shape).parameters - base)).toBe(262_144);
    const larger = { width: 4096, layers: 32, context: 1, vocabulary: 256 };
    const denseLarger = dense.counts(dense.defaults(11_008), larger).parameters;
    expect(32 * (dsmoe.counts(dsmoe.defaults(11_008), larger).parameters - denseLarger)).toBe(1_048_576);

    const plain = dense.defaults(10);
    const padded = dense.defaults(12);
    const parameters = blockParameters(plain, width, 'padding');
    const grown: Arrays = new Map([
      ['norm.gain', parameters.get('norm.gain')!],
      ['gate.weight', padColumns(parameters.get('gate.weight')!, 10, 12)],
      ['up.weight', padColumns(parameters.get('up.weight')!, 10, 12)],
      [
        'down.weight',
        Float32Array.from({ length: 12 * width }, (_, i) => parameters.get('down.weight')![i] ?? 0),
      ],
    ]);
    const before = runBlock({ ffn: plain, width, parameters, stream }).output;
    const after = runBlock({ ffn: padded, width, parameters: grown, stream }).output;
    expect(largestDifference(before, after)).toBeLessThan(1e-6);
  });

  test('padding: experts that do not divide D hold whole slices, and the rest starts at zero', () => {
    const specs = dsmoe.parameters(
      { ...dsmoe.defaults(10), nExperts: 4 },
      { width, layers: 1, context: 1, vocabulary: 256 },
    );
    const gate = specs.find(({ name }) => name === 'experts.gate')!;
    expect(gate.shape).toEqual([width, 12]);
    expect(gate.cut).toEqual({ name: 'gate.weight', shape: [width, 10], begin: [0, 0], size: [width, 10] });
    const strict = { ...dsmoe.defaults(10), nExperts: 4, padFfnToMultiple: false };
    const [problem] = dsmoe.check(strict, { width, layers: 1, context: 1, vocabulary: 256 });
    for (const part of ['D = 10', 'n = 4', '8 or 12']) expect(problem!.message).toContain(part);
  });
});

function padColumns(values: Float32Array, from: number, to: number): Float32Array {
  const rows = values.length / from;
  const result = new Float32Array(rows * to);
  for (let row = 0; row < rows; row++) result.set(values.subarray(row * from, (row + 1) * from), row * to);
  return result;
}
