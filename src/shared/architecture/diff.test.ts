import { expect, test } from 'vitest';
import { diffArchitectures } from './diff.ts';
import { setEveryFfnKind, setFfnKind, setField, setRepeat, splitBlock } from './edits.ts';
import { findPreset } from './presets.ts';

const { architecture } = findPreset('finedeep-2m')!; // 4 layers

test('equal documents differ in nothing, however their repeats are written', () => {
  const split = splitBlock(architecture, 0, 2).architecture;
  const { fields, layers, counts } = diffArchitectures(architecture, split);
  expect([fields, layers]).toEqual([[], []]);
  for (const { before, after } of Object.values(counts)) expect(before).toBe(after);
});

test('names fields outside the blocks', () => {
  const changed = setField(setField(architecture, 'tieEmbeddings', false), 'norm.epsilon', 1e-6);
  const { fields, layers, counts } = diffArchitectures(architecture, changed);
  expect(fields).toEqual([
    { field: 'norm.epsilon', before: 1e-5, after: 1e-6 },
    { field: 'tieEmbeddings', before: true, after: false },
  ]);
  expect(layers).toEqual([]);
  expect(counts.parameters.after - counts.parameters.before).toBe(1024 * 192);
});

test('joins neighbouring layers that changed alike, and keeps a lone one apart', () => {
  const { architecture: split, block } = splitBlock(architecture, 0, 2);
  const changed = setField(split, `blocks.${block}.ffn.gate`, 'softmax');
  expect(diffArchitectures(architecture, changed).layers).toEqual([
    {
      first: 2,
      last: 2,
      kind: 'changed',
      fields: [{ field: 'ffn.gate', before: 'sigmoid', after: 'softmax' }],
    },
  ]);
  const all = diffArchitectures(architecture, setField(architecture, 'blocks.0.ffn.subLayers', 4)).layers;
  expect(all.map(({ first, last }) => [first, last])).toEqual([[0, 3]]);
});

test('a change of kind lists what each side has alone', () => {
  const [change] = diffArchitectures(architecture, setFfnKind(architecture, 0, 'dsmoe')).layers;
  expect(change!.fields).toContainEqual({ field: 'ffn.kind', before: 'finedeep', after: 'dsmoe' });
  expect(change!.fields).toContainEqual({ field: 'ffn.tau', before: undefined, after: 0.5 });
  expect(change!.fields).toContainEqual({ field: 'ffn.subLayers', before: 2, after: undefined });
});

test('layers added and removed, with their counts', () => {
  const deeper = setRepeat(setEveryFfnKind(architecture, 'dense'), 0, 6);
  const base = setEveryFfnKind(architecture, 'dense');
  const grown = diffArchitectures(base, deeper);
  expect(grown.layers).toEqual([{ first: 4, last: 5, kind: 'added', fields: [] }]);
  expect(diffArchitectures(deeper, base).layers[0]!.kind).toBe('removed');
  expect(grown.counts.kvCacheBytesPerToken.after / grown.counts.kvCacheBytesPerToken.before).toBe(1.5);
});
