import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { findStaticFile } from './staticFiles.ts';

let folder: string;
let page: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'finegrain-static-'));
  page = join(folder, 'page');
  mkdirSync(join(page, 'assets'), { recursive: true });
  writeFileSync(join(page, 'index.html'), '<p>');
  writeFileSync(join(page, 'assets', 'a b.js'), 'x');
  writeFileSync(join(folder, 'secret.txt'), 'secret');
  mkdirSync(join(folder, 'page-beside'));
  writeFileSync(join(folder, 'page-beside', 'secret.txt'), 'secret');
  symlinkSync(join(folder, 'secret.txt'), join(page, 'link.txt'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('files of the page, by their plain and encoded names', async () => {
  expect(await findStaticFile(page, '/')).toMatchObject({
    mediaType: 'text/html; charset=utf-8',
    immutable: false,
  });
  expect(await findStaticFile(page, '/index.html')).toMatchObject({ size: 3 });
  expect(await findStaticFile(page, '/assets/a%20b.js')).toMatchObject({ immutable: true, size: 1 });
});

test.each([
  '/missing.js',
  '/assets',
  '/index.html/more',
  '/../secret.txt',
  '/%2e%2e/secret.txt',
  '/assets/..%2f..%2fsecret.txt',
  '/..%5csecret.txt',
  '/%2e%2e%2fpage-beside/secret.txt',
  '/link.txt',
  '/%00index.html',
  '/index.html%00.png',
  '/C:/secret.txt',
  '/%E0%A4%A',
  `/${'a'.repeat(5000)}`,
])('nothing else: %s', async (path) => {
  expect(await findStaticFile(page, path)).toBeNull();
});

test('an absolute path stays inside the page', async () => {
  expect(await findStaticFile(page, `/${join(folder, 'secret.txt')}`)).toBeNull();
});
