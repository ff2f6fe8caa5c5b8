/**
 * The browser shell: the host in this process, the page over 127.0.0.1. `finegrain serve` and `npm start` call `serve`;
 * `node src/main/serve.ts [--port P] [--workspace DIR] [--no-open]` runs it alone.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { FinegrainError, toErrorShape } from '../shared/errors.ts';
import { createHost, workspaceFolder } from './host/index.ts';
import { openBrowser } from './shell/browser/openBrowser.ts';
import { type BrowserShell, startBrowserShell } from './shell/browser/server.ts';

/** The same port each time, since a browser keeps the page's layout and theme by address. */
export const defaultPort = 4517;

export interface ServeOptions {
  /** Workspace folder; the platform's data folder by default. */
  readonly workspace?: string;
  /** 0: any free port. Left out: `defaultPort`, or any free one where that is taken. */
  readonly port?: number;
  /** Told what the user should know: a backup that was opened, runs that were interrupted, a full disk. */
  readonly onNotice?: (sentence: string) => void;
}

export interface Served {
  /** What to open in a browser; holds the token. */
  readonly address: string;
  /** Ends connections, then the host (what trains is paused with a checkpoint). */
  close(): Promise<void>;
}

/** Throws FinegrainError: the page is not built, the port is taken, or the host cannot open the workspace. */
export async function serve(options: ServeOptions = {}): Promise<Served> {
  const page = fileURLToPath(new URL('../../out/renderer', import.meta.url));
  if (!existsSync(join(page, 'index.html'))) {
    throw new FinegrainError('notFound', 'The page has not been built yet.', 'Run `npm run build` once.');
  }
  const host = await createHost({
    workspace: workspaceFolder(options.workspace),
    shell: 'browser',
    onProblem: (problem) => options.onNotice?.(sentence(problem)),
  });
  for (const notice of host.notices) options.onNotice?.(sentence(notice));
  try {
    const shell = await startOnSomePort(options.port, (port) => startBrowserShell({ host, page, port }));
    return {
      address: shell.address,
      async close() {
        await shell.close();
        await host.close();
      },
    };
  } catch (error) {
    await host.close();
    throw error;
  }
}

function sentence({ message, hint }: { message: string; hint?: string }): string {
  return hint === undefined ? message : `${message} ${hint}`;
}

async function startOnSomePort(
  wanted: number | undefined,
  start: (port: number) => Promise<BrowserShell>,
): Promise<BrowserShell> {
  if (wanted !== undefined) return start(wanted);
  try {
    return await start(defaultPort);
  } catch (error) {
    // Another Finegrain, or another program: any other port serves as well.
    if (error instanceof FinegrainError && error.code === 'input.invalid') return start(0);
    throw error;
  }
}

export interface ServeCommand extends ServeOptions {
  readonly open: boolean;
}

/** Throws FinegrainError `input.invalid` for anything but --port P, --workspace DIR and --no-open. */
export function parseServeArguments(args: readonly string[]): ServeCommand {
  const hint = 'Usage: [--port P] [--workspace DIR] [--no-open]';
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        port: { type: 'string' },
        workspace: { type: 'string' },
        open: { type: 'boolean', default: true },
      },
      allowNegative: true,
    });
    const port = values.port === undefined ? undefined : Number(values.port);
    if (port !== undefined && !(Number.isInteger(port) && port >= 0 && port <= 65_535)) {
      throw new FinegrainError(
        'input.invalid',
        `--port ${values.port} is no port: it must be 0 to 65535.`,
        hint,
      );
    }
    return { port, workspace: values.workspace, open: values.open };
  } catch (error) {
    if (error instanceof FinegrainError) throw error;
    throw new FinegrainError('input.invalid', error instanceof Error ? error.message : String(error), hint);
  }
}

/** Serves until Ctrl+C, SIGTERM or a closed terminal; a second Ctrl+C does not wait. Returns the exit code. */
export async function serveUntilStopped(command: ServeCommand): Promise<number> {
  const served = await serve({ onNotice: console.error, ...command });
  const opened = command.open && openBrowser(served.address);
  console.log(`Finegrain is at ${served.address}`);
  console.log(
    opened
      ? 'Your browser is opening it. Ctrl+C ends Finegrain.'
      : 'Open it in a browser. Ctrl+C ends Finegrain.',
  );
  await new Promise<void>((resolve) => {
    let stopping = false;
    const stop = () => {
      if (stopping) process.exit(130);
      stopping = true;
      resolve();
    };
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, stop);
  });
  console.log('Closing: what trains gets its checkpoint first. Ctrl+C again does not wait.');
  await served.close();
  return 0;
}

if (import.meta.main) {
  try {
    process.exit(await serveUntilStopped(parseServeArguments(process.argv.slice(2))));
  } catch (error) {
    const { code, message, hint } = toErrorShape(error);
    console.error(sentence({ message, hint }));
    process.exit(code === 'input.invalid' ? 2 : 1);
  }
}
