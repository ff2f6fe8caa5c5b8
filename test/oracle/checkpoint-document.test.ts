/** docs/checkpoint.md names every parameter with its shape, initial values and decay, and nothing that does not exist. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { initialParameters } from '../../src/main/engine/index.ts';
import type { Architecture } from '../../src/shared/architecture/document.ts';
import { setField } from '../../src/shared/architecture/edits.ts';
import { parseArchitecture } from '../../src/shared/architecture/parse.ts';
import { findPreset, presets } from '../../src/shared/architecture/presets.ts';
import { parameterSpecs } from '../../src/shared/methods/languageModel.ts';

interface Row {
  readonly section: string; // 'Every model' or an FFN kind
  readonly name: string;
  readonly shape: string[];
  readonly start: string;
  readonly decay: boolean;
}

const text = readFileSync(join(import.meta.dirname, '../../docs/checkpoint.md'), 'utf8');
const rows: Row[] = text.split('\n## ').flatMap((section) =>
  section.split('\n').flatMap((line) => {
    const found = /^\| `(.+?)` \| \[(.+?)\] \| (\w+) \| (yes|no) \|$/.exec(line);
    if (found === null) return [];
    const [, name, shape, start, decay] = found as unknown as [string, string, string, string, string];
    const title = section.split('\n')[0]!.replace('FFN: ', '');
    return [{ section: title, name, shape: shape.split(', '), start, decay: decay === 'yes' }];
  }),
);

/** Sizes of a document's symbols; documents here have equal blocks. */
function symbols({ vocabulary, width, blocks }: Architecture): Record<string, number> {
  const { attention, ffn } = blocks[0]!;
  const M = 'subLayers' in ffn ? ffn.subLayers : 1;
  const n = 'nExperts' in ffn ? ffn.nExperts : 1;
  return {
    V: vocabulary,
    d: width,
    'H*h': attention.heads * attention.headSize,
    'G*h': attention.kvHeads * attention.headSize,
    D: ffn.width,
    'D/M': ffn.width / M,
    K: 'expertsPerSubLayer' in ffn ? ffn.expertsPerSubLayer : 1,
    n,
    "D'": Math.ceil(ffn.width / n) * n,
  };
}

const finedeep = findPreset('finedeep-0.3m')!.architecture;
const dsmoe = findPreset('dsmoe-0.3m')!.architecture;
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
];

test('every parameter stands in the page, with its shape, start and decay; every row is a parameter of some model', () => {
  const used = new Set<Row>();
  for (const architecture of variants.map(parseArchitecture)) {
    const sizes = symbols(architecture);
    const kind = architecture.blocks[0]!.ffn.kind;
    for (const spec of parameterSpecs(architecture)) {
      const general = spec.name.replace(/blocks\.\d+/, 'blocks.{i}').replace(/layers\.\d+/, 'layers.{m}');
      const row = rows.find(
        ({ section, name, shape }) =>
          (section === 'Every model' || section === kind) &&
          name === general &&
          shape.map((symbol) => sizes[symbol]).join() === spec.shape.join(),
      );
      expect(row, `${kind}: ${general} [${spec.shape}]`).toBeDefined();
      used.add(row!);
      expect(row!.decay, spec.name).toBe(spec.decay);
      const start = spec.name.includes('router') ? 'router' : spec.initialiser.kind;
      expect(row!.start, spec.name).toBe(start);
    }
  }
  expect(rows.filter((row) => !used.has(row))).toEqual([]);
});

test('experts cut from the dense draw are its slices, and padding starts at zero', () => {
  const dense = initialParameters(findPreset('dense-0.3m')!.architecture, 5);
  const columns = (values: Float32Array, width: number, from: number, to: number) =>
    values.filter((_, i) => i % width >= from && i % width < to);

  const partition = initialParameters(setField(finedeep, 'blocks.0.ffn.initFrom', 'densePartition'), 5);
  for (const m of [0, 1]) {
    const half = columns(dense.get('blocks.2.ffn.gate.weight')!, 256, m * 128, (m + 1) * 128);
    expect(partition.get(`blocks.2.ffn.layers.${m}.experts.gate`)).toEqual(half);
    const rowsOf = dense.get('blocks.2.ffn.down.weight')!.slice(m * 128 * 64, (m + 1) * 128 * 64);
    expect(partition.get(`blocks.2.ffn.layers.${m}.experts.down`)).toEqual(rowsOf);
  }
  expect(partition.get('embedding.weight')).toEqual(dense.get('embedding.weight'));
  const scratch = initialParameters(finedeep, 5).get('blocks.2.ffn.layers.0.experts.gate')!;
  expect(scratch).not.toEqual(partition.get('blocks.2.ffn.layers.0.experts.gate'));

  const seven = initialParameters(setField(dsmoe, 'blocks.0.ffn.nExperts', 7), 5); // D' = 259
  const up = seven.get('blocks.0.ffn.experts.up')!;
  expect(columns(up, 259, 0, 256)).toEqual(dense.get('blocks.0.ffn.up.weight'));
  expect(columns(up, 259, 256, 259).every((value) => value === 0)).toBe(true);
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
