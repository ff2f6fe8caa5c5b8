import { describe, expect, test } from 'vitest';
import { parameterSpecs } from '../methods/languageModel.ts';
import { countArchitecture, trainingMemoryBytes } from './counts.ts';
import { type Architecture, architectureSchema } from './document.ts';
import { setField } from './edits.ts';
import { findPreset, presets } from './presets.ts';

const millions = (count: number) => count / 1e6;
const of = (name: string) => findPreset(name)!.architecture;

/** A document with changes to one block, parsed. */
function changed(architecture: Architecture, changes: Partial<Architecture>): Architecture {
  return architectureSchema.parse({ ...architecture, ...changes });
}

/** Parameters in the FFN matrices alone, as papers count them: no norms, no routers. */
function ffnMatrices(architecture: Architecture): number {
  return parameterSpecs(architecture)
    .filter(({ name }) => /\.ffn\..*(gate|up|down)/.test(name))
    .reduce((sum, { shape }) => sum + shape.reduce((a, b) => a * b, 1), 0);
}

/** Total and active parameters without norm gains, as the papers count, and without routers where `routers` is false. */
function counted(name: string, routers: boolean): { total: number; active: number } {
  const { published, architecture } = findPreset(name)!;
  const assumed = published?.activeExperts ? { activeExperts: published.activeExperts } : {};
  const { parameters } = countArchitecture(architecture, assumed);
  const aside = parameters.norms + (routers ? 0 : parameters.routers);
  return { total: parameters.total - aside, active: parameters.active - aside };
}

/** Half of the last digit that is printed: 842e6 is printed as 842M, 2.88e9 as 2.88B. */
function printedTo(value: number): number {
  return value >= 1e9 ? 0.005e9 : 0.5e6;
}

