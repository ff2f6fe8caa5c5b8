import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { answerRequest } from './scheme.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'finegrain-scheme-'));
  mkdirSync(join(folder, 'page'));
  writeFileSync(join(folder, 'page', 'index.html'), '<title>page</title>');
  writeFileSync(join(folder, 'secret.txt'), 'secret');
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const ask = (address: string, method = 'GET') =>
  answerRequest(new Request(address, { method }), join(folder, 'page'));

test('the page comes with its policy', async () => {
  const response = await ask('finegrain://app/index.html?x=1');
  expect(response.status).toBe(200);
  expect(response.headers.get('content-type')).toBe('text/html; charset=utf-8');
  expect(response.headers.get('content-security-policy')).toContain("script-src 'self'");
  expect(await response.text()).toBe('<title>page</title>');
});

test.each([
  'finegrain://app/../secret.txt',
  'finegrain://app/%2e%2e%2fsecret.txt',
  'finegrain://app/no.js',
  'finegrain://evil/index.html',
])('nothing at %s', async (address) => {
  const response = await ask(address);
  expect([response.status, await response.text()]).toEqual([404, '']);
});

test('only to be read', async () => {
  expect((await ask('finegrain://app/index.html', 'POST')).status).toBe(405);
});
