/**
 * Architectures to start from: every registered FFN method at every size of the table, so that one row compares methods
 * at the same total size (routers and extra norms, below 1 %, aside). `bench-*` are the models of the benchmark.
 */

import type { Ffn, FfnKind } from '../methods/ffn/index.ts';
import { ffnMethods } from '../methods/ffn/index.ts';
import { type Architecture, architectureFormat, architectureVersion } from './document.ts';
import { parseArchitecture } from './parse.ts';

interface Size {
  readonly name: string;
  readonly vocabulary: number;
  readonly context: number;
  readonly width: number;
  readonly layers: number;
  readonly heads: number;
  readonly kvHeads: number;
  readonly ffnWidth: number;
  readonly tied: boolean;
  readonly device: 'cpu' | 'gpu';
  readonly notes: string;
}

/** FFN widths are multiples of 64 that 2, 4 and 8 divide, so that every usual expert layout fits. */
const sizes: readonly Size[] = [
  {
    name: '0.3m',
    vocabulary: 256,
    context: 128,
    width: 64,
    layers: 4,
    heads: 4,
    kvHeads: 4,
    ffnWidth: 256,
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
    heads: 4,
    kvHeads: 4,
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
    heads: 6,
    kvHeads: 6,
    ffnWidth: 512,
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
    heads: 5,
    kvHeads: 5,
    ffnWidth: 896,
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
    heads: 8,
    kvHeads: 8,
    ffnWidth: 1408,
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
    heads: 12,
    kvHeads: 12,
    ffnWidth: 2048,
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
    heads: 16,
    kvHeads: 16,
    ffnWidth: 2816,
    tied: true,
    device: 'gpu',
    notes: 'The size of GPT-2 medium, as LLaMA blocks.',
  },
];

const benchmark: Omit<Size, 'name' | 'device'> = {
  vocabulary: 2048,
  context: 256,
  width: 256,
  layers: 4,
  heads: 4,
  kvHeads: 4,
  ffnWidth: 768,
  tied: false,
  notes: 'Benchmark model: 8 sequences of 256 tokens a step, untied output matrix (4.46 M parameters dense).',
};

export interface Preset {
  readonly name: string; // e.g. `finedeep-2m`
  readonly kind: FfnKind;
  readonly size: string; // e.g. `2m`, or `bench`
  readonly device: 'cpu' | 'gpu';
  readonly architecture: Architecture;
}

/** A stack of equal blocks of one size around the given FFN. */
function build(name: string, size: Omit<Size, 'name' | 'device'>, ffn: Ffn): Architecture {
  return parseArchitecture({
    format: architectureFormat,
    version: architectureVersion,
    name,
    notes: size.notes,
    vocabulary: size.vocabulary,
    width: size.width,
    context: size.context,
    tieEmbeddings: size.tied,
    blocks: [
      {
        repeat: size.layers,
        attention: {
          kind: 'softmax',
          heads: size.heads,
          kvHeads: size.kvHeads,
          headSize: size.width / size.heads,
        },
        ffn,
      },
    ],
  });
}

/** All presets, by size then method; the benchmark models last. */
export const presets: readonly Preset[] = [
  ...sizes.flatMap((size) =>
    ffnMethods.map((method): Preset => {
      const name = `${method.kind}-${size.name}`;
      const architecture = build(name, size, method.defaults(size.ffnWidth));
      return { name, kind: method.kind, size: size.name, device: size.device, architecture };
    }),
  ),
  ...ffnMethods.map((method): Preset => {
    const name = `bench-${method.kind}`;
    const architecture = build(name, benchmark, method.defaults(benchmark.ffnWidth));
    return { name, kind: method.kind, size: 'bench', device: 'cpu', architecture };
  }),
];

/** The preset of this name, or undefined. */
export function findPreset(name: string): Preset | undefined {
  return presets.find((preset) => preset.name === name);
}
