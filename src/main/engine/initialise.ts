/**
 * Initial weights: seeded and deterministic. Every parameter draws from a stream of its own, seeded by (seed, name), so
 * equal parameters of different architectures start equal, whatever else the documents hold. A parameter that is cut
 * from another draw (experts from a dense matrix) takes its slice of that draw.
 */
import type { Architecture } from '../../shared/architecture/document.ts';
import { initialDeviation, parameterSpecs } from '../../shared/methods/languageModel.ts';
import type { ParameterSpec } from '../../shared/methods/method.ts';
import { sizeOf } from './trace/graph.ts';
import type { NamedArrays } from './types.ts';

/** FNV-1a over UTF-16 code units, 32 bits. */
function hash(text: string, start = 0x811c9dc5): number {
  let value = start;
  for (let i = 0; i < text.length; i++) value = Math.imul(value ^ text.charCodeAt(i), 0x01000193);
  return value >>> 0;
}

/** sfc32 (Chris Doty-Humphrey, PractRand): 128 bits of state, passes BigCrush; uniform in [0, 1) with 32 bits. */
function uniforms(seed: number, name: string): () => number {
  let [a, b, c, counter] = [seed >>> 0, hash(name), hash(name, Math.floor(seed / 2 ** 32) ^ 0x9e3779b9), 1];
  const next = (): number => {
    const result = (((a + b) | 0) + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (c << 21) | (c >>> 11);
    c = (c + result) | 0;
    return (result >>> 0) / 2 ** 32;
  };
  for (let i = 0; i < 15; i++) next(); // mixes the seed through the state
  return next;
}

/** `count` draws of N(0, deviation^2) by Box and Muller's polar-free form. */
function normals(count: number, deviation: number, seed: number, name: string): Float32Array {
  const uniform = uniforms(seed, name);
  const values = new Float32Array(count + (count % 2));
  for (let i = 0; i < values.length; i += 2) {
    const radius = deviation * Math.sqrt(-2 * Math.log(1 - uniform()));
    const angle = 2 * Math.PI * uniform();
    values[i] = radius * Math.cos(angle);
    values[i + 1] = radius * Math.sin(angle);
  }
  return values.subarray(0, count).slice();
}

/** The part of a row-major matrix that `cut` names, put into the top left corner of a matrix of zeros. */
function cutOut(source: Float32Array, spec: ParameterSpec): Float32Array {
  const { begin, size, shape } = spec.cut!;
  const [rows, columns] = size as [number, number];
  const result = new Float32Array(sizeOf(spec.shape));
  for (let row = 0; row < rows; row++) {
    const from = (begin[0]! + row) * shape[1]! + begin[1]!;
    result.set(source.subarray(from, from + columns), row * spec.shape[1]!);
  }
  return result;
}

/** Initial weights of a document under a seed, by stored name. */
export function initialParameters(architecture: Architecture, seed: number): NamedArrays {
  const draws = new Map<string, Float32Array>();
  const draw = (name: string, count: number, deviation: number): Float32Array => {
    const known = draws.get(name) ?? normals(count, deviation, seed, name);
    draws.set(name, known);
    return known;
  };
  const parameters: NamedArrays = new Map();
  for (const spec of parameterSpecs(architecture)) {
    const deviation = initialDeviation(architecture, spec.initialiser);
    if (deviation === null) {
      parameters.set(
        spec.name,
        new Float32Array(sizeOf(spec.shape)).fill(spec.initialiser.kind === 'ones' ? 1 : 0),
      );
    } else if (spec.cut) {
      parameters.set(spec.name, cutOut(draw(spec.cut.name, sizeOf(spec.cut.shape), deviation), spec));
    } else {
      parameters.set(spec.name, normals(sizeOf(spec.shape), deviation, seed, spec.name));
    }
  }
  return parameters;
}
