/** Finds or installs the Chromium that browser tests and screenshots use. */
import { execFileSync, spawnSync } from 'node:child_process';
import { accessSync, constants, existsSync, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { chromium } from '@playwright/test';

const names = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable', 'chrome', 'msedge'];

/**
 * @returns {{ path: string | undefined, origin: string } | null} where Chromium is; `path` undefined means Playwright's
 *   own, which needs no path. null: there is none.
 */
export function findChromium(environment = process.env) {
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
 *
 * @param {(line: string) => void} say
 * @returns {{ path: string | undefined, origin: string } | null} null after a line that says what to install.
 */
export function ensureChromium(say) {
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

/**
 * Installs Debian packages where that needs no question: as root with apt-get.
 *
 * @param {string[]} packages
 * @param {(line: string) => void} say
 * @returns {boolean} whether they are installed now.
 */
export function installDebianPackages(packages, say) {
  if (process.getuid?.() !== 0 || !hasCommand('apt-get')) return false;
  say(`Installing ${packages.join(', ')} from Debian's packages ...`);
  const options = {
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
export function hasVulkanDriver() {
  const folders = ['/usr/share/vulkan/icd.d', '/etc/vulkan/icd.d', '/usr/local/share/vulkan/icd.d'];
  return folders.some((folder) => existsSync(folder));
}

/** @param {string} name */
export function hasCommand(name) {
  try {
    execFileSync(process.platform === 'win32' ? 'where' : 'which', [name], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

/** @param {string} path */
function isExecutable(path) {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}
