/** What `npm ci` and `npm run setup:cuda` do about files that no registry carries, and how `npm start` picks its shell. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { findElectron, hasDisplay, shortReason } from './electron.ts';
import { fetchesCuda } from './onnxRuntime.ts';

const read = (path: string) => readFileSync(new URL(`../${path}`, import.meta.url), 'utf8');
const require = createRequire(import.meta.url);

interface Lock {
  readonly packages: Record<string, { readonly hasInstallScript?: boolean }>;
}

describe('npm ci', () => {
  test('runs the install script of node alone: every other one is refused by name', () => {
    const { allowScripts } = JSON.parse(read('package.json')) as { allowScripts: Record<string, boolean> };
    const scripted = Object.entries((JSON.parse(read('package-lock.json')) as Lock).packages)
      .filter(([, entry]) => entry.hasInstallScript === true)
      .map(([path]) => path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length));
    expect([...new Set(scripted)].sort()).toEqual(Object.keys(allowScripts).sort());
    expect(Object.keys(allowScripts).filter((name) => allowScripts[name])).toEqual(['node']);
  });

  test('what an npm without allowScripts runs all the same fetches nothing, or may fail', () => {
    const manifest = JSON.parse(read('package.json')) as { optionalDependencies: Record<string, string> };
    expect(Object.keys(manifest.optionalDependencies)).toEqual(
      expect.arrayContaining(['@tensorflow/tfjs-node', '@tensorflow/tfjs-node-gpu']),
    );
    expect(read('.npmrc')).toMatch(/^onnxruntime-node-install=skip$/m);
    expect(installFlag({ npm_config_onnxruntime_node_install: 'skip' })).toBe(false);
  });
});

test('setup:cuda makes the script of onnxruntime-node fetch what this platform has, also under .npmrc', () => {
  expect(installFlag({ ...fetchesCuda, npm_config_onnxruntime_node_install: 'skip' })).toBe(true);
  const { requirements } = require(script('install-metadata.js')) as {
    requirements: Record<string, string[]>;
  };
  expect(requirements['linux/x64']).toEqual(['cuda12']);
});

function script(name: string): string {
  return join(require.resolve('onnxruntime-node/package.json'), '..', 'script', name);
}

/** What onnxruntime-node's own script reads from an environment: false skips, true fetches, undefined depends. */
function installFlag(environment: Record<string, string>): unknown {
  for (const [name, value] of Object.entries(environment)) vi.stubEnv(name, value);
  try {
    return (require(script('install-utils.js')) as { parseInstallFlag(): unknown }).parseInstallFlag();
  } finally {
    vi.unstubAllEnvs();
  }
}

describe('npm start', () => {
  const folder = mkdtempSync(join(tmpdir(), 'finegrain-electron-'));
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  test('finds Electron only where its binary is', () => {
    mkdirSync(folder, { recursive: true });
    const environment = { ELECTRON_OVERRIDE_DIST_PATH: folder };
    expect(findElectron(environment)).toBeNull();
    for (const name of ['electron', 'electron.exe']) writeFileSync(join(folder, name), '');
    mkdirSync(join(folder, 'Electron.app/Contents/MacOS'), { recursive: true });
    writeFileSync(join(folder, 'Electron.app/Contents/MacOS/Electron'), '');
    expect(findElectron(environment)).toContain(folder);
  });

  test('looks for a display on Linux', () => {
    expect(hasDisplay({}, 'linux')).toBe(false);
    expect(hasDisplay({ DISPLAY: ':0' }, 'linux')).toBe(true);
    expect(hasDisplay({ WAYLAND_DISPLAY: 'wayland-0' }, 'linux')).toBe(true);
    expect(hasDisplay({}, 'darwin')).toBe(true);
  });

  test('says in one line why a download did not work', () => {
    expect(shortReason('Error: getaddrinfo ENOTFOUND github.com\n    at GetAddrInfo')).toContain(
      'no such host',
    );
    expect(shortReason('RequestError: connect ECONNREFUSED 127.0.0.1:1\n  at x')).toContain(
      'cannot be reached',
    );
    expect(shortReason('HTTPError: Response code 404 (Not Found)\n    at x')).toBe(
      'Response code 404 (Not Found)',
    );
    expect(shortReason('')).toBe('the installer failed without a message');
  });
});
