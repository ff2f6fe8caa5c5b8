/** docs/checkpoint.md names every parameter with its shape, initial values and decay, and nothing that does not exist. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { initialParameters } from '../../src/main/engine/index.ts';
import type { Architecture } from '../../src/shared/architecture/document.ts';
import { setField } from '../../src/shared/architecture/edits.ts';
import { parseArchitecture } from '../../src/shared/architecture/parse.ts';
import { findPreset, presets } from '../../src/shared/architecture/presets.ts';
import type { Ffn } from '../../src/shared/methods/ffn/index.ts';
import { bufferSpecs, parameterSpecs } from '../../src/shared/methods/languageModel.ts';

interface Row {
  readonly section: string; // 'Every model', 'Sharing: uniattn', 'FFN: moe, topp', ...
  readonly name: string;
  readonly shape: string[];
  /** How a parameter starts; empty for a buffer. */
  readonly start: string;
  readonly decay: boolean;
}

const text = readFileSync(join(import.meta.dirname, '../../docs/checkpoint.md'), 'utf8');
const rows: Row[] = text.split('\n## ').flatMap((section) =>
  section.split('\n').flatMap((line) => {
    const found = /^\| `(.+?)` \| \[(.+?)\] \|(?: (\w+) \| (yes|no) \|)?$/.exec(line);
    if (found === null) return [];
    const [, name, shape, start = '', decay] = found;
    const title = section.split('\n')[0]!;
    return [{ section: title, name: name!, shape: shape!.split(', '), start, decay: decay === 'yes' }];
  }),
);

/** Whether a section's rows are about models with this FFN kind and this sharing. */
function concerns(section: string, ffn: string, sharing: string): boolean {
  if (section === 'Every model') return true;
  if (section.startsWith('Sharing: ')) return section.slice('Sharing: '.length).split(', ').includes(sharing);
  return section.slice('FFN: '.length).split(', ').includes(ffn);
}

/** Sizes of a document's symbols; documents here have equal blocks. */
function symbols({ vocabulary, width, blocks }: Architecture): Record<string, number> {
  const { attention, ffn } = blocks[0]!;
  return {
    V: vocabulary,
    d: width,
    'H*h': attention.heads * attention.headSize,
    'G*h': attention.kvHeads * attention.headSize,
    ...symbolsOfFfn(ffn),
  };
}

function symbolsOfFfn(ffn: Ffn): Record<string, number> {
  switch (ffn.kind) {
    case 'dense':
      return { D: ffn.width };
    case 'finedeep':
      return { 'D/M': ffn.width / ffn.subLayers, K: ffn.expertsPerSubLayer };
    case 'dsmoe':
      return { n: ffn.nExperts, "D'": Math.ceil(ffn.width / ffn.nExperts) * ffn.nExperts };
    case 'llamamoe':
      return { E: ffn.nExperts, e: ffn.width / ffn.nExperts };
    case 'maskmoe':
      return { E: ffn.nExperts, e: ffn.expertWidth, s: ffn.expertWidth };
    case 'cartesianmoe':
      return { E: ffn.nSubExperts, e: ffn.subExpertWidth };
    default:
      return { E: ffn.nExperts, e: ffn.expertWidth, s: ffn.sharedWidth };
  }
}

const preset = (name: string): Architecture => findPreset(name)!.architecture;
const finedeep = preset('finedeep-0.3m');
const dsmoe = preset('dsmoe-0.3m');
const variants: Architecture[] = [
  ...presets
    .filter(({ size }) => size === '0.3m' || size === 'bench')
    .map(({ architecture }) => architecture),
  setField(finedeep, 'blocks.0.ffn.routerWeight', 'perSubLayerVector'),
  setField(finedeep, 'blocks.0.ffn.routerWeight', 'perSubLayerMatrix'),
  setField(finedeep, 'blocks.0.ffn.normPerSubLayer', false),
  setField(finedeep, 'blocks.0.ffn.gate', 'none'),
  setField(finedeep, 'blocks.0.ffn.initFrom', 'densePartition'),
  setField(dsmoe, 'blocks.0.ffn.nExperts', 7),
  setField(dsmoe, 'blocks.0.attention.kvHeads', 2),
  setField(preset('smoe-share-0.3m'), 'blocks.0.ffn.sharedWidth', 24),
  setField(preset('maskmoe-0.3m'), 'blocks.0.ffn.sharedExpert', false),
  setField(preset('cartesianmoe-0.3m'), 'blocks.0.ffn.sharedExpert', 'none'),
];

