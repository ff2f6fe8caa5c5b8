import { describe, expect, test } from 'vitest';
import { ffnMethods } from '../methods/ffn/index.ts';
import { parameterSpecs } from '../methods/languageModel.ts';
import { countArchitecture, trainingMemoryBytes } from './counts.ts';
import {
  type Architecture,
  architectureFormat,
  architectureSchema,
  architectureVersion,
} from './document.ts';
import { findPreset, presets } from './presets.ts';

interface Model {
  readonly layers: number;
  readonly width: number;
  readonly ffnWidth: number;
  readonly heads: number;
  readonly kvHeads: number;
  readonly vocabulary: number;
  readonly tied: boolean;
  readonly ffn?: unknown;
}

function model(size: Model): Architecture {
  return architectureSchema.parse({
    format: architectureFormat,
    version: architectureVersion,
    name: 'published',
    vocabulary: size.vocabulary,
    width: size.width,
    context: 2048,
    tieEmbeddings: size.tied,
    blocks: [
      {
        repeat: size.layers,
        attention: {
          kind: 'softmax',
          heads: size.heads,
          kvHeads: size.kvHeads,
          headSize: 2048 === size.width || size.width === 1215 ? 64 : size.width / size.heads,
        },
        ffn: size.ffn ?? { kind: 'dense', width: size.ffnWidth },
      },
    ],
  });
}

const llama1b: Model = {
  layers: 16,
  width: 2048,
  ffnWidth: 8192,
  heads: 32,
  kvHeads: 8,
  vocabulary: 128_256,
  tied: true,
};
const llama7b: Model = {
  layers: 32,
  width: 4096,
  ffnWidth: 11_008,
  heads: 32,
  kvHeads: 32,
  vocabulary: 32_000,
  tied: false,
};
const millions = (count: number) => count / 1e6;

/** Parameters in the FFN matrices alone, as papers count them: no norms, no routers. */
function ffnMatrices(architecture: Architecture): number {
  return parameterSpecs(architecture)
    .filter(({ name }) => /\.ffn\..*(gate|up|down)/.test(name))
    .reduce((sum, { shape }) => sum + shape.reduce((a, b) => a * b, 1), 0);
}

describe('published sizes', () => {
  test('Llama-3.2-1B: 1,235.8 M, of which 805.3 M in the FFN', () => {
    const dense = model(llama1b);
    expect(millions(countArchitecture(dense).parameters.total)).toBeCloseTo(1235.8, 1);
    expect(countArchitecture(dense).parameters.total).toBe(1_235_814_400);
    expect(millions(ffnMatrices(dense))).toBeCloseTo(805.3, 1);
  });

  test('Llama-2-7b: 6,738.4 M, of which 4,328.5 M in the FFN', () => {
    const dense = model(llama7b);
    expect(countArchitecture(dense).parameters.total).toBe(6_738_415_616);
    expect(millions(ffnMatrices(dense))).toBeCloseTo(4328.5, 1);
  });

  test('DSMoE: mean k of 3.03 uses 735 M of 1B, 2.81 uses 3.93 B of 7B; routers add L*d*n', () => {
    const dsmoe = (size: Model) => model({ ...size, ffn: { kind: 'dsmoe', width: size.ffnWidth } });
    const small = countArchitecture(dsmoe(llama1b), { activeExperts: 3.03 }).parameters;
    const large = countArchitecture(dsmoe(llama7b), { activeExperts: 2.81 }).parameters;
    // 735 M is printed; 3.03 is rounded, and our count holds the 0.26 M of routers.
    expect(Math.abs(millions(small.active) - 735)).toBeLessThan(1);
    expect(large.active / 1e9).toBeCloseTo(3.93, 2);
    expect(small.total - countArchitecture(model(llama1b)).parameters.total).toBe(262_144);
    expect(large.total - countArchitecture(model(llama7b)).parameters.total).toBe(1_048_576);
  });

  test('three of eight experts, as LLaMA-MoE: within 2 % of the 736 M and 3.98 B printed', () => {
    const three = (size: Model) =>
      countArchitecture(model({ ...size, ffn: { kind: 'dsmoe', width: size.ffnWidth } }), {
        activeExperts: 3,
      });
    expect(Math.abs(three(llama1b).parameters.active / 736e6 - 1)).toBeLessThan(0.02);
    expect(Math.abs(three(llama7b).parameters.active / 3.98e9 - 1)).toBeLessThan(0.02);
  });

  test('LLM-Pruner channel 1B: 889 M untied, 733 M tied', () => {
    const pruned = { ...llama1b, width: 1215 };
    expect(Math.round(millions(countArchitecture(model({ ...pruned, tied: false })).parameters.total))).toBe(
      889,
    );
    expect(Math.round(millions(countArchitecture(model(pruned)).parameters.total))).toBe(733);
  });

  test('CartesianMoE dense Base and Large: 162.4 M and 468.2 M', () => {
    const base: Model = {
      layers: 12,
      width: 768,
      ffnWidth: 3072,
      heads: 12,
      kvHeads: 12,
      vocabulary: 32_000,
      tied: false,
    };
    const large: Model = { ...base, layers: 24, width: 1024, ffnWidth: 4096, heads: 16, kvHeads: 16 };
    expect(millions(countArchitecture(model(base)).parameters.total)).toBeCloseTo(162.4, 1);
    expect(millions(countArchitecture(model(large)).parameters.total)).toBeCloseTo(468.2, 1);
  });
});

