import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatAxis, parseAssignment, parseAxis } from './sweepText.ts';

describe('values of a sweep', () => {
  it('are written out, or as a range', () => {
    expect(parseAxis('a', ' 0.001, 3e-3 ')).toEqual({ field: 'a', values: [0.001, 0.003] });
    expect(parseAxis('a', 'dense, true, 4')).toEqual({ field: 'a', values: ['dense', true, 4] });
    expect(parseAxis('a', '1e-4..1e-2:log:5')).toEqual({
      field: 'a',
      from: 1e-4,
      to: 1e-2,
      scale: 'log',
      whole: false,
      points: 5,
    });
    expect(parseAxis('a', '2 .. 64')).toMatchObject({ from: 2, to: 64, whole: true, points: 3 });
    expect(parseAssignment('ffn.tau=0.1,0.2')).toEqual({ field: 'ffn.tau', values: [0.1, 0.2] });
  });

  it.each([
    ['', /no value/],
    ['1,,2', /lacks a value/],
    ['1, 1', /1 is given twice/],
    ['1..', /no range/],
    ['1..2..3', /no range/],
    ['a..b', /no range/],
    ['1..2:cube', /cube/],
    ['1..2:1', /“1”/],
  ])('“%s” is refused with the field', (text, message) => {
    expect(() => parseAxis('beta1', text)).toThrow(message);
    expect(() => parseAxis('beta1', text)).toThrow(/^beta1/);
  });

  it('refuse an assignment without a field', () => {
    expect(() => parseAssignment('0.1')).toThrow(/names no field/);
  });

  it('read back from their own text', () => {
    const number = fc
      .double({ noNaN: true, noDefaultInfinity: true, min: -1e6, max: 1e6 })
      .map((value) => value || 0);
    const axis = fc.oneof(
      fc.record({ field: fc.constant('a'), values: fc.uniqueArray(number, { minLength: 1 }) }),
      fc.record({
        field: fc.constant('a'),
        from: number,
        to: number,
        scale: fc.constantFrom('linear' as const, 'log' as const),
        whole: fc.constant(false),
        points: fc.integer({ min: 2, max: 200 }),
      }),
    );
    fc.assert(
      fc.property(axis, (value) => {
        expect(parseAxis('a', formatAxis(value))).toEqual(value);
      }),
    );
  });
});
