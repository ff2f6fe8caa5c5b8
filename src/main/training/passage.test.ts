import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readTokenizerJson } from '../text/bpe/tokenizerJson.ts';
import { createDataSet } from '../text/corpus/create.ts';
import { prepareTokenFiles } from '../text/prepare.ts';
import { sampleTexts, smallTokenizerJson, temporaryFolders } from '../text/testing.ts';
import { TokenReader } from '../text/tokens/reader.ts';
import { encodeText, readWindows, type Windows } from './passage.ts';

const temporaryFolder = temporaryFolders();
const tokenizer = readTokenizerJson(await smallTokenizerJson());
const words = 'It was the best of times, it was the worst of times, it was the age of wisdom. ';

/** Input and target of every counted position, in order. */
function counted({ batches }: Windows): [input: number, target: number][] {
  return batches.flatMap(({ inputs, targets, mask }) =>
    [...inputs.keys()]
      .filter((at) => mask[at] === 1)
      .map((at): [number, number] => [inputs[at]!, targets[at]!]),
  );
}

describe('a text', () => {
  test('is read whole, each token predicted once, whatever the shape of the batches', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 30 }),
        fc.integer({ min: 2, max: 100 }),
        fc.integer({ min: 1, max: 5 }),
        (times, context, batch) => {
          const text = words.repeat(times);
          const ids = encodeText(tokenizer, text);
          const windows = readWindows({ kind: 'text', text }, tokenizer, { context, windows: 10_000, batch });
          expect(counted(windows)).toEqual([...ids.subarray(0, -1)].map((id, at) => [id, ids[at + 1]]));
          expect(windows.tokens).toBe(ids.length - 1);
          for (const { inputs, mask } of windows.batches) {
            expect([inputs.length, mask.length]).toEqual(Array(2).fill(windows.batch * windows.context));
          }
        },
      ),
    );
  });

  test('begins with the end-of-text token, and needs one prediction', () => {
    expect(encodeText(tokenizer, 'It')[0]).toBe(tokenizer.endOfText);
    expect(() => encodeText(tokenizer, '')).toThrow('too few for a single prediction');
  });

  test('is cut off after the windows asked for', () => {
    const limits = { context: 8, windows: 3 };
    const windows = readWindows({ kind: 'text', text: words.repeat(9) }, tokenizer, limits);
    expect(windows.tokens).toBe(24);
  });
});

test('a token file is sampled in whole windows over its length, the same every time', async () => {
  const folder = join(temporaryFolder(), 'set');
  const sources = sampleTexts('moby-dick').map((text, i) => ({ name: `${i}`, text }));
  await createDataSet(folder, { name: 'set', domain: null, sources });
  const prepared = await prepareTokenFiles(temporaryFolder(), {
    data: [{ name: 'set', folder, weight: 1 }],
    tokenizer,
    context: 32,
  });
  const { path } = prepared.sources[0]!.validation;
  const read = (windows: number, context = 32) =>
    readWindows({ kind: 'tokens', path }, tokenizer, { context, windows });
  const few = read(7);
  expect(few.tokens).toBe(7 * 32);
  expect(read(7)).toEqual(few);

  const reader = TokenReader.open(path);
  const all = new Int32Array(reader.length);
  reader.read(0, reader.length, all);
  const available = Math.floor((all.length - 1) / 32);
  const starts = Array.from({ length: 7 }, (_, window) => Math.floor((window * available) / 7) * 32);
  expect(starts.at(-1)).toBeGreaterThan(0.8 * all.length);
  expect(counted(few)).toEqual(
    starts.flatMap((start) => Array.from({ length: 32 }, (_, at) => [all[start + at], all[start + at + 1]])),
  );
  // Asked for more than there is, every window comes once.
  expect(read(1e6).tokens).toBe(available * 32);
  expect(() => read(1, all.length)).toThrow(/needs \d+/);
});
