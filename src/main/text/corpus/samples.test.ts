import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { checkName } from './names.ts';
import { findSample, sampleDataSets, sampleSources } from './samples.ts';

describe('sample data sets', () => {
  it.each(sampleDataSets.map((sample) => [sample.name, sample] as const))('%s is there', (name, sample) => {
    const sources = sampleSources(sample);
    expect(checkName(name, 'data set')).toBe(name);
    expect(sources.length).toBeGreaterThan(50);
    expect(sources.reduce((sum, source) => sum + source.bytes, 0)).toBeGreaterThan(1e6);
  });

  it('come in reading order', () => {
    const moby = sampleSources(findSample('moby-dick'));
    expect(readFileSync(moby[1]!.path, 'utf8')).toMatch(/^CHAPTER 2\./);
    expect(readFileSync(moby[9]!.path, 'utf8')).toMatch(/^CHAPTER 10\./);
    expect(readFileSync(sampleSources(findSample('state-of-the-union'))[0]!.path, 'utf8')).toContain(
      'Fellow',
    );
  });

  it('are named in the error for one that is unknown', () => {
    expect(() => findSample('nope')).toThrowError(
      expect.objectContaining({ code: 'notFound', hint: expect.stringContaining('moby-dick') }),
    );
  });
});

describe('names', () => {
  it.each(['a', 'State of the Union', 'corpus-2.1_b', 'Über 漢字'])('takes %s', (name) => {
    expect(checkName(name, 'data set')).toBe(name.normalize('NFC'));
  });

  it.each([
    '',
    '..',
    '.hidden',
    '../up',
    'a/b',
    'a\\b',
    'a:b',
    'nul',
    'COM1.txt',
    'dot.',
    'space ',
    'a\nb',
    'x'.repeat(81),
  ])('refuses %j', (name) => {
    expect(() => checkName(name, 'data set')).toThrowError(
      expect.objectContaining({ code: 'input.invalid' }),
    );
  });
});
