/** GPT-2's pre-tokenisation, on UTF-8 bytes. */
import type { IntList } from '../growable.ts';

/** Cuts bytes[start, end) (valid UTF-8) into words; appends the end of each word, the last being `end`. */
export type Splitter = (bytes: Uint8Array, start: number, end: number, ends: IntList) => void;

const letter = 1;
const numeral = 2;
const space = 3;
const other = 4;

/**
 * Letters and numerals that Unicode 17 added. Hugging Face's tables stop at 16, a JavaScript engine's may or may not:
 * without this list a text would be cut differently here and there, and from one Node version to the next.
 */
const addedInUnicode17: readonly (readonly [number, number])[] = [
  [0x88f, 0x88f],
  [0xc5c, 0xc5c],
  [0xcdc, 0xcdc],
  [0xa7ce, 0xa7cf],
  [0xa7d2, 0xa7d2],
  [0xa7d4, 0xa7d4],
  [0xa7f1, 0xa7f1],
  [0x10940, 0x10959],
  [0x10ec5, 0x10ec7],
  [0x11db0, 0x11ddb],
  [0x11de0, 0x11de9],
  [0x16ea0, 0x16eb8],
  [0x16ebb, 0x16ed3],
  [0x16ff2, 0x16ff6],
  [0x187f8, 0x187ff],
  [0x18d09, 0x18d1e],
  [0x18d80, 0x18df2],
  [0x1e6c0, 0x1e6de],
  [0x1e6e0, 0x1e6e2],
  [0x1e6e4, 0x1e6e5],
  [0x1e6e7, 0x1e6ed],
  [0x1e6f0, 0x1e6f4],
  [0x1e6fe, 0x1e6ff],
  [0x2b73a, 0x2b73f],
  [0x2cea2, 0x2cead],
  [0x323b0, 0x33479],
];

/** The same list as a regular expression's class (flag `v`). */
export const addedInUnicode17Class = `[${addedInUnicode17
  .map(([from, to]) => `\\u{${from.toString(16)}}-\\u{${to.toString(16)}}`)
  .join('')}]`;

const letterPattern = new RegExp(`^[\\p{L}--${addedInUnicode17Class}]$`, 'v');
const numeralPattern = new RegExp(`^[\\p{N}--${addedInUnicode17Class}]$`, 'v');
const spacePattern = /^\p{White_Space}$/u;

/** Class by code point, filled as code points are met; 0: not met yet. */
const classes = new Uint8Array(0x110000);
for (let code = 0; code < 128; code++) classes[code] = classify(code);

function classify(code: number): number {
  const character = String.fromCodePoint(code);
  if (letterPattern.test(character)) return letter;
  if (numeralPattern.test(character)) return numeral;
  return spacePattern.test(character) ? space : other;
}

function classOf(code: number): number {
  const known = classes[code]!;
  if (known !== 0) return known;
  const found = classify(code);
  classes[code] = found;
  return found;
}

/** Class and length of the character at `i`, packed: class * 8 + length in bytes. */
function characterAt(bytes: Uint8Array, i: number): number {
  const lead = bytes[i]!;
  if (lead < 0x80) return classes[lead]! * 8 + 1;
  if (lead < 0xe0) return classOf(((lead & 0x1f) << 6) | (bytes[i + 1]! & 0x3f)) * 8 + 2;
  if (lead < 0xf0) {
    return classOf(((lead & 0x0f) << 12) | ((bytes[i + 1]! & 0x3f) << 6) | (bytes[i + 2]! & 0x3f)) * 8 + 3;
  }
  const code =
    ((lead & 0x07) << 18) |
    ((bytes[i + 1]! & 0x3f) << 12) |
    ((bytes[i + 2]! & 0x3f) << 6) |
    (bytes[i + 3]! & 0x3f);
  return classOf(code) * 8 + 4;
}

/** Length in bytes of an English contraction at the apostrophe `i`: 's 't 'm 'd 're 've 'll; 0: none. */
function contractionLength(bytes: Uint8Array, i: number, end: number): number {
  if (i + 1 >= end) return 0;
  const a = bytes[i + 1]!;
  if (a === 0x73 || a === 0x74 || a === 0x6d || a === 0x64) return 2;
  if (i + 2 >= end) return 0;
  const b = bytes[i + 2]!;
  if ((a === 0x72 || a === 0x76) && b === 0x65) return 3;
  return a === 0x6c && b === 0x6c ? 3 : 0;
}

/** The end of the run of characters of class `wanted` that begins at `i`. */
function runEnd(bytes: Uint8Array, i: number, end: number, wanted: number): number {
  let at = i;
  while (at < end) {
    const byte = bytes[at]!;
    if (byte < 0x80) {
      if (classes[byte] !== wanted) return at;
      at++;
    } else {
      const character = characterAt(bytes, at);
      if (character >> 3 !== wanted) return at;
      at += character & 7;
    }
  }
  return at;
}

/**
 * The words of GPT-2's pattern, in its order of preference:
 * 's|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+
 */
export const splitGpt2: Splitter = (bytes, start, end, ends) => {
  let i = start;
  while (i < end) {
    const byte = bytes[i]!;
    if (byte === 0x27) {
      const length = contractionLength(bytes, i, end);
      if (length > 0) {
        i += length;
        ends.push(i);
        continue;
      }
    }
    const body = byte === 0x20 && i + 1 < end ? i + 1 : i;
    const kind = characterAt(bytes, body) >> 3;
    if (kind === space) i = whiteSpaceEnd(bytes, i, end);
    else i = runEnd(bytes, body, end, kind);
    ends.push(i);
  }
};

/**
 * \s+(?!\S)|\s+ : white space before a word keeps its last character for what follows, unless it is alone. (Alone
 * and a space, it would have been the word's.)
 */
function whiteSpaceEnd(bytes: Uint8Array, i: number, end: number): number {
  let last = i;
  let at = i;
  while (at < end) {
    const character = characterAt(bytes, at);
    if (character >> 3 !== space) return last > i ? last : at;
    last = at;
    at += character & 7;
  }
  return at;
}
