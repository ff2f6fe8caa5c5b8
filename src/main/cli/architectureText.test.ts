import { describe, expect, test } from 'vitest';
import { countArchitecture } from '../../shared/architecture/counts.ts';
import { findPreset, matchedCounts, presets, sizes } from '../../shared/architecture/presets.ts';
import { describeCounts, describePresets, describeSize, presetRow } from './architectureText.ts';

const rows = presets.map(presetRow);

function counted(name: string, activeExperts: number | null = null): string {
  const preset = findPreset(name)!;
  const counts = countArchitecture(preset.architecture, activeExperts === null ? {} : { activeExperts });
  const assumed = { context: preset.architecture.context, activeExperts };
  return describeCounts(counts, assumed, matchedCounts(preset), preset.published);
}

const lineOf = (text: string, name: string) =>
  text
    .split('\n')
    .find((line) => line.startsWith(name))
    ?.slice(name.length)
    .trim();

describe('the list of presets', () => {
  const text = describePresets(rows);

  test('has one line a method and fits a wide terminal', () => {
    const lines = text.split('\n');
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(120);
    expect(lines.length).toBeLessThan(90);
    const grid = lines.filter((line) => /^smoe-share +FFN +active/.test(line));
    expect(grid).toHaveLength(1);
    expect(grid[0]!.match(/\d [kM]/g)).toHaveLength(sizes.length);
  });

  test('names the models of the benchmark and of the papers one by one, with the printed sizes', () => {
    expect(lineOf(text, 'cartesianmoe-base')).toMatch(
      /^paper +cartesianmoe +842 M +248 M +842 M, 247 M active$/,
    );
    expect(lineOf(text, 'bench-moe')).toMatch(/^benchmark +moe/);
  });

  test('of one size shows what each is matched in', () => {
    const small = describeSize(rows.filter(({ size }) => size === '2m'));
    expect(lineOf(small, 'smoe-share-2m')).toMatch(/active with dense-2m$/);
    expect(lineOf(small, 'uniattn-2m')).toMatch(/total with dense-2m$/);
  });
});

describe('counts', () => {
  test('of a paper model: the printed figures, and ours to as many digits', () => {
    const base = counted('cartesianmoe-base');
    expect(lineOf(base, 'published')).toBe('842 M, 247 M active (arXiv 2410.16077, Table 1)');
    expect(lineOf(base, 'counted so')).toBe('842 M, 247 M active, norm gains and routers aside');
    expect(lineOf(counted('cartesianmoe-large'), 'counted so')).toMatch(/^2\.88 G, 770 M active/);
    const dsmoe = counted('dsmoe-llama-3.2-1b', 3.03);
    expect(lineOf(dsmoe, 'counted so')).toMatch(/^1\.24 G, 735 M active/);
    expect(lineOf(dsmoe, 'active experts')).toBe('3.03 a layer where their number varies');
    expect(counted('smoe-top3-base')).toContain('0.3 % above the printed one');
  });

  test('of a preset: what it is matched in, and by how much it is off', () => {
    expect(lineOf(counted('hash-2m'), 'match')).toBe(
      'active parameters of dense-2m: 2,115,264 against 2,115,264 (equal)',
    );
    expect(lineOf(counted('maskmoe-2m'), 'match')).toMatch(/\(−3\.89 %\)$/);
    expect(lineOf(counted('finedeep-2m'), 'match')).toMatch(/^parameters of dense-2m: .*\(\+0\.33 %\)$/);
    expect(lineOf(counted('dense-2m'), 'match')).toBeUndefined();
  });
});
