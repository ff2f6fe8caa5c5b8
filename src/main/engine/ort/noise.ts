/** Random numbers as feeds of a session. */
import { noiseInputs } from '../step/noise.ts';
import { type Graph, sizeOf } from '../trace/graph.ts';
import type { Draw, NoiseSource } from '../types.ts';
import { type Feeds, floatTensor } from './session.ts';

export type NoiseFeeds = (draw: Omit<Draw, 'index'>) => Feeds;

/** Feeds for the noise inputs of a program. They share memory from call to call: one run at a time. */
export function createNoiseFeeds(graph: Graph, source: NoiseSource): NoiseFeeds {
  const inputs = noiseInputs(graph).map(({ value, index }) => ({
    name: value.input!,
    index,
    shape: value.shape,
    numbers: new Float32Array(sizeOf(value.shape)),
  }));
  return (draw) =>
    Object.fromEntries(
      inputs.map(({ name, index, shape, numbers }) => {
        source({ ...draw, index }, numbers);
        return [name, floatTensor(numbers, shape)];
      }),
    );
}
