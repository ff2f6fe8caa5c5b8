import { describe, expect, it } from 'vitest';
import { parseNumber, parseNumbers, stepNumber } from './numberInput.ts';

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

describe('parseNumbers', () => {
  const bounds = { integer: false, minimum: 0, maximum: null };
  it('reads numbers apart by spaces, semicolons, or commas with a space', () => {
    expect(parseNumbers('0.1, 1e-3; 4k 1,024', bounds)).toEqual({ value: [0.1, 0.001, 4000, 1024] });
    expect(parseNumbers('  ', bounds)).toEqual({ value: [] });
  });
  it('names the number that is wrong', () => {
    expect(parseNumbers('1, two', bounds)).toEqual({ error: 'two: “two” is not a number.' });
    expect(parseNumbers('1, -2', bounds)).toEqual({ error: '-2: Enter at least 0.' });
  });
});
