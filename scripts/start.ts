/**
 * `npm start [-- --port P] [-- --workspace DIR] [-- --no-open] [-- --browser]`: the desktop app where Electron's binary
 * is there or can be fetched, else one line that says why and the browser shell.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { buildIfNeeded } from './build.ts';
import { fetchElectron, findElectron, hasDisplay } from './electron.ts';

process.chdir(fileURLToPath(new URL('..', import.meta.url)));

const downloadLimit = 120_000; // ms; Electron is some 110 MB
const args = process.argv.slice(2);
const passedOn = args.filter((argument) => argument !== '--browser');
// A port, or not opening anything, only means something in a browser: then nothing is fetched for a window.
const prefersBrowser = args.includes('--no-open') || args.some((argument) => argument.startsWith('--port'));

if (!buildIfNeeded(console.log)) process.exit(1);
if (args.includes('--browser')) process.exit(await runBrowserShell());
const why = await whyNoElectron();
if (why !== null) console.log(`No desktop window (${why}): Finegrain runs in the browser instead.`);
process.exit(why === null && !prefersBrowser ? await runElectron() : await runBrowserShell());

/** null where Electron can run, else one sentence. */
async function whyNoElectron(): Promise<string | null> {
  if (!hasDisplay()) return 'there is no display';
  if (findElectron() !== null) return null;
  if (prefersBrowser) return "Electron's binary has not been fetched";
  console.log("Fetching Electron's binary ...");
  return fetchElectron(downloadLimit);
}

function runElectron(): Promise<number> {
  // Chromium's sandbox refuses root, as in containers.
  const sandbox = process.getuid?.() === 0 ? ['--no-sandbox'] : [];
  const child = spawn(findElectron() ?? '', [...sandbox, '.', ...passedOn], { stdio: 'inherit' });
  return waitFor(child);
}

function runBrowserShell(): Promise<number> {
  const child = spawn(process.execPath, ['src/main/serve.ts', ...passedOn], { stdio: 'inherit' });
  return waitFor(child);
}

/** Ctrl+C reaches the child by itself; what is sent to this process alone is passed on. Resolves to the exit code. */
function waitFor(child: ChildProcess): Promise<number> {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => {
      // In a terminal the child has had SIGINT already, and would take a second one as "do not wait".
      if (signal !== 'SIGINT' || !process.stdin.isTTY) child.kill(signal);
    });
  }
  return new Promise((resolve) => {
    child.on('error', (error) => {
      console.error(error.message);
      resolve(1);
    });
    child.on('close', (code) => resolve(code ?? 1));
  });
}
