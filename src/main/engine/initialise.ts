/**
 * Initial weights: seeded and deterministic. Every parameter draws from a stream of its own, seeded by (seed, name), so
 * equal parameters of different architectures start equal, whatever else the documents hold. A parameter that is cut
 * from another draw (experts from a dense matrix) takes its slice of that draw.
 */
import type { Architecture } from '../../shared/architecture/document.ts';
import { initialDeviation, parameterSpecs } from '../../shared/methods/languageModel.ts';
import type { ParameterSpec } from '../../shared/methods/method.ts';
import { uniforms } from '../../shared/random.ts';
import { sizeOf } from './trace/graph.ts';
import type { NamedArrays } from './types.ts';

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

/** The part of a row-major matrix that `cut` names, put into the top left corner of a matrix (of each of a stack) of zeros. */
function cutOut(source: Float32Array, spec: ParameterSpec): Float32Array {
  const { begin, size, shape, stackedAlong } = spec.cut!;
  const [rows, columns] = size as [number, number];
  const [height, width] = spec.shape.slice(-2) as [number, number];
  const result = new Float32Array(sizeOf(spec.shape));
  for (let part = 0; part < result.length / (height * width); part++) {
    const firstRow = begin[0]! + (stackedAlong === 0 ? part * rows : 0);
    const firstColumn = begin[1]! + (stackedAlong === 1 ? part * columns : 0);
    for (let row = 0; row < rows; row++) {
      const from = (firstRow + row) * shape[1]! + firstColumn;
      result.set(source.subarray(from, from + columns), (part * height + row) * width);
    }
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
