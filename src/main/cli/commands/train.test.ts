import { describe, expect, it } from 'vitest';
import { weighted } from './train.ts';

describe('weighted', () => {
  it('reads a name with its weight', () => {
    expect(weighted('moby-dick:2.5')).toEqual({ name: 'moby-dick', weight: 2.5 });
    expect(weighted('moby-dick')).toEqual({ name: 'moby-dick', weight: 1 });
  });

  it('leaves colons that no number follows to the name', () => {
    expect(weighted('C:\\texts\\a.txt')).toEqual({ name: 'C:\\texts\\a.txt', weight: 1 });
    expect(weighted('C:\\texts\\a.txt:3')).toEqual({ name: 'C:\\texts\\a.txt', weight: 3 });
  });
});