describe('published sizes', () => {
  test('Llama-3.2-1B: 1,235.8 M, of which 805.3 M in the FFN', () => {
    const dense = of('dense-llama-3.2-1b');
    expect(countArchitecture(dense).parameters.total).toBe(1_235_814_400);
    expect(millions(ffnMatrices(dense))).toBeCloseTo(805.3, 1);
  });

  test('Llama-2-7b: 6,738.4 M, of which 4,328.5 M in the FFN', () => {
    const dense = of('dense-llama-2-7b');
    expect(countArchitecture(dense).parameters.total).toBe(6_738_415_616);
    expect(millions(ffnMatrices(dense))).toBeCloseTo(4328.5, 1);
  });

  test('DSMoE: mean k of 3.03 uses 735 M of 1B, 2.81 uses 3.93 B of 7B; routers add L*d*n', () => {
    for (const [size, routers, printed] of [
      ['llama-3.2-1b', 262_144, 735e6],
      ['llama-2-7b', 1_048_576, 3.93e9],
    ] as const) {
      const dsmoe = findPreset(`dsmoe-${size}`)!;
      const dense = countArchitecture(of(`dense-${size}`)).parameters.total;
      expect(countArchitecture(dsmoe.architecture).parameters.total - dense).toBe(routers);
      // The paper's own counter: everything outside the FFN, and k / n of the FFN. No routers.
      const { active } = counted(dsmoe.name, false);
      expect(Math.abs(active - printed)).toBeLessThan(printedTo(printed));
    }
  });

  test('a measured mean of active experts may differ by layer', () => {
    const { architecture } = findPreset('dsmoe-llama-3.2-1b')!;
    const active = (activeExperts: number | number[]) =>
      countArchitecture(architecture, { activeExperts }).parameters.active;
    const byLayer = Array.from({ length: 16 }, (_, layer) => (layer % 2 === 0 ? 2 : 4));
    expect(active(byLayer)).toBe(active(3));
    expect(active(8)).toBe(countArchitecture(architecture).parameters.total);
  });

  test('LLaMA-MoE, three of eight experts: within 2 % of the 736 M and 3.98 B printed', () => {
    const one = counted('llamamoe-llama-3.2-1b', false).active;
    const seven = counted('llamamoe-llama-2-7b', false).active;
    expect(Math.abs(one / 736e6 - 1)).toBeLessThan(0.02);
    expect(Math.abs(seven / 3.98e9 - 1)).toBeLessThan(0.02);
    expect(millions(one)).toBeCloseTo(732.4, 1);
    expect(seven / 1e9).toBeCloseTo(4.03, 2);
  });

  test('LLM-Pruner channel 1B: 889 M untied, 733 M tied', () => {
    // Width 1215 is no multiple of a head size, so this is no document that could be trained.
    const pruned = changed(of('dense-llama-3.2-1b'), { width: 1215 });
    expect(Math.round(millions(countArchitecture(pruned).parameters.total))).toBe(733);
    const untied = changed(pruned, { tieEmbeddings: false });
    expect(Math.round(millions(countArchitecture(untied).parameters.total))).toBe(889);
  });

  test.each([
    ['dense-base', 162.4, 162.4],
    ['dense-large', 468.2, 468.2],
    ['smoe-share-base', 841.9, 247.4],
    ['smoe-share-large', 2884, 770.4],
    ['hash-base', 841.9, 247.4],
    ['hash-large', 2884, 770.4],
    ['fine-grained-base', 841.9, 247.4],
    ['fine-grained-large', 2884, 770.4],
    ['topp-base', 841.9, 247.4],
    ['topp-large', 2884, 770.4],
    ['cartesianmoe-base', 841.9, 247.4],
    ['cartesianmoe-large', 2884, 770.4],
    ['smoe-top3-base', 844.5, 258],
    ['smoe-top3-large', 2893.7, 808],
  ])('CartesianMoE, %s: %f M in total, %f M active, within 0.1 %%', (name, total, active) => {
    const ours = counted(name, true);
    expect(Math.abs(millions(ours.total) / total - 1)).toBeLessThan(0.001);
    expect(Math.abs(millions(ours.active) / active - 1)).toBeLessThan(0.001);
  });

  test.each(presets.filter(({ published }) => published !== null))(
    '$name has the sizes that its paper prints, or says why not',
    ({ name, published }) => {
      const { parameters, activeParameters, deviation } = published!;
      const ours = counted(name, false);
      const off = [Math.abs(ours.total - parameters), Math.abs(ours.active - activeParameters)] as const;
      if (deviation === null) {
        expect(off[0]).toBeLessThan(printedTo(parameters));
        expect(off[1]).toBeLessThan(printedTo(activeParameters));
      } else {
        expect(off[0] / parameters).toBeLessThan(0.005);
        expect(off[1] / activeParameters).toBeLessThan(0.02);
        expect(off[0] > printedTo(parameters) || off[1] > printedTo(activeParameters)).toBe(true);
      }
    },
  );

  test('CartesianMoE: routers as large as the fine-grained ones, and one more norm gain a layer (invariants 3, 4)', () => {
    const specs = (name: string) => parameterSpecs(of(name));
    const size = (name: string, part: RegExp) =>
      specs(name)
        .filter((spec) => spec.name.startsWith('blocks.1.ffn.') && part.test(spec.name))
        .reduce((sum, { shape }) => sum + shape.reduce((a, b) => a * b, 1), 0);
    for (const scale of ['base', 'large']) {
      const d = of(`dense-${scale}`).width;
      const [cartesian, fine] = [`cartesianmoe-${scale}`, `fine-grained-${scale}`];
      expect(size(cartesian, /router/)).toBe(size(fine, /router/));
      expect(size(cartesian, /experts|shared/)).toBe(size(fine, /experts|shared/));
      expect(size(cartesian, /norm/)).toBe(size(fine, /norm/) + d);
      // Active width 3 D: what is left of a routed layer's active parameters without routers, norms and attention.
      for (const name of [cartesian, fine, `smoe-share-${scale}`]) {
        const block = countArchitecture(of(name)).parameters.byBlock[1]!;
        const inFfn = block.active - block.attention - size(name, /router|norm/);
        expect(inFfn, name).toBe(3 * d * 3 * (scale === 'base' ? 3072 : 4096));
      }
    }
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
    expect(countArchitecture(of('dense-llama-3.2-1b')).kvCacheBytesPerToken).toBe(16 * 2 * 8 * 64 * 4);
    expect(countArchitecture(findPreset('bench-dense')!.architecture).kvCacheBytesPerToken).toBe(8192);
  });

  test('expected open experts at initialisation: half at tau 0.5, all at 0, fewer above', () => {
    const active = (tau: number) => {
      const architecture = setField(of('bench-dsmoe'), 'blocks.0.ffn.tau', tau); // d 256, D 768, 4 layers
      const { total, active } = countArchitecture(architecture).parameters;
      return (active - (total - 4 * 3 * 256 * 768)) / (4 * 3 * 256 * 768);
    };
    expect(active(0.5)).toBe(0.5);
    expect(active(0)).toBe(1);
    // std of a logit is 0.02 * sqrt(256) = 0.32, so tau = sigmoid(0.32) is one deviation up.
    expect(active(1 / (1 + Math.exp(-0.32)))).toBeCloseTo(0.158655, 4);
  });

  test('followers of a superblock drop their share of parameters, scores and KV cache', () => {
    // 8 layers, width 512, 8 heads: layers 4 to 7 are one superblock of a leader and three followers.
    const dense = of('dense-30m');
    const d = dense.width;
    const count = (sharing: Architecture['sharing']) => countArchitecture(changed(dense, { sharing }));
    const superblock = { groupSize: 4, begin: 4, end: 9 };
    const whole = count({ kind: 'none' });
    const bare = count({ kind: 'uniattn', ...superblock, compensation: 'none' });
    const full = count({ kind: 'uniattn', ...superblock, compensation: 'zero' });
    const keyValue = count({ kind: 'crossLayerKv', ...superblock });
    expect(whole.parameters.total - bare.parameters.total).toBe(3 * 2 * d * d); // W_Q and W_K
    expect(full.parameters.total - bare.parameters.total).toBe(3 * d * d); // W_c
    expect(whole.parameters.total - keyValue.parameters.total).toBe(3 * 2 * d * d); // W_K and W_V
    expect(bare.kvCacheBytesPerToken / whole.kvCacheBytesPerToken).toBe(1 - 3 / 16); // no keys
    expect(keyValue.kvCacheBytesPerToken / whole.kvCacheBytesPerToken).toBe(1 - 3 / 8);
    // Q K^T of three of eight layers, half of their score FLOPs, is gone; the projections too.
    const { flopsPerToken } = whole;
    expect(bare.flopsPerToken.attentionScores / flopsPerToken.attentionScores).toBe(1 - 3 / 16);
    expect(keyValue.flopsPerToken.attentionScores).toBe(flopsPerToken.attentionScores);
    expect(
      trainingMemoryBytes(
        changed(dense, { sharing: { kind: 'uniattn', ...superblock, compensation: 'zero' } }),
        4,
      ),
    ).toBeLessThan(trainingMemoryBytes(dense, 4));
  });

  test('training memory is near the peaks measured on the CPU (resident GB, ONNX Runtime 1.30, 2 threads)', () => {
    const measured: [preset: string, batch: number, gigabytes: number, ffnWidth?: number][] = [
      ['bench-dense', 2, 0.48],
      ['bench-dense', 8, 0.93],
      ['bench-dense', 16, 1.4],
      ['bench-finedeep', 8, 1.02],
      ['bench-moe', 8, 2.49],
      ['dense-2m', 16, 1.12, 512],
      ['dense-10m', 4, 1.09, 896],
      ['dense-30m', 1, 1.65, 1408],
    ];
    for (const [name, batch, gigabytes, ffnWidth] of measured) {
      const architecture = ffnWidth ? setField(of(name), 'blocks.0.ffn.width', ffnWidth) : of(name);
      const estimate = trainingMemoryBytes(architecture, batch) / 1e9;
      expect(Math.abs(estimate / gigabytes - 1), `${name}, batch ${batch}: ${estimate}`).toBeLessThan(0.17);
    }
  });
});
