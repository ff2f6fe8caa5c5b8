import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { temporaryFolders } from '../testing.ts';
import { BatchStream, type StreamOptions } from './batchStream.ts';
import { type TokensSidecar, tokensFormat, tokensVersion } from './format.ts';
import { Mixture } from './mixture.ts';
import { TokenReader } from './reader.ts';

const temporaryFolder = temporaryFolders();

/** A token file of the given ids. */
function tokenFile(ids: ArrayLike<number>, type: 'uint16' | 'uint32' = 'uint16'): string {
  const folder = temporaryFolder();
  mkdirSync(folder, { recursive: true });
  const path = join(folder, 'train.tokens');
  const sidecar: TokensSidecar = {
    format: tokensFormat,
    version: tokensVersion,
    split: 'train',
    type,
    tokens: ids.length,
    documents: 1,
    bytes: ids.length,
    vocabulary: 100_000,
    endOfText: 0,
    unigramEntropy: 0,
    dataHash: 'd',
    tokenizerHash: 't',
    splitSeed: 0,
    note: null,
  };
  writeFileSync(`${path}.json`, JSON.stringify(sidecar));
  writeFileSync(path, type === 'uint16' ? Uint16Array.from(ids) : Uint32Array.from(ids));
  return path;
}

const counting = (length: number) => Array.from({ length }, (_, i) => i + 1);
const open = (length: number) => TokenReader.open(tokenFile(counting(length), 'uint32'));
const stream = (options: Partial<StreamOptions> & Pick<StreamOptions, 'sources'>) =>
  new BatchStream({ batch: 4, context: 8, seed: 1, ...options });

describe('TokenReader', () => {
  it.each(['uint16', 'uint32'] as const)('reads the same from memory and from disk (%s)', (type) => {
    const ids = [1, 65_535, 3, 4, 5];
    const path = tokenFile(ids, type);
    for (const inMemory of [true, false]) {
      const reader = TokenReader.open(path, { inMemory });
      const into = new Int32Array(4);
      reader.read(1, 3, into, 1);
      expect([...into]).toEqual([0, 65_535, 3, 4]);
      expect(() => reader.read(3, 3, into)).toThrow(RangeError);
      reader.close();
    }
  });

  it('refuses a file that does not fit its sidecar, or is not there', () => {
    const path = tokenFile([1, 2, 3]);
    writeFileSync(path, Uint16Array.from([1, 2]));
    expect(() => TokenReader.open(path)).toThrowError(expect.objectContaining({ code: 'data.unreadable' }));
    expect(() => TokenReader.open(join(temporaryFolder(), 'train.tokens'))).toThrowError(
      expect.objectContaining({ code: 'notFound' }),
    );
  });
});

describe('BatchStream', () => {
  it('gives windows of the text with targets moved by one', () => {
    const { inputs, targets } = stream({ sources: [{ tokens: open(1000), weight: 1 }] }).batch(5);
    expect(inputs.length).toBe(32);
    for (let b = 0; b < 4; b++) {
      for (let t = 0; t < 8; t++) {
        expect(targets[b * 8 + t]).toBe(inputs[b * 8 + t]! + 1);
        expect(inputs[b * 8 + t]).toBe(inputs[b * 8]! + t);
      }
    }
  });

  it('is a pure function of the seed and the number of the batch', () => {
    const sources = [
      { tokens: open(1000), weight: 3 },
      { tokens: open(500), weight: 1 },
    ];
    const inOrder = stream({ sources });
    const all = Array.from({ length: 200 }, (_, i) => inOrder.batch(i));
    const resumed = stream({ sources });
    for (const i of [199, 0, 57, 120, 56]) expect(resumed.batch(i)).toEqual(all[i]);
    expect(stream({ sources, seed: 2 }).batch(0)).not.toEqual(all[0]);
  });

  it('visits each window once in an epoch, each epoch in another order', () => {
    const tokens = open(8 * 100 + 20);
    const windows = Math.floor((tokens.length - 8) / 8);
    const one = stream({ sources: [{ tokens, weight: 1 }], batch: 1 });
    const starts = (epoch: number) =>
      Array.from({ length: windows }, (_, i) => one.batch(epoch * windows + i).inputs[0]!);
    for (const epoch of [0, 1, 5]) {
      const sorted = starts(epoch).sort((a, b) => a - b);
      expect(sorted.every((start, i) => start === sorted[0]! + i * 8)).toBe(true);
    }
    expect(starts(0)).not.toEqual(starts(1));
    expect(
      new Set(Array.from({ length: 20 }, (_, epoch) => Math.min(...starts(epoch)))).size,
    ).toBeGreaterThan(1);
    expect(one.batchesPerEpoch).toBe(windows);
    expect(one.epochs(windows * 3)).toEqual([3]);
  });

  it('takes every length from T + 1 tokens on', () => {
    fc.assert(
      fc.property(fc.integer({ min: 9, max: 60 }), fc.nat(1000), (length, index) => {
        const { targets } = stream({ sources: [{ tokens: open(length), weight: 1 }] }).batch(index);
        expect(Math.max(...targets)).toBeLessThanOrEqual(length);
      }),
      { numRuns: 60 },
    );
    expect(() => stream({ sources: [{ tokens: open(8), weight: 1 }] })).toThrowError(
      expect.objectContaining({
        code: 'data.tooSmall',
        message: 'The train split has 8 tokens; a context of 8 needs 9.',
      }),
    );
    expect(() => stream({ sources: [] })).toThrowError(expect.objectContaining({ code: 'data.empty' }));
  });

  it('masks the first token of each document when asked', () => {
    const ids = counting(200).map((id) => (id % 7 === 0 ? 0 : id)); // 0 is the end-of-text token.
    const sources = [{ tokens: TokenReader.open(tokenFile(ids)), weight: 1 }];
    const { inputs, mask } = stream({ sources, maskBoundaries: true }).batch(0);
    expect([...mask!]).toEqual([...inputs].map((id) => (id === 0 ? 0 : 1)));
    expect([...mask!]).toContain(0);
    expect(stream({ sources }).batch(0).mask).toBeUndefined();
  });

  it('mixes sources by weight and counts them', () => {
    const sources = [
      { tokens: open(2000), weight: 0.7 },
      { tokens: open(3000), weight: 0.3 },
    ];
    const mixed = stream({ sources, batch: 8 });
    const counts = [0, 0];
    for (let i = 0; i < 500; i++) {
      for (const [source, count] of mixed.batch(i).counts.entries()) counts[source]! += count;
    }
    expect(counts[0]! + counts[1]!).toBe(4000);
    expect(Math.abs(counts[0]! - 2800)).toBeLessThanOrEqual(64);
  });
});

describe('Mixture', () => {
  it('gives each source its exact share by the end of a block, and numbers its sequences without a gap', () => {
    const weights = fc.array(fc.double({ min: 0.02, max: 1, noNaN: true }), { minLength: 1, maxLength: 5 });
    fc.assert(
      fc.property(weights, fc.nat(), (shares, seed) => {
        const mixture = new Mixture(shares, seed);
        const total = shares.reduce((sum, share) => sum + share, 0);
        const seen = shares.map(() => 0);
        for (let n = 0; n < 3000; n++) {
          const { source, place } = mixture.at(n);
          expect(place).toBe(seen[source]!++);
        }
        const block = Math.max(64, Math.ceil((2 * total) / Math.min(...shares)));
        for (const [i, count] of seen.entries()) {
          expect(Math.abs(count - (3000 * shares[i]!) / total)).toBeLessThanOrEqual(block);
        }
      }),
      { numRuns: 40 },
    );
  });
});
