import { expect, it } from 'vitest';
import { setField, setPositionKind, setSharingKind } from '../../shared/architecture/edits.ts';
import { findPreset } from '../../shared/architecture/presets.ts';
import { attentionKind, attentionNotes } from './attentionNotes.ts';

const plain = findPreset('dense-1m')!.architecture;

it('says nothing of plain attention', () => {
  expect(attentionNotes(plain, 0)).toEqual([]);
  expect(attentionKind(plain, 0)).toBeUndefined();
});

it('names the position encoding, and who leads and who follows', () => {
  const harpe = setPositionKind(plain, 0, 'harpe');
  expect(attentionNotes(harpe, 0)).toEqual(['HARPE']);
  expect(attentionKind(harpe, 0)).toBe('harpe');

  const deeper = setField(setSharingKind(plain, 'uniattn'), 'blocks.0.repeat', 8);
  const shared = setField(deeper, 'sharing', {
    kind: 'uniattn',
    groupSize: 4,
    begin: 1,
    end: 7,
    compensation: 'zero',
  });
  expect(attentionNotes(shared, 0)).toEqual(['UniAttn: layers 2, 6 lead, layers 3–5, 7 follow']);
  expect(attentionKind(shared, 0)).toBe('uniattn');
});
