import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  formatLinearTicks,
  formatLogTicks,
  formatScientific,
  formatShort,
  linearTickValues,
  logTickValues,
  prefixExponent,
} from './ticks.ts';

describe('linear ticks', () => {
  it('are round numbers inside the domain', () => {
    expect(linearTickValues(0, 614_400, 8)).toEqual([
      0, 100_000, 200_000, 300_000, 400_000, 500_000, 600_000,
    ]);
    expect(linearTickValues(4.37, 7.62, 5)).toEqual([5, 6, 7]);
    expect(linearTickValues(-0.1, 0.3, 5)).toEqual([-0.1, 0, 0.1, 0.2, 0.3]);
  });

  it('never fall between integers when asked', () => {
    expect(linearTickValues(0, 3, 8, true)).toEqual([0, 1, 2, 3]);
  });

  it('hold for any domain: increasing, inside, no more than asked, evenly spaced', () => {
    fc.assert(
      fc.property(
        fc.double({ min: -1e9, max: 1e9, noNaN: true }),
        fc.double({ min: 1e-6, max: 1e9, noNaN: true }),
        fc.integer({ min: 2, max: 12 }),
        (low, span, most) => {
          fc.pre(low + span > low && span > Math.abs(low) * 1e-9);
          const values = linearTickValues(low, low + span, most);
          expect(values.length).toBeLessThanOrEqual(most);
          const slack = span * 1e-6;
          for (const [index, value] of values.entries()) {
            expect(value).toBeGreaterThanOrEqual(low - slack);
            expect(value).toBeLessThanOrEqual(low + span + slack);
            if (index > 1) {
              const step = values[1]! - values[0]!;
              expect(Math.abs(value - values[index - 1]! - step)).toBeLessThan(step * 1e-3);
            }
          }
        },
      ),
    );
  });
});

describe('log ticks', () => {
  it('are decades with minor ticks', () => {
    const { major, minor } = logTickValues(1, 1e6, 8);
    expect(major).toEqual([1, 10, 100, 1000, 1e4, 1e5, 1e6]);
    expect(minor).toContain(2);
    expect(minor).not.toContain(10);
  });

  it('skip decades when there are too many', () => {
    expect(logTickValues(1, 1e12, 5).major.length).toBeLessThanOrEqual(5);
  });

  it('use the 1-2-5 series below two decades, and linear ticks inside one step of it', () => {
    expect(logTickValues(0.01, 0.5, 8).major).toEqual([0.01, 0.02, 0.05, 0.1, 0.2, 0.5]);
    expect(logTickValues(3.1, 3.9, 6).major.length).toBeGreaterThanOrEqual(2);
  });
});

describe('labels', () => {
  it('share one prefix and one number of decimals', () => {
    expect(formatLinearTicks([0, 200_000, 400_000], { prefix: 'tick' })).toEqual([
      '0',
      '200\u2009k',
      '400\u2009k',
    ]);
    expect(formatLinearTicks([0, 0.5, 1], { prefix: 'tick' })).toEqual(['0', '0.5', '1.0']);
    expect(formatLinearTicks([0, 500, 1000], { prefix: 'tick' })).toEqual(['0', '500', '1000']);
    expect(formatLinearTicks([-2, 0], { prefix: 'tick' })).toEqual(['\u22122', '0']);
  });

  it('leave the prefix to the unit when asked', () => {
    expect(formatLinearTicks([0, 2e15, 4e15], { prefix: 'unit' })).toEqual(['0', '2', '4']);
  });

  it('write very small and very large numbers as powers', () => {
    expect(formatScientific(1e-5)).toBe('10⁻⁵');
    expect(formatScientific(2e9)).toBe('2×10⁹');
    expect(formatLogTicks([1e-6, 0.01, 1, 1000], { prefix: 'tick' })).toEqual(['10⁻⁶', '0.01', '1', '1000']);
    expect(formatLogTicks([1e5, 1e9], { prefix: 'tick' })).toEqual(['100\u2009k', '1\u2009G']);
  });

  it('tell every two neighbouring ticks apart', () => {
    fc.assert(
      fc.property(
        fc.double({ min: -1e6, max: 1e6, noNaN: true }),
        fc.double({ min: 1e-4, max: 1e12, noNaN: true }),
        (low, span) => {
          fc.pre(span > Math.abs(low) * 1e-3);
          const labels = formatLinearTicks(linearTickValues(low, low + span, 7), { prefix: 'tick' });
          expect(new Set(labels).size).toBe(labels.length);
        },
      ),
    );
  });

  it('have exact prefixes at powers of a thousand', () => {
    expect([1, 999, 1000, 999_999, 1e6, 1e9].map(prefixExponent)).toEqual([0, 0, 3, 3, 6, 9]);
    expect(formatShort(4_460_000)).toBe('4.46\u2009M');
    expect(formatShort(0.12345)).toBe('0.123');
  });
});
