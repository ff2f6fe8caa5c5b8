import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { openStore, type Store } from '../store/index.ts';
import { temporaryFolders } from '../text/testing.ts';
import { createDataService } from './data.ts';
import { tokenCounts } from './tokenCounts.ts';
import { createTokenizerService } from './tokenizers.ts';

const temporaryFolder = temporaryFolders();
const stores: Store[] = [];
afterEach(async () => {
  for (const store of stores.splice(0)) await store.close();
});

function parts() {
  const workspace = temporaryFolder();
  const store = openStore(workspace);
  stores.push(store);
  const data = createDataService({ store, workspace });
  return { data, tokenizers: createTokenizerService({ store, workspace, data }) };
}

describe('counts of tokens', () => {
  it('are those of the training text, with what each token stands for', async () => {
    const services = parts();
    const path = join(temporaryFolder(), 'letters.txt');
    writeFileSync(path, 'aab '.repeat(400));
    await services.data.addPaths([path], { name: 'letters' });
    const found = await tokenCounts(services, {
      data: [{ name: 'letters', weight: 1 }],
      tokenizer: null,
      vocabulary: 256,
    });
    expect(found.counts).toHaveLength(256);
    expect(found.counts.reduce((sum, count) => sum + count, 0)).toBe(found.tokens);
    const count = (text: string) => found.counts[found.texts.indexOf(text)];
    expect(count('a')).toBeGreaterThan(600);
    expect(count('a')).toBe(2 * count('b')!);
    expect(count('z')).toBe(0);
  });

  it('are of the length asked for where the tokenizer is smaller, with no text for what it lacks', async () => {
    const services = parts();
    const path = join(temporaryFolder(), 'letters.txt');
    writeFileSync(path, 'aab '.repeat(400));
    await services.data.addPaths([path], { name: 'letters' });
    await services.tokenizers.train({ data: ['letters'], vocabulary: 256, name: 'bytes' });
    const found = await tokenCounts(services, {
      data: [{ name: 'letters', weight: 1 }],
      tokenizer: 'bytes',
      vocabulary: 300,
    });
    expect(found).toMatchObject({ tokenizer: 'bytes' });
    expect(found.counts).toHaveLength(300);
    expect(found.texts[299]).toBeNull();
  });
});
