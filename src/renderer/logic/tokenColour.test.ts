import { expect, it } from 'vitest';
import { luminance, visibleToken } from './tokenColour.ts';

it('shows white space', () => {
  expect(visibleToken(' the\n')).toBe('·the⏎');
});

it('measures luminance from black to white', () => {
  expect(luminance('#000000')).toBe(0);
  expect(luminance('#ffffff')).toBeCloseTo(1, 12);
  expect(luminance('#808080')).toBeCloseTo(0.2159, 4);
});
