/** Adding data and preparing tokens on a disk that runs full: a clear error, and nothing half-written. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { readTokenizerJson } from '../../src/main/text/bpe/tokenizerJson.ts';
import { createDataSet } from '../../src/main/text/corpus/create.ts';
import { findSample, sampleSources } from '../../src/main/text/corpus/samples.ts';
import { prepareTokenFiles } from '../../src/main/text/prepare.ts';
import { smallTokenizerJson, temporaryFolders } from '../../src/main/text/testing.ts';
import { type SmallDisk, smallDisk, smallDiskReason } from './smallDisk.ts';

const reason = smallDiskReason('text on a full disk');
const temporaryFolder = temporaryFolders();
const disks: SmallDisk[] = [];
afterEach(() => {
  for (const disk of disks.splice(0)) disk.remove();
});

function disk(kilobytes: number): string {
  const made = smallDisk(kilobytes);
  if (typeof made === 'string') throw new Error(made);
  disks.push(made);
  return made.path;
}

const whale = () => ({ name: 'whale', domain: null, sources: sampleSources(findSample('moby-dick')) });

describe.skipIf(reason !== undefined)('on a disk that runs full', () => {
  it('a data set is refused and nothing is left', async () => {
    const folder = disk(512);
    await expect(createDataSet(join(folder, 'set'), whale())).rejects.toMatchObject({
      code: 'disk.full',
      message: expect.stringContaining('The disk is full'),
    });
    expect(readdirSync(folder)).toEqual([]);
  });

  it('token files are refused, nothing is left, and the data set stays whole', async () => {
    const data = join(temporaryFolder(), 'set');
    await createDataSet(data, whale());
    const folder = disk(256);
    const request = {
      data: [{ name: 'whale', folder: data, weight: 1 }],
      tokenizer: readTokenizerJson(await smallTokenizerJson()),
      context: 32,
    };
    await expect(prepareTokenFiles(join(folder, 'tokens'), request)).rejects.toMatchObject({
      code: 'disk.full',
    });
    expect(readdirSync(join(folder, 'tokens'))).toEqual([]);
    await expect(prepareTokenFiles(join(temporaryFolder(), 'tokens'), request)).resolves.toMatchObject({
      vocabulary: 1000,
    });
  });
});
