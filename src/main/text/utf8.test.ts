import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { splitGpt2 } from './bpe/splitter.ts';
import { IntList } from './growable.ts';
import { anyText } from './testing.ts';
import { characterStart, lastSafeCut, Utf8Repairer } from './utf8.ts';

function repair(bytes: Uint8Array, cuts: readonly number[] = []): { text: string; invalid: number } {
  const repairer = new Utf8Repairer();
  const parts: Uint8Array[] = [];
  let from = 0;
  for (const cut of [...cuts].sort((a, b) => a - b)) {
    const to = Math.min(bytes.length, cut);
    parts.push(repairer.push(bytes.slice(from, to)).slice());
    from = to;
  }
  parts.push(repairer.push(bytes.slice(from)).slice(), repairer.end().slice());
  return { text: Buffer.concat(parts).toString('latin1'), invalid: repairer.invalidBytes };
}

/** Pieces of UTF-8, whole and broken. */
const brokenBytes = fc
  .array(
    fc.oneof(
      fc.uint8Array({ maxLength: 4 }),
      fc.constantFrom(
        [0xe2, 0x82],
        [0xf0, 0x9f, 0x98],
        [0xed, 0xa0, 0x80],
        [0xc0, 0xaf],
        [0xf4, 0x90, 0x80, 0x80],
        [0xef, 0xbf, 0xbd],
      ),
      fc.string({ unit: 'binary', maxLength: 3 }).map((text) => [...Buffer.from(text)]),
    ),
    { maxLength: 12 },
  )
  .map((parts) => Uint8Array.from(parts.flatMap((part) => [...part])));

describe('Utf8Repairer', () => {
  it('replaces as the web decoder does, however the stream is cut', () => {
    fc.assert(
      fc.property(brokenBytes, fc.array(fc.nat(40), { maxLength: 5 }), (bytes, cuts) => {
        const expected = Buffer.from(new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes)).toString(
          'latin1',
        );
        expect(repair(bytes, cuts).text).toBe(expected);
      }),
      { numRuns: 2000 },
    );
  });

  it('counts the bytes it replaced, and no replacement character that was there before', () => {
    expect(repair(Uint8Array.from([0x61, 0xff, 0x62])).invalid).toBe(1);
    expect(repair(Uint8Array.from([0xe2, 0x82, 0x62])).invalid).toBe(2);
    expect(repair(Uint8Array.from([0xf0, 0x9f]), [1]).invalid).toBe(2);
    expect(repair(Buffer.from('a\ufffdé'))).toEqual({
      text: Buffer.from('a\ufffdé').toString('latin1'),
      invalid: 0,
    });
  });
});

describe('places to cut', () => {
  it('leave the words of the parts as they are in the whole', () => {
    const words = (bytes: Uint8Array, start: number, end: number): number[] => {
      const ends = new IntList();
      splitGpt2(bytes, start, end, ends);
      return [...ends.toArray()];
    };
    fc.assert(
      fc.property(fc.array(anyText, { maxLength: 6 }), fc.nat(200), (texts, limit) => {
        const bytes = Buffer.from(texts.join('word ').toWellFormed());
        const cut = lastSafeCut(bytes, limit);
        expect(cut).toBeLessThanOrEqual(limit);
        expect([...words(bytes, 0, cut), ...words(bytes, cut, bytes.length)]).toEqual(
          words(bytes, 0, bytes.length),
        );
      }),
      { numRuns: 2000 },
    );
  });

  it('never lie inside a character', () => {
    const bytes = Buffer.from('aé😀');
    expect([0, 1, 2, 3, 4, 5, 6, 7].map((i) => characterStart(bytes, i))).toEqual([0, 1, 1, 3, 3, 3, 3, 7]);
  });
});
