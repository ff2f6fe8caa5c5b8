import { describe, expect, it } from 'vitest';
import { parseNumber, stepNumber } from './numberInput.ts';

const whole = { integer: true, minimum: 1, maximum: null };
const share = { integer: false, minimum: 0, maximum: 1 };

describe('typed numbers', () => {
  it.each([
    ['1024', 1024],
    ['1,024', 1024],
    ['4k', 4000],
    [' 12 ', 12],
  ])('reads %s', (text, value) => expect(parseNumber(text, whole)).toEqual({ value }));
  it('reads fractions and exponents', () => {
    expect(parseNumber('1e-3', share)).toEqual({ value: 0.001 });
    expect(parseNumber('.5', share)).toEqual({ value: 0.5 });
  });
  it.each([
    ['', 'Enter a number.'],
    ['abc', '“abc” is not a number.'],
    ['1.5', 'Enter a whole number.'],
    ['0', 'Enter at least 1.'],
    ['-4', 'Enter at least 1.'],
  ])('says what is wrong with %s', (text, error) => expect(parseNumber(text, whole)).toEqual({ error }));
  it('steps whole numbers by one and others by their leading digit', () => {
    expect(stepNumber(4, 1, whole)).toBe(5);
    expect(stepNumber(1, -1, whole)).toBe(1);
    expect(stepNumber(0.003, 1, share)).toBe(0.004);
    expect(stepNumber(0.001, -1, share)).toBe(0.0009);
    expect(stepNumber(1, 1, share)).toBe(1);
  });
});
