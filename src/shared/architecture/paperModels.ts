/**
 * The models of the papers at their own sizes, for counting and for export; far too large for a CPU. Dimensions as the
 * papers print them; the number of layers and experts of CartesianMoE follow from its printed totals [derived], as do
 * vocabulary 32,000 and untied matrices.
 */
import type { Ffn } from '../methods/ffn/index.ts';
import { architectureFormat, architectureVersion, type Block } from './document.ts';
import { lazyPreset, type Preset, type Published } from './preset.ts';

interface Model {
  readonly method: string;
  readonly size: string;
  readonly label: string;
  readonly notes: string;
  readonly published: Published;
  readonly document: Readonly<Record<string, unknown>>;
  readonly kind: Ffn['kind'];
}

interface CartesianSize {
  readonly name: 'base' | 'large';
  readonly width: number;
  readonly layers: number;
  readonly heads: number;
  readonly ffnWidth: number; // D
}

const cartesianSizes: readonly CartesianSize[] = [
  { name: 'base', width: 768, layers: 12, heads: 12, ffnWidth: 3072 },
  { name: 'large', width: 1024, layers: 24, heads: 16, ffnWidth: 4096 },
];

interface CartesianRow {
  readonly method: string;
  readonly label: string;
  /** Printed total and active parameters at Base and Large. */
  readonly base: readonly [total: number, active: number];
  readonly large: readonly [total: number, active: number];
  /** D of the dense layers as a multiple of the size's D. */
  readonly wider?: number;
  readonly activeExperts?: number;
  readonly deviation?: string;
  readonly ffn: (D: number) => Readonly<Record<string, unknown>> & { readonly kind: Ffn['kind'] };
}

const moe = [842e6, 247e6] as const;
const largeMoe = [2.88e9, 770e6] as const;

/** Table 1 of CartesianMoE: 16 full-size routed experts' worth and one shared, three of them active, in every second layer. */
const cartesianRows: readonly CartesianRow[] = [
  {
    method: 'dense',
    label: 'Dense',
    base: [162e6, 162e6],
    large: [468e6, 468e6],
    ffn: (D) => ({ kind: 'dense', width: D }),
  },
  {
    method: 'smoe-share',
    label: 'SMoE-Share',
    base: moe,
    large: largeMoe,
    ffn: (D) => ({ kind: 'moe', nExperts: 16, topK: 2, expertWidth: D, sharedWidth: D }),
  },
  {
    method: 'smoe-top3',
    label: 'SMoE-Top3',
    base: [842e6, 258e6],
    large: [2.88e9, 808e6],
    wider: 17 / 16,
    deviation:
      'The printed active parameters fit if the dense layers are wider too; the total is then 0.3 % above the printed one.',
    ffn: (D) => ({ kind: 'moe', nExperts: 16, topK: 3, expertWidth: (17 * D) / 16, sharedWidth: 0 }),
  },
  {
    method: 'hash',
    label: 'Hash Layer',
    base: moe,
    large: largeMoe,
    ffn: (D) => ({ kind: 'hash', nExperts: 16, topK: 2, expertWidth: D, sharedWidth: D }),
  },
  {
    method: 'fine-grained',
    label: 'Fine-grained',
    base: moe,
    large: largeMoe,
    ffn: (D) => ({ kind: 'moe', nExperts: 32, topK: 4, expertWidth: D / 2, sharedWidth: D }),
  },
  {
    method: 'topp',
    label: 'TopP',
    base: moe,
    large: largeMoe,
    activeExperts: 2, // what the printed active parameters amount to
    ffn: (D) => ({ kind: 'topp', nExperts: 16, topP: 0.4, expertWidth: D, sharedWidth: D }),
  },
  {
    method: 'cartesianmoe',
    label: 'CartesianMoE',
    base: moe,
    large: largeMoe,
    ffn: (D) => ({ kind: 'cartesianmoe', nSubExperts: 16, topKPerSublayer: 2, subExpertWidth: D / 2 }),
  },
];

