/** UTF-8 in streams: repair of invalid bytes, and places where a text may be cut. */
import { isUtf8 } from 'node:buffer';

/**
 * Turns a stream of bytes into valid UTF-8. Each maximal invalid part becomes one U+FFFD, as in the Unicode standard
 * (section 3.9) and in Rust's and the web's decoders. `invalidBytes` counts the bytes that were replaced.
 */
export class Utf8Repairer {
  invalidBytes = 0;
  private rest: Uint8Array = new Uint8Array(0);

  /** The valid text of this chunk (and what was held back before it). May alias `chunk`. */
  push(chunk: Uint8Array): Uint8Array {
    const bytes = this.rest.length === 0 ? chunk : concat(this.rest, chunk);
    const end = bytes.length - unfinishedLength(bytes);
    this.rest = bytes.slice(end);
    return this.repair(bytes.subarray(0, end));
  }

  /** What is left at the end of the stream: an unfinished sequence becomes U+FFFD. */
  end(): Uint8Array {
    const last = this.repair(this.rest);
    this.rest = new Uint8Array(0);
    return last;
  }

  private repair(bytes: Uint8Array): Uint8Array {
    if (isUtf8(bytes)) return bytes;
    // Worst case: every byte becomes three.
    const out = new Uint8Array(bytes.length * 3);
    let at = 0;
    let i = 0;
    while (i < bytes.length) {
      const length = sequenceLength(bytes, i);
      if (length > 0) {
        for (let k = 0; k < length; k++) out[at++] = bytes[i + k]!;
        i += length;
      } else {
        out[at++] = 0xef;
        out[at++] = 0xbf;
        out[at++] = 0xbd;
        this.invalidBytes += -length;
        i += -length;
      }
    }
    return out.subarray(0, at);
  }
}

function concat(a: Uint8Array, b: Uint8Array): Uint8Array {
  const joined = new Uint8Array(a.length + b.length);
  joined.set(a);
  joined.set(b, a.length);
  return joined;
}

/** Number of bytes that a lead byte asks for; 0: not a lead byte. */
function leadLength(byte: number): number {
  if (byte < 0x80) return 1;
  if (byte < 0xc2) return 0;
  if (byte < 0xe0) return 2;
  if (byte < 0xf0) return 3;
  return byte < 0xf5 ? 4 : 0;
}

/** Length of the sequence at `i` when it is valid; else minus the length of the maximal invalid part. */
function sequenceLength(bytes: Uint8Array, i: number): number {
  const lead = bytes[i]!;
  const length = leadLength(lead);
  if (length < 2) return length === 1 ? 1 : -1;
  // The second byte's range excludes overlong forms, surrogates and code points above U+10FFFF.
  let low = 0x80;
  let high = 0xbf;
  if (lead === 0xe0) low = 0xa0;
  else if (lead === 0xed) high = 0x9f;
  else if (lead === 0xf0) low = 0x90;
  else if (lead === 0xf4) high = 0x8f;
  for (let k = 1; k < length; k++) {
    const byte = bytes[i + k];
    if (byte === undefined || byte < low || byte > high) return -k;
    low = 0x80;
    high = 0xbf;
  }
  return length;
}

/** Bytes at the end that may be the beginning of a sequence still to come. */
function unfinishedLength(bytes: Uint8Array): number {
  for (let back = 1; back <= Math.min(3, bytes.length); back++) {
    const byte = bytes[bytes.length - back]!;
    if (byte < 0x80) return 0;
    if (byte >= 0xc0) return leadLength(byte) > back ? back : 0;
  }
  return 0;
}

/** The greatest index at most `index` that does not lie inside a character. `bytes` must be valid UTF-8. */
export function characterStart(bytes: Uint8Array, index: number): number {
  let i = index;
  while (i > 0 && i < bytes.length && (bytes[i]! & 0xc0) === 0x80) i--;
  return i;
}

/**
 * Where a long text may be cut so that pre-tokenising the parts equals pre-tokenising the whole: the last place before
 * `limit` where an ASCII letter or digit is followed by a space. No pattern in use (GPT-2's and its successors') lets
 * one word reach over such a place, nor looks back over it. 0: there is none.
 */
export function lastSafeCut(bytes: Uint8Array, limit: number): number {
  for (let i = Math.min(limit, bytes.length) - 1; i > 0; i--) {
    if (bytes[i] === 0x20 && isAlphanumeric(bytes[i - 1]!)) return i;
  }
  return 0;
}

function isAlphanumeric(byte: number): boolean {
  return (byte >= 0x61 && byte <= 0x7a) || (byte >= 0x41 && byte <= 0x5a) || (byte >= 0x30 && byte <= 0x39);
}
