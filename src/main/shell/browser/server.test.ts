import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { type IncomingHttpHeaders, request } from 'node:http';
import { connect as connectTcp } from 'node:net';
import { networkInterfaces, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type ClientOptions, WebSocket } from 'ws';
import { closeCodes, maximumMessageLength } from '../../../shared/rpc/wire.ts';
import { createTestHost } from '../testing.ts';
import { type BrowserShell, startBrowserShell } from './server.ts';

const host = createTestHost({ 'runs.list': async () => [] });
let folder: string;
let shell: BrowserShell;
let token: string;
let cookie: string;

interface Answer {
  status: number | undefined;
  headers: IncomingHttpHeaders;
  body: string;
}

/** One request with exactly these headers; `fetch` would not let a test set Host. */
function ask(path: string, headers: Record<string, string> = {}, method = 'GET'): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const outgoing = request({ host: '127.0.0.1', port: shell.port, path, method, headers }, (response) => {
      let body = '';
      response.setEncoding('utf8').on('data', (text: string) => {
        body += text;
      });
      response.on('end', () => resolve({ status: response.statusCode, headers: response.headers, body }));
    });
    outgoing.on('error', reject).end();
  });
}

/** `open`, or the HTTP status the upgrade was refused with. */
function openSocket(headers: Record<string, string>, path = '/socket'): Promise<WebSocket | number> {
  return new Promise((resolve, reject) => {
    const options: ClientOptions = { headers };
    const socket = new WebSocket(`ws://127.0.0.1:${shell.port}${path}`, options);
    socket.on('open', () => resolve(socket));
    socket.on('unexpected-response', (_request, response) => {
      socket.on('error', () => undefined);
      socket.terminate();
      resolve(response.statusCode ?? 0);
    });
    socket.on('error', reject);
  });
}

const ownOrigin = () => `http://127.0.0.1:${shell.port}`;

async function openOwnSocket(): Promise<WebSocket> {
  const socket = await openSocket({ cookie, origin: ownOrigin() });
  if (typeof socket === 'number') throw new Error(`refused with ${socket}`);
  return socket;
}

const nextMessage = (socket: WebSocket) =>
  new Promise<unknown>((resolve) => socket.once('message', (data) => resolve(JSON.parse(data.toString()))));
const closeCode = (socket: WebSocket) => new Promise<number>((resolve) => socket.once('close', resolve));

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'finegrain-shell-'));
  mkdirSync(join(folder, 'page', 'assets'), { recursive: true });
  writeFileSync(join(folder, 'page', 'index.html'), '<title>page</title>');
  writeFileSync(join(folder, 'page', 'assets', 'a.js'), 'export {};');
  writeFileSync(join(folder, 'secret.txt'), 'secret');
  shell = await startBrowserShell({ host, page: join(folder, 'page'), port: 0 });
  token = new URL(shell.address).searchParams.get('token') ?? '';
  const { headers } = await ask(`/?token=${token}`);
  cookie = headers['set-cookie']?.[0]?.split(';')[0] ?? '';
});
afterAll(async () => {
  await shell.close();
  rmSync(folder, { recursive: true, force: true });
});

describe('who gets in', () => {
  test('the token is long, and is exchanged for a strict cookie with a redirect that drops it', async () => {
    expect(token).toMatch(/^[\w-]{43}$/); // 256 bits
    const { status, headers } = await ask(`/?token=${token}`);
    expect(status).toBe(303);
    expect(headers.location).toBe('/');
    expect(headers['set-cookie']?.[0]).toMatch(
      /^finegrain-\d+=[\w-]{43}; HttpOnly; SameSite=Strict; Path=\/$/,
    );
    expect(headers['set-cookie']?.[0]).not.toContain(token);
    expect(headers['referrer-policy']).toBe('no-referrer');
  });

  test.each(['wrong', '', `${'A'.repeat(43)}`])('not with the token "%s"', async (wrong) => {
    const { status, headers } = await ask(`/?token=${wrong}`);
    expect(status).toBe(403);
    expect(headers['set-cookie']).toBeUndefined();
  });

  test('not without the cookie, nor with another one', async () => {
    expect((await ask('/')).status).toBe(401);
    expect((await ask('/', { cookie: cookie.replace(/=.*/, '=wrong') })).status).toBe(401);
    expect((await ask('/', { cookie: `other=1; ${cookie}` })).status).toBe(200);
  });

  test.each(['evil.example', 'evil.example:80', '127.0.0.1', '127.0.0.1.evil.example', '0.0.0.0'])(
    'not under the name %s, even with cookie or token',
    async (name) => {
      expect((await ask('/', { cookie, host: name })).status).toBe(421);
      expect((await ask(`/?token=${token}`, { host: name })).status).toBe(421);
    },
  );

  test('only on the loopback address', async () => {
    const others = Object.values(networkInterfaces())
      .flatMap((addresses) => addresses ?? [])
      .filter(({ internal, family }) => !internal && family === 'IPv4');
    for (const { address } of others) {
      const reached = await new Promise<boolean>((resolve) => {
        const socket = connectTcp({ host: address, port: shell.port });
        socket.on('connect', () => resolve(true)).on('error', () => resolve(false));
      });
      expect(reached).toBe(false);
    }
    expect(new URL(shell.address).hostname).toBe('127.0.0.1');
  });
});