function cartesianModel(row: CartesianRow, size: CartesianSize): Model {
  const { name, width, layers, heads, ffnWidth } = size;
  const [parameters, activeParameters] = row[name];
  const attention = {
    kind: 'softmax',
    heads,
    kvHeads: heads,
    headSize: width / heads,
    position: { kind: 'rope' },
  };
  const dense = { kind: 'dense', width: ffnWidth * (row.wider ?? 1) };
  const ffn = row.ffn(ffnWidth);
  const pair = [
    { attention, ffn: dense },
    { attention, ffn },
  ];
  return {
    method: row.method,
    size: name,
    label: `${row.label}, CartesianMoE paper`,
    kind: ffn.kind,
    notes:
      'Model of the CartesianMoE paper; layers, experts and vocabulary derived from the printed parameter totals.',
    published: {
      parameters,
      activeParameters,
      source: 'arXiv 2410.16077, Table 1',
      activeExperts: row.activeExperts ?? null,
      deviation: row.deviation ?? null,
    },
    document: {
      vocabulary: 32_000,
      width,
      context: 1024,
      tieEmbeddings: false,
      // A stand-in: the paper's initialisation is unknown; this is the first author's earlier recipe.
      initialisation: { std: 0.01, residual: 'none' },
      blocks:
        row.method === 'dense'
          ? [{ repeat: layers, attention, ffn }]
          : Array.from({ length: layers / 2 }, () => pair).flat(),
    },
  };
}

interface LlamaSize {
  readonly name: string;
  readonly label: string;
  readonly document: Readonly<Record<string, unknown>>;
  readonly layers: number;
  readonly attention: Block['attention'] | Readonly<Record<string, unknown>>;
  readonly ffnWidth: number;
  readonly total: number;
  readonly dsmoe: { readonly active: number; readonly activeExperts: number };
  readonly llamamoe: { readonly active: number; readonly deviation: string };
}

const llamaSizes: readonly LlamaSize[] = [
  {
    name: 'llama-3.2-1b',
    label: 'Llama-3.2-1B',
    document: { vocabulary: 128_256, width: 2048, context: 1024, tieEmbeddings: true },
    layers: 16,
    attention: {
      kind: 'softmax',
      heads: 32,
      kvHeads: 8,
      headSize: 64,
      position: { kind: 'rope', base: 500_000 },
    },
    ffnWidth: 8192,
    total: 1.24e9,
    dsmoe: { active: 735e6, activeExperts: 3.03 },
    llamamoe: { active: 736e6, deviation: '3/8 of the FFN make 732 M; the paper prints 736 M.' },
  },
  {
    name: 'llama-2-7b',
    label: 'Llama-2-7b',
    document: { vocabulary: 32_000, width: 4096, context: 1024, tieEmbeddings: false },
    layers: 32,
    attention: { kind: 'softmax', heads: 32, kvHeads: 32, headSize: 128, position: { kind: 'rope' } },
    ffnWidth: 11_008,
    total: 6.74e9,
    dsmoe: { active: 3.93e9, activeExperts: 2.81 },
    llamamoe: { active: 3.98e9, deviation: '3/8 of the FFN make 4.03 G; the paper prints 3.98 B.' },
  },
];

/** Table 1 of DSMoE: the dense model, its DSMoE form at the measured mean of active experts, and LLaMA-MoE's top-3. */
function dsmoeModels(size: LlamaSize): Model[] {
  const { ffnWidth: D, total } = size;
  const source = 'arXiv 2502.12455, Table 1';
  const row = (
    method: string,
    label: string,
    ffn: Readonly<Record<string, unknown>> & { readonly kind: Ffn['kind'] },
    published: Omit<Published, 'parameters' | 'source'>,
  ): Model => ({
    method,
    size: size.name,
    label: `${label}, DSMoE paper`,
    kind: ffn.kind,
    notes: `Model of the DSMoE paper, of the size of ${size.label}.`,
    published: { parameters: total, source, ...published },
    document: { ...size.document, blocks: [{ repeat: size.layers, attention: size.attention, ffn }] },
  });
  return [
    row(
      'dense',
      size.label,
      { kind: 'dense', width: D },
      { activeParameters: total, activeExperts: null, deviation: null },
    ),
    row(
      'dsmoe',
      'DSMoE',
      { kind: 'dsmoe', width: D },
      {
        activeParameters: size.dsmoe.active,
        activeExperts: size.dsmoe.activeExperts,
        deviation: null,
      },
    ),
    row(
      'llamamoe',
      'LLaMA-MoE',
      { kind: 'llamamoe', width: D, nExperts: 8, topK: 3 },
      { activeParameters: size.llamamoe.active, activeExperts: null, deviation: size.llamamoe.deviation },
    ),
  ];
}

const models: readonly Model[] = [
  ...cartesianSizes.flatMap((size) => cartesianRows.map((row) => cartesianModel(row, size))),
  ...llamaSizes.flatMap(dsmoeModels),
];

export const paperModels: readonly Preset[] = models.map(
  ({ method, size, label, notes, published, document, kind }) => {
    const name = `${method}-${size}`;
    return lazyPreset({ name, method, label, group: 'paper', kind, size, device: 'gpu', published }, () => ({
      format: architectureFormat,
      version: architectureVersion,
      name,
      notes,
      ...document,
    }));
  },
);
