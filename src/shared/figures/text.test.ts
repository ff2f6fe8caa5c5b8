import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { noBreakSpace, textWidth, widestLine, wrapText } from './text.ts';

describe('text width', () => {
  it('is the sum of advances, in proportion to the size', () => {
    // Inter Regular: "0" is 1292 and "k" 1124 of 2048 units.
    expect(textWidth('0k', 10)).toBeCloseTo(((1292 + 1124) / 2048) * 10, 9);
    expect(textWidth('Loss', 16)).toBeCloseTo(2 * textWidth('Loss', 8), 9);
    expect(textWidth('Loss', 8, 'semibold')).toBeGreaterThan(textWidth('Loss', 8));
  });

  it('never counts an unknown character as nothing', () => {
    expect(textWidth('深', 10)).toBe(10);
    expect(textWidth('ф', 10)).toBeGreaterThan(5);
  });
});

describe('wrapping', () => {
  it('keeps every line within the width, loses no character, and always ends', () => {
    fc.assert(
      fc.property(
        fc.string({ maxLength: 80 }),
        fc.double({ min: 0.1, max: 300, noNaN: true }),
        (text, width) => {
          const lines = wrapText(text, width, 8);
          expect(lines.join('').replaceAll(' ', '')).toBe(text.replaceAll(/[ \u00a0]/g, ''));
          for (const line of lines) {
            if ([...line].length > 1) expect(textWidth(line, 8)).toBeLessThanOrEqual(width + 1e-9);
          }
        },
      ),
    );
  });

  it('holds words together at no-break spaces and prints plain ones', () => {
    const label = `NSAR (our definition, tau${noBreakSpace}=${noBreakSpace}0.1)`;
    const lines = wrapText(label, 90, 8);
    expect(lines).toEqual(['NSAR (our definition,', 'tau = 0.1)']);
    expect(widestLine(lines, 8)).toBeLessThanOrEqual(90);
  });

  it('has no line for no text', () => {
    expect(wrapText('', 10, 8)).toEqual([]);
  });
});
