import { expect, it } from 'vitest';
import { tagHue, tagHues } from './tagHue.ts';

it('gives a tag one hue, whatever its case, and uses them all', () => {
  expect(tagHue('Paper')).toBe(tagHue('paper'));
  const hues = new Set(Array.from({ length: 200 }, (_, at) => tagHue(`tag ${at}`)));
  expect([...hues].sort()).toEqual(Array.from({ length: tagHues }, (_, at) => at));
});
