#!/usr/bin/env node
/**
 * The `finegrain` command. Runs on any Node from 20 on: it finds the project's own Node (the `node` package) and starts
 * the terminal interface there, passing signals on and keeping its exit code.
 */
import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const needed = 24;
const root = dirname(dirname(fileURLToPath(import.meta.url)));

function projectNode() {
  if (Number(process.versions.node.split('.')[0]) >= needed) return process.execPath;
  const require = createRequire(import.meta.url);
  const manifest = require.resolve('node/package.json');
  const { bin } = JSON.parse(readFileSync(manifest, 'utf8'));
  const path = join(dirname(manifest), typeof bin === 'string' ? bin : bin.node);
  return existsSync(`${path}.exe`) ? `${path}.exe` : path;
}

let node;
try {
  node = projectNode();
} catch {
  console.error(`Finegrain needs Node ${needed}; run npm ci in ${root} to install the project's own.`);
  process.exit(1);
}

const flags = ['--disable-warning=ExperimentalWarning'];
const child = spawn(node, [...flags, join(root, 'src', 'main', 'cli.ts'), ...process.argv.slice(2)], {
  // The channel tells the terminal interface when this process is killed.
  stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
});
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
child.on('error', (error) => {
  console.error(`${node} could not be started: ${error.message}`);
  process.exit(1);
});
child.on('close', (code, signal) => {
  if (signal === null) process.exit(code ?? 1);
  // Ends the way the child did, so that a shell sees the same signal.
  process.removeAllListeners(signal);
  process.kill(process.pid, signal);
});
