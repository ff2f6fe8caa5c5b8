import { describe, expect, it } from 'vitest';
import { fuzzyFilter, fuzzyScore } from './fuzzy.ts';

describe('fuzzy search', () => {
  it('asks for all letters in order', () => {
    expect(fuzzyScore('xyz', 'Go to runs')).toBeNull();
    expect(fuzzyScore('', 'anything')).toBe(0);
    expect(fuzzyScore('gtr', 'Go to runs')).not.toBeNull();
  });
  it('prefers whole words and word starts', () => {
    const labels = ['Stop run', 'Restart training', 'Start training', 'Show status'];
    expect(fuzzyFilter('start', labels, (label) => [label])[0]).toBe('Start training');
    expect(fuzzyFilter('st', labels, (label) => [label])).not.toContain('nothing');
    expect(
      fuzzyFilter('go runs', ['Scaling laws across runs', 'Show or hide archived runs', 'Runs'], (label) => [
        label,
        `Go to ${label}`,
      ])[0],
    ).toBe('Runs');
    expect(fuzzyFilter('sr', labels, (label) => [label])[0]).toBe('Stop run');
  });
});