describe('counts', () => {
  test.each(presets)('of $name equal the sizes of its parameters', ({ architecture }) => {
    const { parameters } = countArchitecture(architecture);
    const sizes = parameterSpecs(architecture).map(({ shape }) => shape.reduce((a, b) => a * b, 1));
    expect(parameters.total).toBe(sizes.reduce((a, b) => a + b, 0));
    expect(parameters.active).toBeLessThanOrEqual(parameters.total);
    const blocks = parameters.byBlock.reduce((sum, block) => sum + block.parameters, 0);
    expect(blocks + parameters.embedding + parameters.head + architecture.width).toBe(parameters.total);
  });

  test('FLOPs of a dense model follow 2 P + 4 L T d forward, three times that in training', () => {
    const { architecture } = findPreset('bench-dense')!;
    const { flopsPerToken, parameters } = countArchitecture(architecture);
    const norms = architecture.width * (2 * 4 + 1);
    const matrices = parameters.total - norms - parameters.embedding;
    expect(flopsPerToken.forward).toBe(2 * matrices + 4 * 4 * 256 * 256);
    expect(flopsPerToken.training).toBe(3 * flopsPerToken.forward);
    expect(flopsPerToken.activeForward).toBe(flopsPerToken.forward);
    expect(flopsPerToken.attentionScores).toBe(4 * 4 * 256 * 256);
  });

  test('only attention scores grow with the context', () => {
    const { architecture } = findPreset('dense-2m')!;
    const [short, long] = [128, 1024].map(
      (context) => countArchitecture(architecture, { context }).flopsPerToken,
    );
    expect(long!.forward - short!.forward).toBe(long!.attentionScores - short!.attentionScores);
    expect(long!.attentionScores).toBe(8 * short!.attentionScores);
  });

  test('the KV cache holds keys and values of the key/value heads, 4 bytes a number', () => {
    expect(countArchitecture(model(llama1b)).kvCacheBytesPerToken).toBe(16 * 2 * 8 * 64 * 4);
    expect(countArchitecture(findPreset('bench-dense')!.architecture).kvCacheBytesPerToken).toBe(8192);
  });

  test('expected open experts at initialisation: half at tau 0.5, all at 0, fewer above', () => {
    const active = (tau: number) => {
      const ffn = { ...ffnMethods.find(({ kind }) => kind === 'dsmoe')!.defaults(768), tau };
      const { parameters } = countArchitecture(
        model({ ...llama7b, width: 256, heads: 4, kvHeads: 4, layers: 1, ffnWidth: 768, ffn }),
      );
      return (parameters.active - (parameters.total - 3 * 256 * 768)) / (3 * 256 * 768);
    };
    expect(active(0.5)).toBe(0.5);
    expect(active(0)).toBe(1);
    // std of a logit is 0.02 * sqrt(256) = 0.32, so tau = sigmoid(0.32) is one deviation up.
    expect(active(1 / (1 + Math.exp(-0.32)))).toBeCloseTo(0.158655, 4);
  });

  test('training memory is near the peaks measured on the CPU (resident GB, ONNX Runtime 1.30, 2 threads)', () => {
    const measured: [string, number, number][] = [
      ['bench-dense', 2, 0.48],
      ['bench-dense', 8, 0.93],
      ['bench-dense', 16, 1.4],
      ['bench-finedeep', 8, 1.02],
      ['dense-2m', 16, 1.12],
      ['dense-10m', 4, 1.09],
      ['dense-30m', 1, 1.65],
    ];
    for (const [name, batch, gigabytes] of measured) {
      const estimate = trainingMemoryBytes(findPreset(name)!.architecture, batch) / 1e9;
      expect(Math.abs(estimate / gigabytes - 1), `${name}, batch ${batch}: ${estimate}`).toBeLessThan(0.17);
    }
  });
});

test('presets of one row match in total parameters within 1 %, at about their name, and are valid', () => {
  const named: Record<string, number> = {
    '0.3m': 0.28,
    '1m': 1,
    '2m': 2,
    '4.5m': 4.5,
    '10m': 10,
    '30m': 30,
    '125m': 125,
    '350m': 350,
    bench: 4.46,
  };
  for (const { name, size, architecture } of presets) {
    const total = millions(countArchitecture(architecture).parameters.total);
    expect(Math.abs(total / named[size]! - 1), name).toBeLessThan(0.03);
    const base = presets.find((preset) => preset.size === size)!;
    const reference = countArchitecture(base.architecture).parameters.total;
    expect(Math.abs((total * 1e6) / reference - 1), name).toBeLessThan(0.01);
  }
  expect(new Set(presets.map(({ name }) => name)).size).toBe(presets.length);
});
