/**
 * `npm test [SECTION...]`: every check and test, one readable report, and a last line `N passed, N failed` (with
 * `, N skipped` where some were). Sections: lint, types, imports, unit, oracle, host, browser; all by default.
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ensureChromium, hasVulkanDriver, installDebianPackages } from './chromium.ts';
import type { Counts } from './report/counts.ts';

interface Section extends Counts {
  readonly name: string;
  readonly seconds: number;
}

const root = fileURLToPath(new URL('..', import.meta.url));
process.chdir(root);
const scratch = mkdtempSync(join(tmpdir(), 'finegrain-test-'));
const modules = (path: string) => join(root, 'node_modules', path);

const sections: Readonly<Record<string, () => Promise<Counts>>> = {
  lint: () => check('lint', modules('@biomejs/biome/bin/biome'), ['check', '--error-on-warnings', '.']),
  types: async () =>
    sum(
      await check('types', modules('typescript/bin/tsc'), ['--noEmit', '-p', '.']),
      await check('types of src/shared alone', modules('typescript/bin/tsc'), [
        '--noEmit',
        '-p',
        'tsconfig.shared.json',
      ]),
    ),
  imports: () => check('import rules', 'scripts/import-rules.ts', []),
  unit: () => vitest('unit'),
  oracle: () => vitest('oracle'),
  host: () => vitest('host'),
  browser: browserTests,
};

const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => !Object.hasOwn(sections, name));
if (unknown.length > 0) {
  console.error(`No such section: ${unknown.join(', ')}. There are ${Object.keys(sections).join(', ')}.`);
  process.exit(2);
}

const results: Section[] = [];
try {
  const chosen = Object.keys(sections).filter((name) => wanted.length === 0 || wanted.includes(name));
  if (chosen.some((name) => ['unit', 'oracle', 'host'].includes(name))) prepareVulkan();
  for (const name of chosen) {
    console.log(`\n== ${name}`);
    const started = Date.now();
    const result = await sections[name]!();
    results.push({ name, seconds: (Date.now() - started) / 1000, ...result });
  }
} finally {
  rmSync(scratch, { recursive: true, force: true });
}
process.exitCode = report(results);

/** The WebGPU provider runs on Mesa's software Vulkan where there is no graphics card. */
function prepareVulkan(): void {
  if (process.platform !== 'linux' || hasVulkanDriver()) return;
  if (!installDebianPackages(['mesa-vulkan-drivers'], console.log)) {
    console.log('No Vulkan driver (`apt-get install mesa-vulkan-drivers`): WebGPU tests will be skipped.');
  }
}

function vitest(project: string): Promise<Counts> {
  const reporters = ['--reporter=default', '--reporter=./scripts/report/vitest.ts'];
  return tests(project, modules('vitest/vitest.mjs'), ['run', '--project', project, ...reporters]);
}

/** Builds the page, then lets Playwright drive it. Without a browser its tests fail: they are never dropped silently. */
async function browserTests(): Promise<Counts> {
  const build = await check('build', modules('electron-vite/bin/electron-vite.js'), [
    'build',
    '--logLevel',
    'warn',
  ]);
  if (build.failed > 0) return build;
  if (ensureChromium(console.log) === null) return sum(build, failure('browser tests: no Chromium'));
  const reporters = '--reporter=list,./scripts/report/playwright.ts';
  return sum(build, await tests('browser', modules('@playwright/test/cli.js'), ['test', reporters]));
}

/** One check: passed or failed as its program exits. */
async function check(name: string, script: string, args: readonly string[]): Promise<Counts> {
  const code = await run(script, args);
  if (code !== 0) return failure(name);
  console.log(`${name}: passed`);
  return { passed: 1, failed: 0, failures: [], skips: [] };
}

/** A test runner that leaves its counts in a file; one that fails without having counted a failure counts as one. */
async function tests(name: string, script: string, args: readonly string[]): Promise<Counts> {
  const path = join(scratch, `${name}.json`);
  const code = await run(script, args, { FINEGRAIN_REPORT: path });
  const counted = readReport(path);
  if (counted === null) return failure(`${name}: the runner left no report (exit code ${code})`);
  return code !== 0 && counted.failed === 0 ? sum(counted, failure(`${name}: exit code ${code}`)) : counted;
}

function readReport(path: string): Counts | null {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as Counts;
  } catch {
    return null;
  }
}

function run(script: string, args: readonly string[], environment: NodeJS.ProcessEnv = {}): Promise<number> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [script, ...args], {
      stdio: ['ignore', 'inherit', 'inherit'],
      env: { ...plainEnvironment(), ...environment },
    });
    child.on('error', (error) => {
      console.log(error.message);
      resolve(1);
    });
    child.on('close', (code) => resolve(code ?? 1));
  });
}

/** Colour codes would litter a log file. */
function plainEnvironment(): NodeJS.ProcessEnv {
  if (process.stdout.isTTY) return process.env;
  const { FORCE_COLOR: _, ...environment } = process.env;
  return { ...environment, NO_COLOR: '1' };
}

function failure(name: string): Counts {
  return { passed: 0, failed: 1, failures: [name], skips: [] };
}

function sum(...parts: readonly Counts[]): Counts {
  return {
    passed: parts.reduce((total, part) => total + part.passed, 0),
    failed: parts.reduce((total, part) => total + part.failed, 0),
    failures: parts.flatMap((part) => part.failures),
    skips: parts.flatMap((part) => part.skips),
  };
}

/** Prints the table, the failures, each skipped test with its reason, and the closing line. Returns the exit code. */
function report(results: readonly Section[]): number {
  const total = sum(...results);
  console.log('\n== report');
  for (const { name, passed, failed, skips, seconds } of results) {
    const skipped = skips.length > 0 ? `, ${skips.length} skipped` : '';
    console.log(`${name.padEnd(8)} ${passed} passed, ${failed} failed${skipped} in ${seconds.toFixed(0)} s`);
  }
  for (const { test, reason } of total.skips) console.log(`skipped  ${test}${reason ? `: ${reason}` : ''}`);
  for (const name of total.failures) console.log(`FAILED   ${name}`);
  const ran = total.passed + total.failed;
  if (ran === 0) console.log('Nothing ran.');
  const skipped = total.skips.length > 0 ? `, ${total.skips.length} skipped` : '';
  console.log(`${total.passed} passed, ${total.failed} failed${skipped}`);
  return total.failed > 0 || ran === 0 ? 1 : 0;
}
