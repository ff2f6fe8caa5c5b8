import { expect, it } from 'vitest';
import { setFfnKind, setField, setRepeat, splitBlock } from '../../shared/architecture/edits.ts';
import { findPreset } from '../../shared/architecture/presets.ts';
import { valueText, versionDiff } from './versionDiff.ts';

const { architecture } = findPreset('finedeep-2m')!; // 4 layers

it('says that two spellings of one document are equal', () => {
  const diff = versionDiff(architecture, splitBlock(architecture, 0, 2).architecture);
  expect(diff.equal).toBe(true);
  expect(diff.rows).toMatchObject([{ first: 1, last: 4, kind: 'same', fields: [] }]);
});

it('puts layers that read alike on both sides into one row', () => {
  const { architecture: split, block } = splitBlock(architecture, 0, 2);
  const { rows, equal } = versionDiff(architecture, setFfnKind(split, block, 'dense'));
  expect(equal).toBe(false);
  expect(rows.map(({ first, last, kind }) => [first, last, kind])).toEqual([
    [1, 2, 'same'],
    [3, 3, 'changed'],
    [4, 4, 'same'],
  ]);
  expect(rows[1]).toMatchObject({ before: { ffnKind: 'finedeep' }, after: { ffnKind: 'dense' } });
  expect(rows[1]!.fields).toContainEqual({ field: 'ffn.kind', before: 'finedeep', after: 'dense' });
});

it('shows layers that only one side has, and counts', () => {
  const { rows, counts } = versionDiff(architecture, setRepeat(architecture, 0, 6));
  expect(rows.at(-1)).toMatchObject({ first: 5, last: 6, kind: 'added', before: null });
  expect(counts[0]!.after!).toBeGreaterThan(counts[0]!.before!);
});

it('counts nothing of a document with problems, but compares it', () => {
  const broken = setField(architecture, 'blocks.0.attention.kvHeads', 5);
  const { rows, counts } = versionDiff(architecture, broken);
  expect(rows[0]!.fields).toMatchObject([{ field: 'attention.kvHeads', after: 5 }]);
  expect(counts[0]).toMatchObject({ after: null });
  expect(counts[0]!.before).toBeGreaterThan(0);
});

it('writes values as one line', () => {
  expect(valueText(undefined)).toBe('–');
  expect(valueText([1, 2])).toBe('1, 2');
  expect(valueText({ a: 1 })).toBe('{"a":1}');
});
