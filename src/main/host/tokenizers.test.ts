import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { openStore, type Store } from '../store/index.ts';
import { sampleTexts, smallTokenizerJson, temporaryFolders } from '../text/testing.ts';
import { BatchStream } from '../text/tokens/batchStream.ts';
import { TokenReader } from '../text/tokens/reader.ts';
import type { Progress } from '../text/work.ts';
import { createDataService } from './data.ts';
import { createTokenizerService } from './tokenizers.ts';

const temporaryFolder = temporaryFolders();
const stores: Store[] = [];
afterEach(async () => {
  for (const store of stores.splice(0)) await store.close();
});

async function services(workspace = temporaryFolder()) {
  const store = openStore(workspace);
  stores.push(store);
  const data = createDataService({ store, workspace });
  const tokenizers = createTokenizerService({ store, workspace, data });
  if (data.list().length === 0) {
    const files = sampleTexts('moby-dick').map((text, i) => ({ name: `${i}`, text }));
    await data.addText({ name: 'whale', files });
  }
  return { workspace, data, tokenizers };
}

describe('tokenizer service', () => {
  it('trains, lists, encodes, measures and removes', async () => {
    const { tokenizers, workspace } = await services();
    const seen: Progress[] = [];
    const row = await tokenizers.train({
      data: ['whale'],
      vocabulary: 600,
      name: 't',
      progress: (progress) => seen.push(progress),
    });
    expect(row).toMatchObject({ name: 't', vocabulary: 600, data: 'whale' });
    expect(tokenizers.list()).toEqual([row]);
    expect(seen.at(-1)).toEqual({ stage: 'Merging', done: 343, total: 343, unit: 'merges' });
    const { ids, tokens } = await tokenizers.encode('t', 'the whale');
    expect(tokens.join('')).toBe('theĠwhale');
    expect((await tokenizers.load('t')).decode(ids)).toBe('the whale');
    const statistics = await tokenizers.stats('t', 'whale');
    expect(statistics.bytes / statistics.tokens).toBe(statistics.bytesPerToken);
    expect(statistics.tokensPerWord).toBeGreaterThan(1);
    expect(statistics.used).toBeLessThan(600);
    expect(JSON.parse(readFileSync(join(workspace, 'tokenizers/t/tokenizer.json'), 'utf8')).model.type).toBe(
      'BPE',
    );
    await tokenizers.remove('t');
    expect(tokenizers.list()).toEqual([]);
  });

  it('refuses a vocabulary larger than the data can give, and keeps nothing', async () => {
    const { data, tokenizers } = await services();
    await data.addText({ name: 'tiny', files: [{ name: 'x', text: 'tiny text' }] });
    const training = tokenizers.train({ data: ['tiny'], vocabulary: 5000, name: 't' });
    await expect(training).rejects.toMatchObject({
      code: 'tokenizer.vocabulary',
      message: expect.stringMatching(/5000 .* the data can give 264/),
    });
    expect(tokenizers.list()).toEqual([]);
  });

  it('makes a vocabulary of exactly 256 of the bytes alone', async () => {
    const { tokenizers } = await services();
    await tokenizers.train({ data: ['whale'], vocabulary: 256, name: 'bytes' });
    const tokenizer = await tokenizers.load('bytes');
    expect(tokenizer.vocabulary).toBe(256);
    expect(tokenizer.endOfText).toBeNull();
    expect(tokenizer.decode(tokenizer.encode('Ahab’s leg'))).toBe('Ahab’s leg');
    await expect(tokenizers.train({ data: ['whale'], vocabulary: 255, name: 'fewer' })).rejects.toMatchObject(
      { code: 'tokenizer.vocabulary' },
    );
  });

  it('takes a tokenizer.json from elsewhere', async () => {
    const { tokenizers } = await services();
    const path = join(temporaryFolder(), 'tokenizer.json');
    writeFileSync(path, await smallTokenizerJson());
    expect(await tokenizers.addFile(path, 'theirs')).toMatchObject({
      name: 'theirs',
      vocabulary: 1000,
      data: null,
    });
    await expect(tokenizers.addFile('/no/such.json', 'x')).rejects.toMatchObject({ code: 'notFound' });
  });

  it('notices a tokenizer.json that was changed', async () => {
    const { tokenizers, workspace } = await services();
    await tokenizers.train({ data: ['whale'], vocabulary: 300, name: 't' });
    await stores.pop()!.close();
    const path = join(workspace, 'tokenizers/t/tokenizer.json');
    writeFileSync(path, `${readFileSync(path, 'utf8')} `);
    const again = await services(workspace);
    await expect(again.tokenizers.load('t')).rejects.toMatchObject({
      code: 'data.unreadable',
      message: expect.stringContaining('has changed'),
    });
  });
});

describe('prepareTokens', () => {
  const request = { data: [{ name: 'whale', weight: 1 }], tokenizer: null, vocabulary: 500, context: 32 };

  it('trains a tokenizer where none is named, and takes the same one the next time', async () => {
    const { tokenizers } = await services();
    const first = await tokenizers.prepareTokens(request);
    expect(first.tokenizer).toMatchObject({ name: 'whale-500', vocabulary: 500 });
    expect(first.unigramEntropy).toBeGreaterThan(4);
    expect(first.unigramEntropy).toBeLessThan(Math.log(500));
    const second = await tokenizers.prepareTokens({ ...request, context: 64 });
    expect(second).toEqual(first);
    expect((await tokenizers.prepareTokens({ ...request, vocabulary: 400 })).tokenizer.name).toBe(
      'whale-400',
    );
    expect(tokenizers.list().length).toBe(2);
  });

  it('gives files from which batches can be read', async () => {
    const { tokenizers } = await services();
    const prepared = await tokenizers.prepareTokens(request);
    const tokens = TokenReader.open(prepared.sources[0]!.train.path);
    const { inputs } = new BatchStream({
      sources: [{ tokens, weight: 1 }],
      batch: 2,
      context: 32,
      seed: 0,
    }).batch(0);
    const text = (await tokenizers.load('whale-500')).decode(inputs.subarray(0, 32), { skipSpecial: true });
    const all = sampleTexts('moby-dick').join('');
    expect(all).toContain(text.replaceAll('\ufffd', ''));
  });

  it('refuses a tokenizer larger than the vocabulary of the document', async () => {
    const { tokenizers } = await services();
    await tokenizers.train({ data: ['whale'], vocabulary: 600, name: 't' });
    await expect(tokenizers.prepareTokens({ ...request, tokenizer: 't' })).rejects.toMatchObject({
      code: 'tokenizer.vocabulary',
      message: 'vocabulary: the architecture has 500, the tokenizer t has 600 tokens.',
    });
    expect((await tokenizers.prepareTokens({ ...request, tokenizer: 't', vocabulary: 700 })).vocabulary).toBe(
      600,
    );
  });

  it('names what is not there', async () => {
    const { tokenizers } = await services();
    await expect(tokenizers.prepareTokens({ ...request, tokenizer: 'nope' })).rejects.toMatchObject({
      code: 'notFound',
    });
    await expect(
      tokenizers.prepareTokens({ ...request, data: [{ name: 'nope', weight: 1 }] }),
    ).rejects.toMatchObject({ code: 'notFound' });
    await expect(tokenizers.prepareTokens({ ...request, context: 10_000_000 })).rejects.toMatchObject({
      code: 'data.tooSmall',
    });
  });
});
