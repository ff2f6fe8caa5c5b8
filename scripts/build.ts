/** Builds the desktop processes and the page into out/, only when a source is newer than the last build. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const stamp = 'out/.built';
const sources = ['src', 'electron.vite.config.ts', 'package.json', 'package-lock.json'];

/** Newest change time below a file or folder, ms. */
function newest(path: string): number {
  const details = statSync(path, { throwIfNoEntry: false });
  if (details === undefined) return 0;
  if (!details.isDirectory()) return details.mtimeMs;
  // A deleted file changes its folder's time only.
  const inside = readdirSync(path).map((name) => newest(join(path, name)));
  return Math.max(details.mtimeMs, ...inside);
}

export function isBuilt(): boolean {
  if (!existsSync(stamp) || !existsSync('out/renderer/index.html')) return false;
  return Math.max(...sources.map(newest)) <= statSync(stamp).mtimeMs;
}

/** Returns false when the build failed; its own messages have been printed. */
export function buildIfNeeded(say: (line: string) => void): boolean {
  if (isBuilt()) return true;
  say('Building the window (once after each change) ...');
  const started = new Date();
  const { status } = spawnSync(
    process.execPath,
    ['node_modules/electron-vite/bin/electron-vite.js', 'build', '--logLevel', 'warn'],
    { stdio: ['ignore', 'inherit', 'inherit'] },
  );
  if (status !== 0) return false;
  mkdirSync('out', { recursive: true });
  writeFileSync(stamp, '');
  // The time of the start: what changed while the build ran is newer and will be built next time.
  utimesSync(stamp, started, started);
  return true;
}
