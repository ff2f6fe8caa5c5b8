/**
 * The app for browser stories: one server with a fresh workspace for each story, stopped and removed afterwards.
 *
 *   import { expect, test } from './app.ts';
 *   test('...', async ({ page, app }) => { await page.goto(app.address); ... });
 *
 * A story fails when the page throws, logs an error or a warning, or breaks its content security policy.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { test as base, expect } from '@playwright/test';

export { expect };

export interface App {
  /** With the token: opening it signs the browser in. */
  readonly address: string;
  readonly workspace: string;
  /** Ends the server as Ctrl+C does and waits for it; `start` brings it back on the same port and workspace. */
  stop(): Promise<void>;
  start(): Promise<void>;
  /** As a crash would: SIGKILL. */
  kill(): Promise<void>;
}

interface Fixtures {
  readonly app: App;
  /** What the page may log without failing the story, e.g. the broken line while the server is down. */
  readonly tolerated: RegExp[];
  /** Whether the first-run tour offers itself; off, because it would stand before the controls of every story. */
  readonly tour: boolean;
  readonly watchPage: undefined;
}

export const test = base.extend<Fixtures>({
  app: [
    // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the names a fixture needs from this pattern
    async ({}, use) => {
      const workspace = await mkdtemp(join(tmpdir(), 'finegrain-e2e-'));
      const app = createApp(workspace);
      await app.start();
      await use(app);
      await app.stop();
      await rm(workspace, { recursive: true, force: true, maxRetries: 5 });
    },
    { timeout: 60_000 },
  ],
  tolerated: [[], { option: true }],
  tour: [false, { option: true }],
  watchPage: [
    // `app` is named so that the page is judged before its server goes.
    async ({ page, tolerated, tour, app: _app }, use) => {
      if (!tour) {
        await page.addInitScript(() => {
          // A page that could not be loaded has no storage.
          if (location.protocol.startsWith('http')) localStorage.setItem('finegrain.tour', 'seen');
        });
      }
      const faults: string[] = [];
      page.on('pageerror', (error) => faults.push(`threw: ${error.message}`));
      page.on('console', (message) => {
        if (message.type() === 'error' || message.type() === 'warning')
          faults.push(`logged: ${message.text()}`);
      });
      await use(undefined);
      expect(faults.filter((fault) => !tolerated.some((pattern) => pattern.test(fault)))).toEqual([]);
    },
    { auto: true },
  ],
});

function createApp(workspace: string): App {
  let child: ChildProcess | null = null;
  let port = '0';
  let address = '';

  function ended(process: ChildProcess): Promise<void> {
    if (process.exitCode !== null || process.signalCode !== null) return Promise.resolve();
    return new Promise((resolve) => process.once('close', () => resolve()));
  }

  async function end(signal: NodeJS.Signals): Promise<void> {
    if (child === null) return;
    child.kill(signal);
    await ended(child);
    child = null;
  }

  return {
    get address() {
      return address;
    },
    workspace,
    stop: () => end('SIGTERM'),
    kill: () => end('SIGKILL'),
    async start() {
      const root = fileURLToPath(new URL('../..', import.meta.url));
      const args = ['src/main/serve.ts', '--no-open', '--port', port, '--workspace', workspace];
      const process_ = spawn(process.execPath, args, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] });
      child = process_;
      address = await readAddress(process_);
      port = new URL(address).port;
    },
  };
}

/** The address the server prints. Rejects with what it printed instead when it ends without one. */
function readAddress(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let output = '';
    const read = (text: string) => {
      output += text;
      const found = /Finegrain is at (\S+)/.exec(output);
      if (found?.[1] !== undefined) resolve(found[1]);
    };
    for (const stream of [child.stdout, child.stderr]) stream?.setEncoding('utf8').on('data', read);
    child.on('close', (code) => reject(new Error(`The server ended with exit code ${code}:\n${output}`)));
  });
}
