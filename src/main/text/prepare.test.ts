import { readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readTokenizerJson } from './bpe/tokenizerJson.ts';
import { createDataSet } from './corpus/create.ts';
import { DataSetReader } from './corpus/reader.ts';
import { IntList } from './growable.ts';
import { prepareTokenFiles } from './prepare.ts';
import { sampleTexts, smallTokenizerJson, temporaryFolders } from './testing.ts';
import { entropyOfCounts, entropyOfMixture } from './tokens/entropy.ts';
import { TokenReader } from './tokens/reader.ts';
import { planSplit } from './tokens/split.ts';

const temporaryFolder = temporaryFolders();
const tokenizer = readTokenizerJson(await smallTokenizerJson());
const chapters = sampleTexts('moby-dick');

async function dataSet(texts: readonly string[]): Promise<string> {
  const folder = join(temporaryFolder(), 'set');
  const sources = texts.map((text, i) => ({ name: `${i}`, text }));
  await createDataSet(folder, { name: 'set', domain: null, sources });
  return folder;
}

function prepare(root: string, folder: string, options: { context?: number; splitSeed?: number } = {}) {
  return prepareTokenFiles(root, {
    data: [{ name: 'set', folder, weight: 2 }],
    tokenizer,
    context: 16,
    ...options,
  });
}

function allTokens(path: string): number[] {
  const reader = TokenReader.open(path);
  const ids = new Int32Array(reader.length);
  reader.read(0, reader.length, ids);
  return [...ids];
}

describe('prepareTokenFiles', () => {
  it('puts every document into one split, whole, followed by the end-of-text token', async () => {
    const prepared = await prepare(temporaryFolder(), await dataSet(chapters));
    const source = prepared.sources[0]!;
    const found: string[] = [];
    for (const split of ['train', 'validation'] as const) {
      const ids = allTokens(source[split].path);
      const starts = TokenReader.open(source[split].path).boundaries();
      expect(starts.length).toBe(source[split].documents);
      starts.forEach((start, i) => {
        const end = starts[i + 1] ?? ids.length;
        expect(ids[end - 1]).toBe(tokenizer.endOfText);
        found.push(tokenizer.decode(ids.slice(start, end - 1)));
      });
    }
    expect(found.sort()).toEqual([...chapters].sort());
    expect(source.train.bytes + source.validation.bytes).toBe(
      chapters.reduce((sum, text) => sum + Buffer.byteLength(text), 0),
    );
    expect(source.validation.bytes / source.train.bytes).toBeGreaterThan(0.08);
    expect(source.validation.bytes / source.train.bytes).toBeLessThan(0.25);
    expect(prepared.notes).toEqual([]);
  });

  it('reports counts, entropy and bytes per token as the files have them', async () => {
    const prepared = await prepare(temporaryFolder(), await dataSet(chapters));
    const { train, validation } = prepared.sources[0]!;
    const counts = new Float64Array(tokenizer.vocabulary);
    for (const id of allTokens(train.path)) counts[id]! += 1;
    expect([...TokenReader.open(train.path).counts()]).toEqual([...counts]);
    expect(train.unigramEntropy).toBeCloseTo(entropyOfCounts(counts), 12);
    expect(prepared.unigramEntropy).toBeCloseTo(train.unigramEntropy, 12);
    expect(prepared.bytesPerToken.validation).toBeCloseTo(validation.bytes / validation.tokens, 12);
    expect(prepared.sources[0]!.weight).toBe(1);
    expect(train.type).toBe('uint16');
  });

  it('makes the files once, and again when they are damaged', async () => {
    const root = temporaryFolder();
    const folder = await dataSet(chapters);
    const first = (await prepare(root, folder)).sources[0]!.train.path;
    const made = statSync(first).mtimeMs;
    expect((await prepare(root, folder)).sources[0]!.train.path).toBe(first);
    expect(statSync(first).mtimeMs).toBe(made);
    writeFileSync(first, 'broken');
    expect((await prepare(root, folder)).sources[0]!.train.path).toBe(first);
    expect(allTokens(first).length).toBeGreaterThan(1000);
    rmSync(`${first}.json`);
    await prepare(root, folder);
    expect((await prepare(root, folder, { splitSeed: 1 })).sources[0]!.train.path).not.toBe(first);
    expect(readdirSync(root).length).toBe(2);
    expect(readdirSync(dirname(first)).sort()).toEqual(
      ['train', 'validation'].flatMap((split) =>
        ['boundaries', 'counts', 'tokens', 'tokens.json'].map((end) => `${split}.${end}`),
      ),
    );
  });

  it('holds out the end of a single document, between words, and says so', async () => {
    const text = chapters.join('\n');
    const prepared = await prepare(temporaryFolder(), await dataSet([text]));
    const { train, validation } = prepared.sources[0]!;
    const head = tokenizer.decode(allTokens(train.path), { skipSpecial: true });
    const tail = tokenizer.decode(allTokens(validation.path), { skipSpecial: true });
    expect(head + tail === text).toBe(true);
    expect(tail[0]).toBe(' ');
    expect(head).toMatch(/[A-Za-z0-9]$/);
    expect(Buffer.byteLength(tail) / Buffer.byteLength(text)).toBeCloseTo(0.1, 2);
    expect(prepared.notes).toEqual([
      'set: The only document was cut: validation is its end, 10 % of the text.',
    ]);
  });

  it('refuses data with too few tokens for the context', async () => {
    const folder = await dataSet(['a few words only', 'and some more words', 'and then some more']);
    await expect(prepare(temporaryFolder(), folder, { context: 64 })).rejects.toMatchObject({
      code: 'data.tooSmall',
      message: expect.stringMatching(/split of set has \d+ tokens; a context of 64 needs 65/),
    });
  });

  it('mixes the entropies of several data sets', async () => {
    const [a, b] = [
      await dataSet(chapters.slice(0, 60)),
      await dataSet(sampleTexts('typescript-library').slice(0, 40)),
    ];
    const data = [
      { name: 'a', folder: a, weight: 3 },
      { name: 'b', folder: b, weight: 1 },
    ];
    const prepared = await prepareTokenFiles(temporaryFolder(), { data, tokenizer, context: 16 });
    const mixture = prepared.sources.map((source) => ({
      counts: TokenReader.open(source.train.path).counts(),
      weight: source.weight,
    }));
    expect(prepared.sources.map((source) => source.weight)).toEqual([0.75, 0.25]);
    expect(prepared.unigramEntropy).toBeCloseTo(entropyOfMixture(mixture), 12);
  });

  it('stops when cancelled and leaves nothing', async () => {
    const root = temporaryFolder();
    const data = [{ name: 'set', folder: await dataSet(chapters), weight: 1 }];
    const signal = AbortSignal.abort();
    await expect(prepareTokenFiles(root, { data, tokenizer, context: 16, signal })).rejects.toMatchObject({
      code: 'cancelled',
    });
    expect(readdirSync(root)).toEqual([]);
  });

  it('encodes a document of many windows as the whole text encodes', async () => {
    const text = chapters.join('\n').repeat(9); // 11 MB: more than the reader's window.
    const folder = await dataSet([text]);
    const { train, validation } = (await prepare(temporaryFolder(), folder)).sources[0]!;
    const bytes = Buffer.from(text);
    const whole = new IntList();
    tokenizer.encodeBytes(bytes, 0, bytes.length, whole);
    whole.push(tokenizer.endOfText!);
    // The cut is followed by an end-of-text token like the end of any document.
    const parts = [...allTokens(train.path).slice(0, -1), ...allTokens(validation.path)];
    expect(parts.length).toBe(whole.length);
    expect(parts.every((id, i) => id === whole.values[i])).toBe(true);
  });
});

