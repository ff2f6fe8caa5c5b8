import { describe, expect, it } from 'vitest';
import {
  formatBytes,
  formatCount,
  formatDelta,
  formatDuration,
  formatExact,
  formatInteger,
  formatNumber,
  formatShare,
  formatSI,
} from './format.ts';

describe('formatNumber', () => {
  it.each([
    [3.4, '3.40'],
    [3.4049, '3.40'],
    [12.345, '12.3'],
    [345.6, '346'],
    [4321, '4,321'],
    [0.0123, '0.0123'],
    [0.9996, '1.00'],
    [9.999, '10.0'],
    [-2.5, '−2.50'],
    [0, '0'],
    [3e-4, '3.00e-4'],
    [1.5e7, '1.50e7'],
    [Number.NaN, '–'],
    [null, '–'],
    [Number.POSITIVE_INFINITY, '∞'],
  ])('%s is written %s', (value, text) => expect(formatNumber(value)).toBe(text));
});

describe('formatSI', () => {
  it.each([
    [4_460_000, '', '4.46 M'],
    [412_000, 'tokens/s', '412 k tokens/s'],
    [1_050_000_000, 'B', '1.05 GB'],
    [999_950, '', '1.00 M'],
    [999_499, '', '999 k'],
    [812, 'tokens/s', '812 tokens/s'],
    [3.2468, 's', '3.25 s'],
    [0, 'B', '0 B'],
    [-4_460, '', '−4.46 k'],
  ])('%s %s is written %s', (value, unit, text) => expect(formatSI(value, unit)).toBe(text));
});

describe('other forms', () => {
  it('writes durations in two units at most', () => {
    expect([0.25, 4.21, 48, 59.7, 200, 3599.6, 4320, 3600, 187_200].map(formatDuration)).toEqual([
      '250 ms',
      '4.2 s',
      '48 s',
      '1 min',
      '3 min 20 s',
      '1 h',
      '1 h 12 min',
      '1 h',
      '2 d 4 h',
    ]);
    expect(formatDuration(null)).toBe('–');
  });
  it('writes shares, bytes, integers and changes', () => {
    expect([0, 0.0042, 0.0996, 0.431, 1].map(formatShare)).toEqual(['0 %', '0.4 %', '10 %', '43 %', '100 %']);
    expect([1, 233].map((count) => formatCount(count, 'document'))).toEqual(['1 document', '233 documents']);
    expect(formatBytes(8192)).toBe('8.19 kB');
    expect(formatInteger(1234567)).toBe('1,234,567');
    expect([3072, -512, 0].map((change) => formatDelta(change))).toEqual(['+3.07 k', '−512', '±0']);
  });
  it('keeps an exact form that reads back', () => {
    for (const value of [0.001, 3e-4, 10_000, 1.25, 1e-5, 0]) expect(Number(formatExact(value))).toBe(value);
    expect(formatExact(3e-4)).toBe('3e-4');
  });
});
