import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { FontWeight } from '../../../shared/figures/fontMetrics.ts';
import { advanceWidths, capHeight, descent, unitsPerEm } from '../../../shared/figures/fontMetrics.ts';
import { fontFiles } from './fonts.ts';

/** Reads what the layout relies on from a TrueType file (OpenType spec: head, hhea, hmtx, OS/2, cmap format 4). */
function readFace(path: string): {
  unitsPerEm: number;
  capHeight: number;
  descent: number;
  advance(code: number): number;
} {
  const bytes = readFileSync(path);
  const offset = (tag: string): number => {
    for (let index = 0; index < bytes.readUInt16BE(4); index++) {
      const record = 12 + 16 * index;
      if (bytes.toString('latin1', record, record + 4) === tag) return bytes.readUInt32BE(record + 8);
    }
    throw new Error(`${path} has no ${tag} table`);
  };
  const cmap = offset('cmap');
  const subtables = Array.from(
    { length: bytes.readUInt16BE(cmap + 2) },
    (_, index) => cmap + bytes.readUInt32BE(cmap + 8 + 8 * index),
  );
  const table = subtables.find((start) => bytes.readUInt16BE(start) === 4)!;
  const segments = bytes.readUInt16BE(table + 6) / 2;
  const glyph = (code: number): number => {
    for (let segment = 0; segment < segments; segment++) {
      if (code > bytes.readUInt16BE(table + 14 + 2 * segment)) continue;
      const startAt = table + 16 + 2 * segments + 2 * segment;
      const start = bytes.readUInt16BE(startAt);
      if (code < start) return 0;
      const rangeAt = startAt + 4 * segments;
      const range = bytes.readUInt16BE(rangeAt);
      if (range === 0) return (code + bytes.readInt16BE(startAt + 2 * segments)) & 0xffff;
      return bytes.readUInt16BE(rangeAt + range + 2 * (code - start));
    }
    return 0;
  };
  const longMetrics = bytes.readUInt16BE(offset('hhea') + 34);
  return {
    unitsPerEm: bytes.readUInt16BE(offset('head') + 18),
    capHeight: bytes.readInt16BE(offset('OS/2') + 88),
    descent: -bytes.readInt16BE(offset('hhea') + 6),
    advance: (code) => bytes.readUInt16BE(offset('hmtx') + 4 * Math.min(glyph(code), longMetrics - 1)),
  };
}

describe.each(Object.keys(fontFiles) as FontWeight[])('the width table of Inter %s', (weight) => {
  const face = readFace(fontFiles[weight]);

  it('is that of the bundled font file', () => {
    for (const [first, widths] of advanceWidths[weight]) {
      expect(widths).toEqual(widths.map((_, index) => face.advance(first + index)));
    }
  });

  it('shares its vertical measures', () => {
    expect(face.unitsPerEm).toBe(unitsPerEm);
    expect(face.capHeight / face.unitsPerEm).toBe(capHeight);
    expect(face.descent / face.unitsPerEm).toBe(descent);
  });
});
