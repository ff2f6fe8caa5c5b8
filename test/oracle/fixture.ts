/** Reads the PyTorch fixtures of make_fixtures.py and compares against them. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import type { Batch, NamedArrays, NoiseSource } from '../../src/main/engine/types.ts';
import type { Architecture } from '../../src/shared/architecture/document.ts';
import { parseArchitecture } from '../../src/shared/architecture/parse.ts';
import { bufferSpecs, parameterSpecs } from '../../src/shared/methods/languageModel.ts';
import { maximumLikelihood, type Objective } from '../../src/shared/methods/objective.ts';
import { mask, noise, tokens, weights } from './recipe.ts';

const folder = join(import.meta.dirname, 'fixtures');

interface Metadata {
  readonly architecture: unknown;
  readonly seed: string;
  readonly batch: number;
  /** Whether some positions do not count. */
  readonly masked: boolean;
  /** null: plain next-token loss. */
  readonly objective: Objective | null;
  readonly optimiser: {
    readonly beta1: number;
    readonly beta2: number;
    readonly epsilon: number;
    readonly weightDecay: number;
    readonly clip: number;
  };
  readonly learningRates: number[];
  readonly losses: number[];
  readonly objectives: number[];
  readonly totalLosses: number[];
  readonly gradientNorms: number[];
  /** Of the first step. */
  readonly auxiliary: Record<string, number>;
  readonly reports: Record<string, number>;
}

export interface Fixture extends Omit<Metadata, 'architecture' | 'objective'> {
  readonly name: string;
  readonly architecture: Architecture;
  readonly objective: Objective;
  /** Every buffer of the model, filled as PyTorch's. */
  readonly buffers: NamedArrays;
  readonly noise: NoiseSource;
  readonly tensors: ReadonlyMap<string, Float32Array>;
}

export const fixtureNames = readdirSync(folder)
  .filter((name) => name.endsWith('.safetensors'))
  .map((name) => name.slice(0, -'.safetensors'.length))
  .sort();

export function readFixture(name: string): Fixture {
  const bytes = readFileSync(join(folder, `${name}.safetensors`));
  const headerLength = Number(bytes.readBigUInt64LE(0));
  const header = JSON.parse(bytes.toString('utf8', 8, 8 + headerLength)) as Record<string, unknown>;
  const tensors = new Map<string, Float32Array>();
  for (const [key, entry] of Object.entries(header)) {
    if (key === '__metadata__') continue;
    const [begin, end] = (entry as { data_offsets: [number, number] }).data_offsets;
    const start = 8 + headerLength + begin;
    tensors.set(key, new Float32Array(new Uint8Array(bytes.subarray(start, start + end - begin)).buffer));
  }
  const metadata = JSON.parse((header.__metadata__ as { case: string }).case) as Metadata;
  const architecture = parseArchitecture(metadata.architecture);
  return {
    ...metadata,
    name,
    architecture,
    objective: metadata.objective ?? maximumLikelihood,
    tensors,
    buffers: new Map(bufferSpecs(architecture).map(({ name }) => [name, tensors.get(`buffer/${name}`)!])),
    noise: ({ step, index }, into) => into.set(noise(metadata.seed, step, index, into.length)),
  };
}

/** The weights that PyTorch started from. */
export function initialWeights(fixture: Fixture): NamedArrays {
  return new Map(
    parameterSpecs(fixture.architecture).map((spec) => [
      spec.name,
      weights(fixture.seed, spec.name, spec.shape),
    ]),
  );
}

/** Inputs, targets and perhaps mask of optimiser step `step` (from 0). */
export function batchOf(fixture: Fixture, step: number, context = fixture.architecture.context): Batch {
  const { architecture, seed, batch, masked } = fixture;
  const count = batch * context;
  return {
    inputs: tokens(`${seed}/inputs/${step}`, count, architecture.vocabulary),
    targets: tokens(`${seed}/targets/${step}`, count, architecture.vocabulary),
    ...(masked ? { mask: mask(`${seed}/mask/${step}`, count) } : {}),
  };
}

/** The scalars of the first step: losses, auxiliary terms apart, and what layers report. */
export function expectScalars(
  fixture: Fixture,
  actual: {
    readonly loss: number;
    readonly objective: number;
    readonly totalLoss: number;
    readonly auxiliary: Readonly<Record<string, number>>;
    readonly reports: Readonly<Record<string, number>>;
  },
): void {
  expect(actual.loss / fixture.losses[0]!, 'loss').toBeCloseTo(1, 4);
  expect(actual.objective / fixture.objectives[0]!, 'objective').toBeCloseTo(1, 4);
  expect(actual.totalLoss / fixture.totalLosses[0]!, 'total loss').toBeCloseTo(1, 4);
  expect(Object.keys(actual.auxiliary)).toEqual(Object.keys(fixture.auxiliary));
  for (const [key, value] of Object.entries(fixture.auxiliary)) {
    expect(actual.auxiliary[key]! / value, key).toBeCloseTo(1, 4);
  }
  expect(Object.keys(actual.reports)).toEqual(Object.keys(fixture.reports));
  for (const [key, value] of Object.entries(fixture.reports)) {
    expect(actual.reports[key], key).toBeCloseTo(value, 6);
  }
}

export function norm(values: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i]! ** 2;
  return Math.sqrt(sum);
}

/** ||a - b|| / ||b||; 0 when both are exactly zero, infinite when only b is. */
export function relativeDistance(a: ArrayLike<number>, b: ArrayLike<number>): number {
  expect(a.length).toBe(b.length);
  const distance = norm(Array.from(a, (value, index) => value - b[index]!));
  const size = norm(b);
  return distance === 0 ? 0 : distance / size;
}

/**
 * Parameters whose gradient is zero in exact arithmetic but rounding noise in PyTorch (a softmax over scores that are
 * all equal): nothing can match noise, so they are only checked to be small.
 */
export function noiseOnly(fixture: Fixture): Set<string> {
  const limit = 1e-6 * fixture.gradientNorms[0]!;
  const names = parameterSpecs(fixture.architecture).map((spec) => spec.name);
  return new Set(
    names.filter((name) => {
      const size = norm(fixture.tensors.get(`gradient/${name}`)!);
      return size > 0 && size < limit;
    }),
  );
}

/** Every gradient of a fixture within 1e-3 relative norm, and none missing. */
export function expectGradients(fixture: Fixture, gradients: ReadonlyMap<string, ArrayLike<number>>): void {
  const noise = noiseOnly(fixture);
  for (const { name } of parameterSpecs(fixture.architecture)) {
    const actual = gradients.get(name)!;
    const expected = fixture.tensors.get(`gradient/${name}`)!;
    if (noise.has(name)) {
      expect(norm(actual), `gradient of ${name}`).toBeLessThan(1e-6 * fixture.gradientNorms[0]!);
    } else {
      expect(relativeDistance(actual, expected), `gradient of ${name}`).toBeLessThan(1e-3);
    }
  }
}

/** The change of every parameter over the ten AdamW steps within `tolerance` relative norm. */
export function expectAfterTraining(
  fixture: Fixture,
  weights: ReadonlyMap<string, ArrayLike<number>>,
  tolerance: number,
): void {
  const noise = noiseOnly(fixture);
  for (const [name, start] of initialWeights(fixture)) {
    if (noise.has(name)) continue;
    const change = (values: ArrayLike<number>) => Array.from(start, (value, i) => values[i]! - value);
    const expected = change(fixture.tensors.get(`after/${name}`)!);
    const distance = relativeDistance(change(weights.get(name)!), expected);
    expect(distance, `change of ${name}`).toBeLessThan(tolerance);
  }
}
