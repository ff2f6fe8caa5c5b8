/** Which documents are held out for validation. */
import type { DataSetReader } from '../corpus/reader.ts';
import { characterStart, lastSafeCut } from '../utf8.ts';
import { hashIntegers } from './random.ts';

export const splitNames = ['train', 'validation'] as const;
export type SplitName = (typeof splitNames)[number];

/** Share of the text that is held out, and the most of it. */
export const validationShare = 0.1;
export const validationBytesLimit = 16_000_000;

export interface SplitPlan {
  /** Parts of the text, each wholly in one split: documents, of which one may be cut in two. Their ends in bytes. */
  readonly ends: Float64Array;
  /** 1: the part is held out. */
  readonly heldOut: Uint8Array;
  /** What to tell the user, when the split is not by document. */
  readonly note: string | null;
}

/**
 * Documents are taken in the order of a hash of seed and index until a tenth of the text (16 MB at most) is held out;
 * one that would overshoot twofold is passed over. Where all are too long for that, as with a single document, the end
 * of the longest is held out.
 */
export async function planSplit(reader: DataSetReader, seed: number): Promise<SplitPlan> {
  const target = Math.min(reader.manifest.bytes * validationShare, validationBytesLimit);
  const { documents } = reader;
  const heldOut = new Uint8Array(documents);
  let taken = 0;
  for (const document of hashOrder(documents, seed)) {
    if (taken >= target) break;
    const length = reader.length(document);
    if (taken + length > 2 * target) continue;
    heldOut[document] = 1;
    taken += length;
  }
  return taken >= target / 2 ? { ends: reader.ends, heldOut, note: null } : splitLongest(reader, target);
}

/** Document numbers in order of their hashes: 26 bits of hash above the number in one double, sorted in place. */
function* hashOrder(documents: number, seed: number): Generator<number> {
  const base = 2 ** 27;
  if (documents > base) throw new RangeError(`${documents} documents are more than can be split.`);
  const keys = new Float64Array(documents);
  for (let i = 0; i < documents; i++) keys[i] = (hashIntegers(seed, i) >>> 6) * base + i;
  keys.sort();
  for (const key of keys) yield key % base;
}

async function splitLongest(reader: DataSetReader, target: number): Promise<SplitPlan> {
  let longest = 0;
  for (let i = 1; i < reader.documents; i++) if (reader.length(i) > reader.length(longest)) longest = i;
  const start = reader.start(longest);
  const end = reader.ends[longest]!;
  const cut = await cutBefore(reader, start, Math.max(start + 1, Math.round(end - target)), end);
  const ends = new Float64Array(reader.documents + 1);
  ends.set(reader.ends.subarray(0, longest));
  ends[longest] = cut;
  ends.set(reader.ends.subarray(longest), longest + 1);
  const heldOut = new Uint8Array(ends.length);
  heldOut[longest + 1] = 1;
  const what = reader.documents === 1 ? 'The only document' : 'The longest document';
  const percent = Math.round((100 * (end - cut)) / reader.manifest.bytes);
  return { ends, heldOut, note: `${what} was cut: validation is its end, ${percent} % of the text.` };
}

/** A place between words at or before `wanted`, else between two characters; inside (start, end) where it can be. */
async function cutBefore(reader: DataSetReader, start: number, wanted: number, end: number): Promise<number> {
  const from = Math.max(start, wanted - 65_536);
  const bytes = await reader.read(from, Math.min(end, wanted + 4) - from);
  const safe = lastSafeCut(bytes, wanted - from);
  const cut = from + (safe > 0 ? safe : characterStart(bytes, wanted - from));
  return cut > start ? cut : Math.min(end, start + 4);
}
