/**
 * The built desktop app. Electron's binary is often absent where tests run; the built host process then still runs here,
 * under Node with a stand-in for Electron's port: its bundle, its native modules and its protocol are the real ones.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { _electron, expect, test } from '@playwright/test';
import { findElectron, hasDisplay } from '../../scripts/electron.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
let workspace: string;

test.beforeEach(async () => {
  workspace = await mkdtemp(join(tmpdir(), 'finegrain-desktop-'));
});
test.afterEach(() => rm(workspace, { recursive: true, force: true, maxRetries: 5 }));

test('the window opens on the page and reaches its host', async () => {
  const path = findElectron();
  test.skip(path === null, "Electron's binary is not here: `npm start` fetches it where the network allows");
  test.skip(!hasDisplay(), 'there is no display: run under xvfb-run');
  const sandbox = process.getuid?.() === 0 ? ['--no-sandbox'] : [];
  const app = await _electron.launch({
    executablePath: path ?? '',
    args: [...sandbox, root, `--workspace=${workspace}`],
  });
  const page = await app.firstWindow();
  await expect(page).toHaveTitle(/Finegrain/);
  await expect.poll(() => existsSync(join(workspace, 'finegrain.sqlite'))).toBe(true);
  await app.close();
});

test('the preload script is one CommonJS file that needs nothing but Electron', async () => {
  const text = await readFile(join(root, 'out/preload/index.cjs'), 'utf8');
  const required = [...text.matchAll(/require\(["'`]([^"'`]+)["'`]\)/g)].map(([, name]) => name);
  expect(new Set(required)).toEqual(new Set(['electron']));
});

test('the built host process opens a workspace, answers a page, and starts a trainer when asked', async () => {
  const host = startHost();
  host.send({ main: { type: 'open', workspace } });
  expect(await host.next('main', 'ready')).toBeTruthy();
  host.send({ main: { type: 'connect' } });
  host.send({ page: { type: 'call', id: 1, procedure: 'app.info', input: {} } });
  expect(await host.next('page', 'result')).toMatchObject({
    id: 1,
    output: { shell: 'electron', workspace },
  });
  // A sample data set reads resources and packages from the places where the built code must find them.
  host.send({ page: { type: 'call', id: 2, procedure: 'data.samples', input: {} } });
  const samples = (await host.next('page', 'result')) as unknown as { output: { name: string }[] };
  expect(samples.output.length).toBeGreaterThan(0);
  host.send({
    page: { type: 'call', id: 3, procedure: 'data.addSample', input: { name: samples.output[0]?.name } },
  });
  expect(await host.next('page', 'result')).toMatchObject({ id: 3, output: { invalidBytes: 0 } });
  host.send({ main: { type: 'close' } });
  expect(await host.next('main', 'closed')).toBeTruthy();
  expect(await host.ended).toBe(0);
});

type Message = { type: string } & Record<string, unknown>;

/** The built host process; `next` waits for the next message of a type, to main or to the page. */
function startHost() {
  const child: ChildProcess = fork(join(root, 'out/main/host-process.js'), [], {
    execArgv: ['--import', new URL('./support/parentPort.ts', import.meta.url).href],
    serialization: 'advanced',
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  const arrived: { side: string; message: Message }[] = [];
  const waiting: { side: string; type: string; resolve: (message: Message) => void }[] = [];
  child.on('message', (envelope: Record<string, Message>) => {
    for (const [side, message] of Object.entries(envelope)) {
      const index = waiting.findIndex((wait) => wait.side === side && wait.type === message.type);
      if (index >= 0) waiting.splice(index, 1)[0]?.resolve(message);
      else arrived.push({ side, message });
    }
  });
  return {
    send: (envelope: object) => child.send(envelope),
    ended: new Promise<number | null>((resolve) => child.on('close', (code) => resolve(code))),
    next(side: 'main' | 'page', type: string): Promise<Message> {
      const index = arrived.findIndex((entry) => entry.side === side && entry.message.type === type);
      if (index >= 0) return Promise.resolve(arrived.splice(index, 1)[0]!.message);
      return new Promise((resolve) => waiting.push({ side, type, resolve }));
    },
  };
}
