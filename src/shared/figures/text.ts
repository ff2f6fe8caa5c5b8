/** Measuring and breaking text without a renderer, from Inter's advance widths. Lengths in points. */

import type { FontWeight } from './fontMetrics.ts';
import { advanceWidths, unitsPerEm } from './fontMetrics.ts';

const tables: Readonly<Record<FontWeight, ReadonlyMap<number, number>>> = {
  regular: widthTable('regular'),
  semibold: widthTable('semibold'),
};

function widthTable(weight: FontWeight): ReadonlyMap<number, number> {
  const table = new Map<number, number>();
  for (const [first, widths] of advanceWidths[weight]) {
    widths.forEach((width, offset) => {
      table.set(first + offset, width);
    });
  }
  return table;
}

/** Outside the table: ideographs and emoji take a full em; other scripts the widest common letter, so that text never overflows. */
function advanceOutsideTable(codePoint: number): number {
  return codePoint >= 0x1100 ? unitsPerEm : 0.85 * unitsPerEm;
}

/** Width in points of one line of text at a font size in points. */
export function textWidth(text: string, fontSize: number, weight: FontWeight = 'regular'): number {
  const table = tables[weight];
  let units = 0;
  for (const character of text) {
    const codePoint = character.codePointAt(0)!;
    units += table.get(codePoint) ?? advanceOutsideTable(codePoint);
  }
  return (units / unitsPerEm) * fontSize;
}

/**
 * Breaks text into lines no wider than `width` points: at spaces where it can, after characters where one word alone is
 * too wide. At least one character stays on each line, so it always ends. A no-break space holds words together and comes
 * out as a plain space, so that text can be searched for as it reads. Empty text has no line.
 */
export function wrapText(
  text: string,
  width: number,
  fontSize: number,
  weight: FontWeight = 'regular',
): string[] {
  if (text === '') return [];
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    const candidate = line === '' ? word : `${line} ${word}`;
    if (textWidth(candidate, fontSize, weight) <= width) {
      line = candidate;
      continue;
    }
    if (line !== '') lines.push(line);
    const pieces = breakWord(word, width, fontSize, weight);
    lines.push(...pieces.slice(0, -1));
    line = pieces[pieces.length - 1]!;
  }
  lines.push(line);
  return lines.map((finished) => finished.replaceAll(noBreakSpace, ' '));
}

export const noBreakSpace = '\u00a0';

/** Pieces of a word, each as wide as fits; the last one may be followed by more text. */
function breakWord(word: string, width: number, fontSize: number, weight: FontWeight): string[] {
  const pieces: string[] = [];
  let piece = '';
  for (const character of word) {
    if (piece !== '' && textWidth(piece + character, fontSize, weight) > width) {
      pieces.push(piece);
      piece = '';
    }
    piece += character;
  }
  pieces.push(piece);
  return pieces;
}

/** Width of the widest of several lines. */
export function widestLine(
  lines: readonly string[],
  fontSize: number,
  weight: FontWeight = 'regular',
): number {
  return lines.reduce((widest, line) => Math.max(widest, textWidth(line, fontSize, weight)), 0);
}
