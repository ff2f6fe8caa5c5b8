import { expect, it } from 'vitest';
import { dataSetName } from './dataSetName.ts';

it('names a data set after its first file', () => {
  expect(dataSetName([{ name: 'War and Peace.txt' }, { name: 'b.txt' }])).toBe('war-and-peace');
  expect(dataSetName([{ name: '.hidden' }])).toBe('');
  expect(dataSetName([])).toBe('');
});