describe('the page', () => {
  test('comes with a policy that forbids inline scripts and eval, and names its own socket', async () => {
    const { status, headers, body } = await ask('/', { cookie });
    expect([status, body]).toEqual([200, '<title>page</title>']);
    const policy = headers['content-security-policy'] as string;
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("script-src 'self';");
    expect(policy).not.toContain('unsafe-eval');
    expect(policy).toContain(`connect-src 'self' ws://127.0.0.1:${shell.port};`);
    expect(headers['x-content-type-options']).toBe('nosniff');
    expect(headers['cache-control']).toBe('no-cache');
    expect((await ask('/assets/a.js', { cookie })).headers['cache-control']).toContain('immutable');
  });

  test.each(['/../secret.txt', '/%2e%2e/secret.txt', '/..%2fsecret.txt', '/nothing.js'])(
    'not %s',
    async (path) => {
      const { status, body } = await ask(path, { cookie });
      expect(status).toBe(404);
      expect(body).not.toContain('secret');
    },
  );

  test('only to be read', async () => {
    expect((await ask('/', { cookie }, 'POST')).status).toBe(405);
    expect(await ask('/', { cookie }, 'HEAD')).toMatchObject({ status: 200, body: '' });
  });
});

describe('the socket', () => {
  test('needs the cookie, our own origin and our own name', async () => {
    const origin = ownOrigin();
    expect(await openSocket({ origin })).toBe(401);
    expect(await openSocket({ cookie })).toBe(403);
    expect(await openSocket({ cookie, origin: 'http://evil.example' })).toBe(403);
    expect(await openSocket({ cookie, origin: 'null' })).toBe(403);
    expect(await openSocket({ cookie, origin: `http://127.0.0.1:${shell.port + 1}` })).toBe(403);
    expect(await openSocket({ cookie, origin: 'http://evil.example', host: 'evil.example' })).toBe(421);
    expect(await openSocket({ cookie, origin }, '/other')).toBe(404);
  });

  test('carries calls and events', async () => {
    const socket = await openOwnSocket();
    socket.send(JSON.stringify({ type: 'call', id: 1, procedure: 'runs.list', input: {} }));
    expect(await nextMessage(socket)).toEqual({ type: 'result', id: 1, output: [] });
    socket.send(JSON.stringify({ type: 'subscribe', events: ['run.removed'] }));
    socket.send(JSON.stringify({ type: 'call', id: 2, procedure: 'runs.list', input: {} }));
    await nextMessage(socket); // messages are handled in order: the subscription stands
    const arrived = nextMessage(socket);
    host.emit('run.removed', { run: 'a' });
    expect(await arrived).toMatchObject({ type: 'events', batch: 0, items: [{ event: 'run.removed' }] });
    const closed = closeCode(socket);
    socket.close();
    await closed;
    await expect.poll(() => host.listening()).toBe(0);
  });

  test.each([
    ['text that is no JSON', 'hello'],
    ['bytes', Buffer.from('{"type":"cancel","id":1}')],
    ['another message', '{"type":"eval"}'],
  ])('closes on %s', async (_name, message) => {
    const socket = await openOwnSocket();
    const closed = closeCode(socket);
    socket.send(message);
    expect(await closed).toBe(closeCodes.protocol);
  });

  test('closes on a message over the limit, and goes on serving others', async () => {
    const socket = await openOwnSocket();
    socket.on('error', () => undefined);
    const closed = closeCode(socket);
    socket.send('x'.repeat(maximumMessageLength + 1));
    expect([1006, 1009]).toContain(await closed); // 1009: message too big
    const other = await openOwnSocket();
    other.send(JSON.stringify({ type: 'call', id: 1, procedure: 'runs.list', input: {} }));
    expect(await nextMessage(other)).toMatchObject({ id: 1 });
    other.terminate();
  });
});

test('a port that is in use is named, with the way out', async () => {
  const second = startBrowserShell({ host, page: folder, port: shell.port });
  await expect(second).rejects.toMatchObject({
    code: 'input.invalid',
    message: expect.stringContaining(String(shell.port)),
  });
});

test('closing ends the sockets and frees the port', async () => {
  const other = await startBrowserShell({ host, page: join(folder, 'page'), port: 0 });
  const { headers } = await fetch(other.address, { redirect: 'manual' });
  const socket = new WebSocket(`ws://127.0.0.1:${other.port}/socket`, {
    headers: {
      cookie: headers.get('set-cookie')?.split(';')[0] ?? '',
      origin: `http://127.0.0.1:${other.port}`,
    },
  });
  await new Promise((resolve) => socket.once('open', resolve));
  const closed = closeCode(socket);
  await other.close();
  expect(await closed).toBe(closeCodes.goingAway);
  const again = await startBrowserShell({ host, page: join(folder, 'page'), port: other.port });
  await again.close();
});