describe('planSplit', () => {
  const plan = async (lengths: readonly number[], seed = 0) => {
    const reader = await DataSetReader.open(
      await dataSet(lengths.map((length, i) => `${i} ${'x'.repeat(length)}`)),
    );
    const split = await planSplit(reader, seed);
    await reader.close();
    return split;
  };

  it('depends on the seed and nothing else', async () => {
    const lengths = Array.from({ length: 100 }, (_, i) => 50 + i);
    expect(await plan(lengths)).toEqual(await plan(lengths));
    expect((await plan(lengths)).heldOut).not.toEqual((await plan(lengths, 1)).heldOut);
  });

  it('holds out about a tenth of the bytes and never a document that would take much more', async () => {
    for (let seed = 0; seed < 20; seed++) {
      const lengths = [100_000, ...Array.from({ length: 60 }, () => 1000)];
      const { heldOut, ends } = await plan(lengths, seed);
      expect(heldOut[0]).toBe(0);
      const held = ends.reduce((sum, end, i) => sum + (heldOut[i] === 1 ? end - (ends[i - 1] ?? 0) : 0), 0);
      expect(held / ends.at(-1)!).toBeGreaterThan(0.08);
      expect(held / ends.at(-1)!).toBeLessThan(0.21);
    }
  });

  it('cuts the longest document when all are too long', async () => {
    const { ends, heldOut, note } = await plan([3000, 5000, 3000]);
    expect(ends.length).toBe(4);
    expect([...heldOut]).toEqual([0, 0, 1, 0]);
    expect(note).toContain('The longest document was cut');
  });
});

describe('entropy', () => {
  it('is that of the distribution, in nats', () => {
    expect(entropyOfCounts([5, 5])).toBeCloseTo(Math.LN2, 15);
    expect(entropyOfCounts([7, 0])).toBe(0);
    expect(entropyOfCounts([])).toBe(0);
    const sources = [
      { counts: Float64Array.from([10, 0]), weight: 0.5 },
      { counts: Float64Array.from([0, 1000]), weight: 0.5 },
    ];
    expect(entropyOfMixture(sources)).toBeCloseTo(Math.LN2, 15);
  });
});
