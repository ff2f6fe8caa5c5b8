import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { readTrainingCounts, writeTrainingCounts } from '../host/runs/counts.ts';
import { countTrainingTokens } from './data.ts';

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});
const temporaryFolder = (): string => {
  const folder = mkdtempSync(join(tmpdir(), 'finegrain-counts-'));
  folders.push(folder);
  return folder;
};

/** A token file as `prepareTokens` leaves it, of a tokenizer with four ids. */
function tokenFile(ids: readonly number[]): string {
  const folder = temporaryFolder();
  const path = join(folder, 'train.tokens');
  const sidecar = {
    format: 'finegrain.tokens',
    version: 1,
    split: 'train',
    type: 'uint16',
    tokens: ids.length,
    documents: 1,
    bytes: ids.length,
    vocabulary: 4,
    endOfText: 0,
    unigramEntropy: 0,
    dataHash: 'd',
    tokenizerHash: 't',
    splitSeed: 0,
    note: null,
  };
  const counts = new BigUint64Array(4);
  for (const id of ids) counts[id]!++;
  writeFileSync(path, Uint16Array.from(ids));
  writeFileSync(`${path}.json`, JSON.stringify(sidecar));
  writeFileSync(join(folder, 'train.counts'), counts);
  return path;
}

describe('countTrainingTokens', () => {
  it('gives the plain counts of one source, whatever its weight, and 0 to ids beyond the tokenizer', () => {
    const train = tokenFile([1, 1, 3, 1, 2]);
    expect([...countTrainingTokens([{ train, weight: 0.3 }], 6)]).toEqual([0, 3, 1, 1, 0, 0]);
  });

  it('counts the sources of a mixture as often as training meets them', () => {
    const short = tokenFile([1, 1]);
    const long = tokenFile([2, 2, 2, 2, 2, 3]);
    const counts = countTrainingTokens(
      [
        { train: short, weight: 3 },
        { train: long, weight: 1 },
      ],
      4,
    );
    // Of 8 tokens three quarters come from the short source.
    expect([...counts].map((count) => Number(count.toFixed(9)))).toEqual([0, 6, 1.666666667, 0.333333333]);
  });
});

describe('the counts of a run', () => {
  it('are read back as they were written, and are absent for runs that recorded none', async () => {
    const folder = temporaryFolder();
    expect(await readTrainingCounts(folder)).toBeNull();
    const counts = Float64Array.of(0, 2 ** 40 + 0.25, 7);
    await writeTrainingCounts(folder, Float64Array.of(1, 1, 1));
    await writeTrainingCounts(folder, counts);
    expect(await readTrainingCounts(folder)).toEqual(counts);
  });
});
