/** For tests: a small training state whose every number depends on its step, and the documents around it. */
import { testArchitecture, testConfiguration } from '../../store/testSupport.ts';
import type { CheckpointContent } from './format.ts';

const shapes = new Map<string, readonly number[]>([
  ['embedding.weight', [64, 8]],
  ['blocks.0.ffn.gate.weight', [8, 16]],
  ['norm.gain', [8]],
]);

const bufferShapes = new Map<string, readonly number[]>([['blocks.0.ffn.visible', [64, 4]]]);

const fill = (length: number, seed: number) =>
  Float32Array.from({ length }, (_, index) => Math.sin(index * 12.9898 + seed) * 43.5);

/** `size` is the width of one extra parameter, for tests that need bulk: bytes are 12 * size in all. */
export function checkpointContent(step: number, size = 0): CheckpointContent {
  const all = size === 0 ? shapes : new Map([...shapes, ['bulk', [size]]]);
  const arrays = (seed: number, of = all) =>
    new Map(
      [...of].map(([name, shape]) => [
        name,
        fill(
          shape.reduce((a, b) => a * b, 1),
          step + seed,
        ),
      ]),
    );
  return {
    state: { parameters: arrays(0.1), firstMoments: arrays(0.2), secondMoments: arrays(0.3), step },
    shapes: new Map([...all, ...bufferShapes]),
    buffers: arrays(0.4, bufferShapes),
    architecture: testArchitecture,
    record: {
      run: 'rtest1',
      configuration: testConfiguration,
      seed: 7,
      randomState: { words: [step, 2, 3] },
      dataPosition: { epoch: 0, batch: step },
      tokensSeen: step * 96,
      flops: step * 1e9,
      seconds: step * 0.5,
      tokenizerHash: 'abc',
      loss: 3.25,
    },
    tokenizer: '{"model":{"type":"BPE"}}',
  };
}
