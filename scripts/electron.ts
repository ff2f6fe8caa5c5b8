/** Finds Electron's binary, or fetches it with Electron's own installer. */
import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const folder = 'node_modules/electron';

/** Path of the installed binary, or null. `ELECTRON_OVERRIDE_DIST_PATH` names another folder, as for Electron itself. */
export function findElectron(environment = process.env): string | null {
  const name = readText(join(folder, 'path.txt')) ?? defaultName();
  const distribution = environment.ELECTRON_OVERRIDE_DIST_PATH ?? join(folder, 'dist');
  const path = join(distribution, name);
  return existsSync(path) ? path : null;
}

/** Downloads the binary, for `limit` ms at most. Resolves to null when it is there, else to why not. */
export function fetchElectron(limit: number): Promise<string | null> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [join(folder, 'install.js')], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let errors = '';
    let late = false;
    const timer = setTimeout(() => {
      late = true;
      child.kill('SIGKILL');
    }, limit);
    child.stderr.setEncoding('utf8');
    child.stderr.on('data', (text: string) => {
      errors = (errors + text).slice(-8000);
    });
    child.on('error', (error) => {
      clearTimeout(timer);
      resolve(error.message);
    });
    child.on('close', (code) => {
      clearTimeout(timer);
      if (code === 0 && findElectron() !== null) resolve(null);
      else resolve(late ? `the download took longer than ${limit / 1000} s` : shortReason(errors));
    });
  });
}

/** What kept the download from working, without the stack. */
export function shortReason(errors: string): string {
  if (/ENOTFOUND|EAI_AGAIN/.test(errors))
    return 'the download site cannot be reached from here (no such host)';
  if (/ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|EHOSTUNREACH|fetch failed/.test(errors)) {
    return 'the download site cannot be reached from here';
  }
  const line = errors.split('\n').find((text) => /error/i.test(text)) ?? errors.split('\n')[0] ?? '';
  return line.replace(/^\w*Error:\s*/, '').trim() || 'the installer failed without a message';
}

/** Whether a window could be shown at all. */
export function hasDisplay(environment = process.env, platform = process.platform): boolean {
  return platform !== 'linux' || Boolean(environment.DISPLAY || environment.WAYLAND_DISPLAY);
}

function defaultName(): string {
  if (process.platform === 'darwin') return 'Electron.app/Contents/MacOS/Electron';
  return process.platform === 'win32' ? 'electron.exe' : 'electron';
}

function readText(path: string): string | null {
  try {
    return readFileSync(path, 'utf8').trim() || null;
  } catch {
    return null;
  }
}
