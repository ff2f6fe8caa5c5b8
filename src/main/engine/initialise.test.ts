import { describe, expect, test } from 'vitest';
import { architectureSchema } from '../../shared/architecture/document.ts';
import { initialParameters } from './initialise.ts';
import { smallArchitecture } from './testing.ts';

describe('initial weights', () => {
  test('are the same for a seed, and others for another seed', () => {
    const architecture = smallArchitecture('dense');
    expect(initialParameters(architecture, 5)).toEqual(initialParameters(architecture, 5));
    const [a, b] = [initialParameters(architecture, 5), initialParameters(architecture, 6)];
    expect(a.get('embedding.weight')).not.toEqual(b.get('embedding.weight'));
    expect(initialParameters(architecture, 2 ** 40)).not.toEqual(initialParameters(architecture, 0));
  });

  test('of equal parameters are equal in different architectures', () => {
    const [dense, finedeep] = ['dense', 'finedeep'].map((ffn) =>
      initialParameters(smallArchitecture(ffn), 1),
    ) as [Map<string, Float32Array>, Map<string, Float32Array>];
    for (const name of ['embedding.weight', 'head.weight', 'blocks.1.attention.query.weight']) {
      expect(finedeep.get(name)).toEqual(dense.get(name));
    }
    expect(dense.get('blocks.0.attention.query.weight')).not.toEqual(
      dense.get('blocks.1.attention.query.weight'),
    );
  });

  test('have the deviation of the document, mean 0, and residual matrices less by sqrt(2 L)', () => {
    const architecture = architectureSchema.parse({ ...smallArchitecture('dense'), vocabulary: 4000 });
    const parameters = initialParameters(architecture, 3);
    const moments = (values: Float32Array) => {
      const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
      const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
      return { mean, deviation: Math.sqrt(variance) };
    };
    const embedding = moments(parameters.get('embedding.weight')!);
    expect(embedding.deviation).toBeCloseTo(0.02, 3);
    expect(Math.abs(embedding.mean)).toBeLessThan(4 * (0.02 / Math.sqrt(64_000)));
    expect(moments(parameters.get('blocks.0.ffn.down.weight')!).deviation / (0.02 / 2)).toBeCloseTo(1, 0);
    expect(new Set(parameters.get('norm.gain'))).toEqual(new Set([1]));
  });

  test('of experts cut from a dense matrix are its slices', () => {
    const base = smallArchitecture('finedeep');
    const ffn = { ...base.blocks[0]!.ffn, initFrom: 'densePartition' };
    const cut = architectureSchema.parse({ ...base, blocks: [{ ...base.blocks[0], ffn }] });
    const [experts, dense] = [initialParameters(cut, 1), initialParameters(smallArchitecture('dense'), 1)];
    // Sub-layer 1 of 2 owns columns 12..23 of gate [16, 24] and rows 12..23 of down [24, 16].
    const gate = dense.get('blocks.0.ffn.gate.weight')!;
    const columns = Float32Array.from(
      { length: 16 * 12 },
      (_, i) => gate[Math.floor(i / 12) * 24 + 12 + (i % 12)]!,
    );
    expect(experts.get('blocks.0.ffn.layers.1.experts.gate')).toEqual(columns);
    expect(experts.get('blocks.0.ffn.layers.1.experts.down')).toEqual(
      dense.get('blocks.0.ffn.down.weight')!.slice(12 * 16),
    );
  });
});