test('every parameter and buffer stands in the page with its shape, start and decay; every row is one of some model', () => {
  const used = new Set<Row>();
  for (const architecture of variants.map(parseArchitecture)) {
    const sizes = symbols(architecture);
    const kind = architecture.blocks[0]!.ffn.kind;
    const sharing = architecture.sharing.kind;
    const find = (name: string, shape: readonly number[], start: string): Row => {
      const general = name.replace(/blocks\.\d+/, 'blocks.{i}').replace(/layers\.\d+/, 'layers.{m}');
      const row = rows.find(
        (row) =>
          concerns(row.section, kind, sharing) &&
          row.name === general &&
          row.start === start &&
          row.shape.map((symbol) => sizes[symbol]).join() === shape.join(),
      );
      expect(row, `${kind}, ${sharing}: ${general} [${shape}] ${start}`).toBeDefined();
      used.add(row!);
      return row!;
    };
    for (const { name, shape, initialiser, decay } of parameterSpecs(architecture)) {
      const row = find(name, shape, name.includes('router') ? 'router' : initialiser.kind);
      expect(row.decay, name).toBe(decay);
    }
    for (const { name, shape } of bufferSpecs(architecture)) find(name, shape, '');
  }
  expect(rows.filter((row) => !used.has(row))).toEqual([]);
});

test('experts cut from the dense draw are its slices, and padding starts at zero', () => {
  const dense = initialParameters(preset('dense-0.3m'), 5);
  const { width: d } = preset('dense-0.3m');
  const D = dense.get('blocks.2.ffn.gate.weight')!.length / d;
  const columns = (values: Float32Array, width: number, from: number, to: number) =>
    values.filter((_, i) => i % width >= from && i % width < to);

  const partition = initialParameters(setField(finedeep, 'blocks.0.ffn.initFrom', 'densePartition'), 5);
  for (const m of [0, 1]) {
    const [from, to] = [(m * D) / 2, ((m + 1) * D) / 2];
    const half = columns(dense.get('blocks.2.ffn.gate.weight')!, D, from, to);
    expect(partition.get(`blocks.2.ffn.layers.${m}.experts.gate`)).toEqual(half);
    const rowsOf = dense.get('blocks.2.ffn.down.weight')!.slice(from * d, to * d);
    expect(partition.get(`blocks.2.ffn.layers.${m}.experts.down`)).toEqual(rowsOf);
  }
  expect(partition.get('embedding.weight')).toEqual(dense.get('embedding.weight'));
  const scratch = initialParameters(finedeep, 5).get('blocks.2.ffn.layers.0.experts.gate')!;
  expect(scratch).not.toEqual(partition.get('blocks.2.ffn.layers.0.experts.gate'));

  const padded = Math.ceil(D / 7) * 7;
  expect(padded).toBeGreaterThan(D);
  const up = initialParameters(setField(dsmoe, 'blocks.0.ffn.nExperts', 7), 5).get(
    'blocks.0.ffn.experts.up',
  )!;
  expect(columns(up, padded, 0, D)).toEqual(dense.get('blocks.0.ffn.up.weight'));
  expect(columns(up, padded, D, padded).every((value) => value === 0)).toBe(true);
});

test('LLaMA-MoE experts are slices of the dense draw, stacked', () => {
  const architecture = preset('llamamoe-0.3m');
  const { E, e } = symbols(architecture) as { E: number; e: number };
  const d = architecture.width;
  const stacked = initialParameters(architecture, 5);
  const dense = initialParameters(setField(preset('dense-0.3m'), 'blocks.0.ffn.width', E * e), 5);
  for (const [name, matrix] of [
    ['gate', dense.get('blocks.1.ffn.gate.weight')!],
    ['up', dense.get('blocks.1.ffn.up.weight')!],
  ] as const) {
    const experts = stacked.get(`blocks.1.ffn.experts.${name}`)!;
    for (let i = 0; i < E; i++) {
      const slice = matrix.filter((_, at) => Math.floor((at % (E * e)) / e) === i);
      expect(experts.slice(i * d * e, (i + 1) * d * e)).toEqual(slice);
    }
  }
  expect(stacked.get('blocks.1.ffn.experts.down')).toEqual(dense.get('blocks.1.ffn.down.weight'));
});

test('seeds change the draw, names separate streams, and deviations are as documented', () => {
  const { architecture } = findPreset('dense-1m')!;
  const first = initialParameters(architecture, 1);
  expect(initialParameters(architecture, 1)).toEqual(first);
  expect(initialParameters(architecture, 2).get('embedding.weight')).not.toEqual(
    first.get('embedding.weight'),
  );
  const deviation = (name: string) => {
    const values = first.get(name)!;
    return Math.sqrt(values.reduce((sum, value) => sum + value * value, 0) / values.length);
  };
  expect(deviation('blocks.0.ffn.up.weight') / 0.02).toBeCloseTo(1, 1);
  expect(deviation('blocks.0.ffn.down.weight') / (0.02 / Math.sqrt(8))).toBeCloseTo(1, 1);
});
