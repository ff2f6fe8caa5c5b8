import { describe, expect, it } from 'vitest';
import { pairs, table } from './table.ts';

describe('table', () => {
  it('aligns columns and leaves no trailing blanks', () => {
    const text = table(
      [
        { name: 'alpha', count: 7 },
        { name: 'b', count: 1200 },
      ],
      [
        { title: 'name', text: (row) => row.name },
        { title: 'count', text: (row) => String(row.count), align: 'right' },
      ],
      'none',
    );
    expect(text).toBe('name   count\nalpha      7\nb       1200');
  });

  it('says so when there is nothing', () => {
    expect(table([], [{ title: 'name', text: String }], 'No runs yet.')).toBe('No runs yet.');
  });
});

describe('pairs', () => {
  it('lines values up', () => {
    expect(
      pairs([
        ['a', '1'],
        ['long', '2'],
      ]),
    ).toBe('a     1\nlong  2');
  });
});
