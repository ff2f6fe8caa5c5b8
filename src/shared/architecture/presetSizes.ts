/** The sizes that presets come in. A preset is a method at a size. */

export interface Size {
  readonly name: string;
  readonly vocabulary: number; // V
  readonly context: number; // T
  readonly width: number; // d
  readonly layers: number; // L
  readonly heads: number; // H
  readonly kvHeads: number; // G
  /** D of the dense model, a multiple of 192: three experts of W = D / 3, which 2, 4, 8, 16 and 32 divide further. */
  readonly ffnWidth: number;
  readonly tied: boolean;
  readonly device: 'cpu' | 'gpu';
  readonly notes: string;
}

const square = (heads: number) => ({ heads, kvHeads: heads });

/** Sizes are named after their dense model's parameters, within 7 %. */
export const sizes: readonly Size[] = [
  {
    name: '0.3m',
    vocabulary: 256,
    context: 128,
    width: 64,
    layers: 5,
    ...square(4),
    ffnWidth: 192,
    tied: true,
    device: 'cpu',
    notes: 'The size of the small-scale reproductions: byte vocabulary, minutes on two CPU cores.',
  },
  {
    name: '1m',
    vocabulary: 1024,
    context: 128,
    width: 128,
    layers: 4,
    ...square(4),
    ffnWidth: 384,
    tied: true,
    device: 'cpu',
    notes: 'A quick first run.',
  },
  {
    name: '2m',
    vocabulary: 1024,
    context: 256,
    width: 192,
    layers: 4,
    ...square(6),
    ffnWidth: 576,
    tied: true,
    device: 'cpu',
    notes: 'A first result on a small corpus in minutes on a CPU.',
  },
  {
    name: '4.5m',
    vocabulary: 2048,
    context: 256,
    width: 256,
    layers: 5,
    heads: 4,
    kvHeads: 2,
    ffnWidth: 768,
    tied: true,
    device: 'cpu',
    notes: 'Grouped-query attention; an evening on a CPU.',
  },
  {
    name: '10m',
    vocabulary: 4096,
    context: 256,
    width: 320,
    layers: 7,
    ...square(5),
    ffnWidth: 960,
    tied: true,
    device: 'cpu',
    notes: 'The largest size that is comfortable on a CPU.',
  },
  {
    name: '30m',
    vocabulary: 8192,
    context: 512,
    width: 512,
    layers: 8,
    ...square(8),
    ffnWidth: 1344,
    tied: true,
    device: 'gpu',
    notes: 'A small GPU model.',
  },
  {
    name: '125m',
    vocabulary: 32_000,
    context: 1024,
    width: 768,
    layers: 14,
    ...square(12),
    ffnWidth: 2112,
    tied: true,
    device: 'gpu',
    notes: 'The size of GPT-2 small, as LLaMA blocks.',
  },
  {
    name: '350m',
    vocabulary: 32_000,
    context: 1024,
    width: 1024,
    layers: 25,
    ...square(16),
    ffnWidth: 2688,
    tied: true,
    device: 'gpu',
    notes: 'The size of GPT-2 medium, as LLaMA blocks.',
  },
];

export const benchmarkSize: Size = {
  name: 'bench',
  vocabulary: 2048,
  context: 256,
  width: 256,
  layers: 4,
  ...square(4),
  ffnWidth: 768,
  tied: false,
  device: 'cpu',
  notes: 'Benchmark model: 8 sequences of 256 tokens a step, untied output matrix (4.46 M parameters dense).',
};
