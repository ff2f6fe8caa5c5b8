import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { openStore, type Store } from '../store/index.ts';
import { temporaryFolders } from '../text/testing.ts';
import { createDataService } from './data.ts';

const temporaryFolder = temporaryFolders();
const stores: Store[] = [];
afterEach(async () => {
  for (const store of stores.splice(0)) await store.close();
});

function service(workspace = temporaryFolder()) {
  const store = openStore(workspace);
  stores.push(store);
  return { workspace, store, data: createDataService({ store, workspace }) };
}

function textFile(text: string, name = 'notes.txt'): string {
  const path = join(temporaryFolder(), name);
  writeFileSync(path, text);
  return path;
}

describe('data service', () => {
  it('adds, lists, shows and removes', async () => {
    const { data, workspace } = service();
    const row = await data.addPaths([textFile('hello')], { name: 'notes', domain: 'diary' });
    expect(row).toMatchObject({ name: 'notes', domain: 'diary', documents: 1, bytes: 5, invalidBytes: 0 });
    expect(data.list()).toEqual([row]);
    expect(data.show('notes')).toMatchObject({ ...row, manifest: { duplicates: 0, files: 1 } });
    expect(readdirSync(join(workspace, 'data'))).toEqual(['notes']);
    await data.remove('notes');
    expect(data.list()).toEqual([]);
    expect(readdirSync(join(workspace, 'data'))).toEqual([]);
    expect(() => data.show('notes')).toThrowError(expect.objectContaining({ code: 'notFound' }));
  });

  it('keeps what there is when a name is taken or the text is empty', async () => {
    const { data } = service();
    await data.addText({ name: 'a', files: [{ name: 'x', text: 'first' }] });
    const again = data.addText({ name: 'a', files: [{ name: 'x', text: 'second' }] });
    await expect(again).rejects.toMatchObject({
      code: 'input.invalid',
      message: 'A data set named a exists already.',
    });
    await expect(data.addText({ name: 'b', files: [{ name: 'x', text: ' ' }] })).rejects.toMatchObject({
      code: 'data.empty',
    });
    expect(data.list().map((row) => row.name)).toEqual(['a']);
    const reader = await data.open('a');
    expect(Buffer.from(await reader.read(0, 5)).toString()).toBe('first');
    await reader.close();
  });

  it('refuses names that lead out of the workspace', async () => {
    const { data, workspace } = service();
    for (const name of ['../up', '/tmp/x', '..', 'a/b', '.hidden']) {
      await expect(data.addText({ name, files: [{ name: 'x', text: 'text' }] })).rejects.toMatchObject({
        code: 'input.invalid',
      });
    }
    expect(existsSync(join(workspace, 'data'))).toBe(false);
  });

  it('lists the samples and adds one, once', async () => {
    const { data } = service();
    expect(data.samples().map(({ name, added }) => [name, added])).toContainEqual(['moby-dick', false]);
    const row = await data.addSample('moby-dick');
    expect(row).toMatchObject({ documents: 138, domain: 'literature' });
    expect(await data.addSample('moby-dick')).toEqual(row);
    expect(data.samples().find((sample) => sample.name === 'moby-dick')?.added).toBe(true);
    await expect(data.addSample('nope')).rejects.toMatchObject({ code: 'notFound' });
  });

  it('resolves names, samples and paths', async () => {
    const { data } = service();
    const path = textFile('some text', 'My notes (1).txt');
    const row = await data.resolve(path);
    expect(row.name).toBe('My-notes-1');
    expect(await data.resolve('My-notes-1')).toEqual(row);
    expect(await data.resolve(path)).toEqual(row);
    expect((await data.resolve(textFile('other text', 'My notes (1).txt'))).name).toBe('My-notes-1-2');
    expect((await data.resolve('moby-dick')).documents).toBe(138);
    await expect(data.resolve('/no/such/file')).rejects.toMatchObject({
      code: 'notFound',
      hint: expect.stringContaining('moby-dick'),
    });
  });

  it('puts right what a killed process left', async () => {
    const { data, store, workspace } = service();
    const row = await data.addText({ name: 'whole', files: [{ name: 'x', text: 'text' }] });
    store.dataSets.remove('whole'); // As if killed between the folder and its row.
    mkdirSync(join(workspace, 'data', '.half.0123456789ab.partial'));
    mkdirSync(join(workspace, 'data', 'broken'));
    await data.recover();
    expect(data.list()).toEqual([row]);
    expect(readdirSync(join(workspace, 'data')).sort()).toEqual(['broken', 'whole']);
    // A folder that never became a data set does not stand in the way of its name.
    await data.addText({ name: 'broken', files: [{ name: 'x', text: 'mended' }] });
    expect(data.show('broken').bytes).toBe(6);
  });
});
