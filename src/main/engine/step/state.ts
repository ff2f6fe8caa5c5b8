/** Training state as the host knows it (by parameter name) and as graphs know it (by input name). */
import { FinegrainError } from '../../../shared/errors.ts';
import type { ParameterSpec } from '../../../shared/methods/method.ts';
import { sizeOf } from '../trace/graph.ts';
import type { NamedArrays, TrainingState } from '../types.ts';
import { names } from './record.ts';

const parts = [
  ['parameters', names.parameter],
  ['firstMoments', names.firstMoment],
  ['secondMoments', names.secondMoment],
] as const;

/** Weights, first and second moments of every parameter, by graph input name. */
export function stateEntries(
  specs: readonly ParameterSpec[],
): Array<{ name: string; shape: readonly number[] }> {
  return specs.flatMap(({ name, shape }) => parts.map(([, naming]) => ({ name: naming(name), shape })));
}

/** The array of parameter `spec`, once it is known to be there with the right size. Throws `checkpoint.damaged`. */
export function checkedArray(arrays: NamedArrays, { name, shape }: ParameterSpec): Float32Array {
  const values = arrays.get(name);
  if (values?.length !== sizeOf(shape)) {
    const found = values === undefined ? 'is missing' : `has ${values.length} values`;
    throw new FinegrainError(
      'checkpoint.damaged',
      `Tensor "${name}" ${found}; the document asks for shape [${shape.join(', ')}].`,
      'The weights belong to another architecture document: use the document saved beside them.',
    );
  }
  return values;
}

/** Moments that are missing altogether start at zero, as at step 0. */
export function toGraphState(
  state: TrainingState,
  specs: readonly ParameterSpec[],
): Map<string, Float32Array> {
  const result = new Map<string, Float32Array>();
  for (const [part, naming] of parts) {
    if (part !== 'parameters' && state[part].size === 0) continue;
    for (const spec of specs) result.set(naming(spec.name), checkedArray(state[part], spec));
  }
  return result;
}

export function fromGraphState(
  arrays: ReadonlyMap<string, Float32Array>,
  specs: readonly ParameterSpec[],
  step: number,
): TrainingState {
  const [parameters, firstMoments, secondMoments] = parts.map(
    ([, naming]) => new Map(specs.map(({ name }) => [name, arrays.get(naming(name))!])),
  ) as [NamedArrays, NamedArrays, NamedArrays];
  return { parameters, firstMoments, secondMoments, step };
}
