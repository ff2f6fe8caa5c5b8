import { describe, expect, it } from 'vitest';
import { setExpertLayout, setFfnKind } from '../../shared/architecture/edits.ts';
import { findPreset } from '../../shared/architecture/presets.ts';
import { renameForKind, runName } from './names.ts';

const preset = findPreset('finedeep-1m')!.architecture;

describe('names', () => {
  it('follow the method while the document is named after a preset', () => {
    expect(renameForKind(setFfnKind(preset, 0, 'dsmoe'), 'dsmoe').name).toBe('dsmoe-1m');
    const routed = renameForKind(setFfnKind(preset, 0, 'moe'), 'moe');
    expect(routed.name).toBe('smoe-share-1m');
    expect(routed.notes).toBe(findPreset('smoe-share-1m')!.architecture.notes);
    expect(renameForKind({ ...preset, notes: 'mine' }, 'moe').notes).toBe('mine');
    expect(renameForKind({ ...preset, name: 'my model' }, 'dsmoe').name).toBe('my model');
  });
  it('tell layouts apart', () => {
    expect(runName(preset)).toBe('finedeep-1m');
    expect(runName(setExpertLayout(preset, 0, { groups: 4, perGroup: 2 }))).toBe('finedeep-1m-4x2');
    expect(runName({ ...preset, name: 'my model' })).toBe('my model');
  });
});
