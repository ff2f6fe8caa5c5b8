import { describe, expect, it } from 'vitest';
import { findPreset } from '../../shared/architecture/presets.ts';
import { changeText, compareCsv, countRows, deviating, fieldRows } from './compareRows.ts';

describe('rows of a comparison', () => {
  it('are the fields that differ', () => {
    const rows = fieldRows([{ training: { seed: 1, steps: 10 } }, { training: { seed: 2, steps: 10 } }, {}]);
    expect(rows).toEqual([
      { label: 'training.seed', group: 'field', values: ['1', '2', undefined] },
      { label: 'training.steps', group: 'field', values: ['10', '10', undefined] },
    ]);
  });
  it('are the counts that differ', () => {
    const [dense, moe] = [findPreset('dense-1m')!.architecture, findPreset('smoe-top3-1m')!.architecture];
    const rows = countRows([dense, moe, null]);
    expect(rows.map((row) => row.label)).toContain('parameters');
    expect(rows.every((row) => row.values[0] !== row.values[1] || row.values[2] === undefined)).toBe(true);
    expect(countRows([dense, dense])).toEqual([]);
    expect(countRows([null])).toEqual([]);
  });
  it('mark what is unlike most, and all where none is commoner', () => {
    expect(deviating([1, 1, 2])).toEqual([false, false, true]);
    expect(deviating([1, 2])).toEqual([true, true]);
    expect(deviating([1, 1])).toEqual([false, false]);
  });
  it('tell a change in per cent', () => {
    expect(changeText(100, 112)).toBe('+12 %');
    expect(changeText(200, 199)).toBe('−0.5 %');
    expect(changeText(1, 1)).toBe('');
    expect(changeText(undefined, 1)).toBe('');
  });
  it('become CSV, quoted where needed', () => {
    const runs = [
      { run: 'r1', name: 'a, b' },
      { run: 'r2', name: 'c' },
    ];
    const rows = [{ label: 'seed', group: 'field' as const, values: ['1', undefined] }];
    expect(compareCsv(runs, rows)).toBe('field,"a, b r1",c r2\r\nseed,1,\r\n');
  });
});
