import { describe, expect, it } from 'vitest';
import { figure, toJson, toMarkdown, toTable } from './report.ts';
import type { BenchResult } from './result.ts';
import { describeSpread, isUnsteady, median, percentile } from './statistics.ts';

const results: BenchResult[] = [
  {
    name: 'train-step/dense',
    value: 312.4,
    unit: 'ms',
    peer: 'pytorch-eager',
    ratio: 1.28,
    peerValue: 400,
    note: 'n 20',
  },
  { name: 'session-build/dense', value: 0.8123, unit: 's', peer: 'none', ratio: null },
];

describe('report', () => {
  it('gives scripts exactly the fields they rely on', () => {
    expect(JSON.parse(toJson(results))).toEqual({
      results: [
        { name: 'train-step/dense', value: 312.4, unit: 'ms', peer: 'pytorch-eager', ratio: 1.28 },
        { name: 'session-build/dense', value: 0.8123, unit: 's', peer: 'none', ratio: null },
      ],
    });
  });

  it('lines its columns up and leaves nothing out', () => {
    const lines = toTable(results).split('\n');
    expect(lines).toHaveLength(2 + results.length);
    const column = lines[0]!.indexOf('peer');
    expect(lines[2]!.slice(column)).toMatch(/^pytorch-eager {2}400 ms/);
    expect(lines[3]!.slice(column)).toMatch(/^none/);
  });

  it('writes a page with one row for each result', () => {
    const page = toMarkdown(results, {
      date: '2026-01-02',
      commit: 'abc1234',
      processor: 'A processor',
      cores: 2,
      memoryGigabytes: 24,
      system: 'Linux x64',
      node: 'v24.0.0',
      onnxRuntime: '1.30.0',
    });
    expect(page.split('\n').filter((line) => line.startsWith('| train-step'))).toHaveLength(1);
    expect(page).toContain('A processor, 2 cores');
    expect(page).toContain('| 0.812 s |');
    expect(page).toContain('| at least 1.05 | 1.28 | met |');
    expect(page).toContain('| at most 1.5 | 0.812 | met |');
  });

  it('shortens to three digits without exponents', () => {
    expect([1234567, 312.4, 0.70312, 0, Number.NaN].map(figure)).toEqual([
      '1,234,567',
      '312',
      '0.703',
      '0',
      '-',
    ]);
  });
});

describe('statistics', () => {
  it('interpolate between ranks', () => {
    expect(median([3, 1, 2])).toBe(2);
    expect(median([4, 1, 2, 3])).toBe(2.5);
    expect(percentile([0, 10], 10)).toBe(1);
    expect(describeSpread([1, 2, 3], 1)).toBe('2.0 (1.2-2.8, n 3)');
    expect(() => median([])).toThrow(RangeError);
    expect(isUnsteady([100, 101, 99, 104])).toBe(false);
    expect(isUnsteady([100, 101, 250, 240])).toBe(true);
  });
});
