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
import type { ChildHandle } from '../../src/main/host/processes.ts';
import type { HostToMain } from '../../src/main/shell/desktop/processMessages.ts';
import { careForChildren } from '../../src/main/shell/desktop/relayedChildren.ts';

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

test('the built host process answers a page, and trains in a process the main process starts for it', async () => {
  const host = startHost();
  host.send({ main: { type: 'open', workspace } });
  expect(await host.told('ready')).toBeTruthy();
  host.send({ main: { type: 'connect' } });
  const call = async (id: number, procedure: string, input: object) => {
    host.send({ page: { type: 'call', id, procedure, input } });
    const answer = await host.answer(id);
    expect(answer).toMatchObject({ type: 'result' });
    return answer.output;
  };
  expect(await call(1, 'app.info', {})).toMatchObject({ shell: 'electron', workspace });
  // The samples are read from packages, which the built code must find from where it lies.
  await call(2, 'data.addSample', { name: 'state-of-the-union' });
  const { run } = (await call(3, 'runs.start', {
    architecture: tiny,
    configuration: {
      data: [{ name: 'state-of-the-union' }],
      steps: 4,
      batch: 2,
      device: 'cpu',
      probeEvery: 2,
    },
  })) as { run: string };
  await expect
    .poll(async () => await call(nextId++, 'runs.get', { run }), { timeout: 60_000 })
    .toMatchObject({ state: 'finished', step: 4, checkpoints: [{ step: 4 }] });
  expect(host.trainers()).toBe(1);
  host.send({ main: { type: 'close' } });
  expect(await host.told('closed')).toBeTruthy();
  expect(await host.ended).toBe(0);
});

let nextId = 100;
const tiny = {
  format: 'finegrain.architecture',
  version: 2,
  name: 'tiny',
  vocabulary: 320,
  width: 64,
  context: 32,
  blocks: [
    {
      attention: { kind: 'softmax', heads: 2, kvHeads: 2, headSize: 32, position: { kind: 'rope' } },
      ffn: { kind: 'dense', width: 128 },
    },
  ],
};

type Message = { type: string } & Record<string, unknown>;

/** A built process under Node, with the stand-in for `process.parentPort`. */
function forkBuilt(name: string): ChildProcess {
  return fork(join(root, 'out/main', name), [], {
    execArgv: ['--import', new URL('./support/parentPort.ts', import.meta.url).href],
    serialization: 'advanced',
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
}

/**
 * The built host process, with the app's own code to start trainers for it.
 */
function startHost() {
  const child = forkBuilt('host-process.js');
  let trainers = 0;
  const care = careForChildren(
    () => {
      trainers++;
      return builtTrainer();
    },
    (message) => child.send({ main: message }),
  );
  const arrived: { side: string; message: Message }[] = [];
  const waiting: { side: string; key: unknown; resolve: (message: Message) => void }[] = [];
  const keyOf = (side: string, message: Message) => (side === 'page' ? message.id : message.type);
  child.on('message', (envelope: Record<string, Message>) => {
    for (const [side, message] of Object.entries(envelope)) {
      if (side === 'main') care.receive(message as HostToMain);
      const index = waiting.findIndex((wait) => wait.side === side && wait.key === keyOf(side, message));
      if (index >= 0) waiting.splice(index, 1)[0]?.resolve(message);
      else arrived.push({ side, message });
    }
  });
  function take(side: string, key: unknown): Promise<Message> {
    const index = arrived.findIndex((entry) => entry.side === side && keyOf(side, entry.message) === key);
    if (index >= 0) return Promise.resolve(arrived.splice(index, 1)[0]!.message);
    return new Promise((resolve) => waiting.push({ side, key, resolve }));
  }
  return {
    send: (envelope: object) => child.send(envelope),
    ended: new Promise<number | null>((resolve) => child.on('close', (code) => resolve(code))),
    trainers: () => trainers,
    /** The next message of this type to the main process. */
    told: (type: string) => take('main', type),
    /** The answer to a page's call. */
    answer: (id: number) => take('page', id),
  };
}

function builtTrainer(): ChildHandle {
  const child = forkBuilt('trainer.js');
  return {
    pid: child.pid,
    post: (message) => child.connected && child.send({ main: message }),
    onMessage: (listener) => child.on('message', ({ main }: { main: unknown }) => listener(main)),
    onExit: (listener) => child.on('close', (code) => listener({ code, cause: `exit code ${code}` })),
    kill: () => child.kill('SIGKILL'),
  };
}
