/** Finds or installs the Chromium that browser tests and screenshots use. */
import { execFileSync, type SpawnSyncOptions, spawnSync } from 'node:child_process';
import { accessSync, constants, existsSync, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { chromium } from '@playwright/test';

type Say = (line: string) => void;

const names = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable', 'chrome', 'msedge'];

export interface Browser {
  /** undefined: Playwright's own, which it finds by itself. */
  readonly path: string | undefined;
  readonly origin: string;
}

/** Where Chromium is, or null. */
export function findChromium(environment = process.env): Browser | null {
  const named = environment.FINEGRAIN_CHROMIUM;
  if (named) return isExecutable(named) ? { path: named, origin: 'FINEGRAIN_CHROMIUM' } : null;
  if (existsSync(chromium.executablePath())) return { path: undefined, origin: 'Playwright' };
  for (const folder of (environment.PATH ?? '').split(delimiter)) {
    for (const name of names) {
      const path = join(folder, process.platform === 'win32' ? `${name}.exe` : name);
      if (isExecutable(path)) return { path, origin: 'system' };
    }
  }
  return null;
}

/**
 * Finds Chromium, or installs it: from Debian's packages as root, else Playwright's own download.
 * Returns null after a line that says what to install.
 */
export function ensureChromium(say: Say): Browser | null {
  const found = findChromium();
  if (found) return found;
  if (process.env.FINEGRAIN_CHROMIUM) {
    say(
      `FINEGRAIN_CHROMIUM=${process.env.FINEGRAIN_CHROMIUM} is not an executable file: correct it or unset it.`,
    );
    return null;
  }
  if (installDebianPackages(['chromium'], say) && findChromium()) return findChromium();
  say('Installing Chromium with Playwright ...');
  spawnSync(process.execPath, ['node_modules/@playwright/test/cli.js', 'install', 'chromium'], {
    stdio: 'ignore',
    timeout: 300_000,
  });
  const installed = findChromium();
  if (!installed) {
    say(
      'No Chromium for the browser tests: run `apt-get install chromium` as root or `npx playwright install chromium`, ' +
        'or set FINEGRAIN_CHROMIUM to one.',
    );
  }
  return installed;
}

/** Installs Debian packages where that needs no question: as root with apt-get. Returns whether they are there now. */
export function installDebianPackages(packages: readonly string[], say: Say): boolean {
  if (process.getuid?.() !== 0 || !hasCommand('apt-get')) return false;
  say(`Installing ${packages.join(', ')} from Debian's packages ...`);
  const options: SpawnSyncOptions = {
    stdio: 'ignore',
    timeout: 600_000,
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
  };
  const lock = ['-o', 'DPkg::Lock::Timeout=120'];
  spawnSync('apt-get', [...lock, 'update'], options);
  const result = spawnSync(
    'apt-get',
    [...lock, 'install', '-y', '--no-install-recommends', ...packages],
    options,
  );
  return result.status === 0;
}

/** Mesa's software Vulkan lets the WebGPU provider run without a graphics card. */
export function hasVulkanDriver(): boolean {
  const folders = ['/usr/share/vulkan/icd.d', '/etc/vulkan/icd.d', '/usr/local/share/vulkan/icd.d'];
  return folders.some((folder) => existsSync(folder));
}

export function hasCommand(name: string): boolean {
  try {
    execFileSync(process.platform === 'win32' ? 'where' : 'which', [name], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}
