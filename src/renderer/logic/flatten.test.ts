import { describe, expect, it } from 'vitest';
import { differences, flatten } from './flatten.ts';

describe('flatten', () => {
  it('lists leaves by path', () => {
    expect(flatten({ a: 1, b: [{ c: 'x' }, { c: null }], d: [1, 2], e: [] })).toEqual([
      ['a', '1'],
      ['b.0.c', 'x'],
      ['b.1.c', '–'],
      ['d', '1, 2'],
      ['e', '–'],
    ]);
  });
  it('keeps only what differs', () => {
    expect(
      differences([
        { a: 1, b: 2 },
        { a: 1, b: 3, c: 4 },
      ]),
    ).toEqual([
      { path: 'b', values: ['2', '3'] },
      { path: 'c', values: [undefined, '4'] },
    ]);
    expect(differences([{ a: 1 }])).toEqual([]);
  });
});
