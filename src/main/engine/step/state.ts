/** Training state as the host knows it (by parameter name) and as graphs know it (by input name). */
import type { ParameterSpec } from '../../../shared/methods/method.ts';
import type { NamedArrays, TrainingState } from '../types.ts';
import { checkedArray } from './arrays.ts';
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
