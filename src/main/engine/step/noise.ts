/** The random numbers of `context.uniform`: inputs `uniform:{i}` of a recorded program, made anew for every step. */
import { uniforms } from '../../../shared/random.ts';
import type { Graph, Value } from '../trace/graph.ts';
import type { Draw, NoiseSource } from '../types.ts';

const prefix = 'uniform:';

export const noiseName = (index: number): string => `${prefix}${index}`;

/** Numbers that follow from the seed and the draw alone: exact under pause and resume. */
export function seededNoise(seed: number): NoiseSource {
  return ({ step, microBatch, index }, into) => {
    const next = uniforms(seed, `uniform/${step}/${microBatch}/${index}`);
    // 24 bits each: with more, float32 would now and then round up to 1.
    for (let i = 0; i < into.length; i++) into[i] = Math.floor(next() * 2 ** 24) / 2 ** 24;
  };
}

/** At inference every model draws the same numbers every time, whatever the seed of its run. */
export const inferenceNoise: NoiseSource = seededNoise(0);
export const inferenceDraw: Omit<Draw, 'index'> = { step: 0, microBatch: 0 };

/** The noise inputs of a program, each with the index of its draw. */
export function noiseInputs(graph: Graph): Array<{ readonly value: Value; readonly index: number }> {
  return graph.inputs
    .filter(({ input }) => input!.startsWith(prefix))
    .map((value) => ({ value, index: Number(value.input!.slice(prefix.length)) }));
}
