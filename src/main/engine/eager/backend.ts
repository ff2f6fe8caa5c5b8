/**
 * TensorFlow.js backends for the eager path, best first: tfjs-node-gpu (CUDA 11), tfjs-node, wasm, and the plain
 * JavaScript one. The first two are optional packages whose install downloads libtensorflow.
 */
import { readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, sep } from 'node:path';
import util from 'node:util';
import * as tf from '@tensorflow/tfjs-core';
import { registerGradients } from '../ops/gradients.ts';
import type { DeviceReport } from '../types.ts';

export type EagerBackendName = 'tfjs-node-gpu' | 'tfjs-node' | 'wasm' | 'cpu';

const packages = createRequire(import.meta.url);

/** tfjs-node calls a function that Node 23 removed. */
function restoreRemovedUtility(): void {
  const legacy = util as typeof util & { isNullOrUndefined?: (value: unknown) => boolean };
  legacy.isNullOrUndefined ??= (value) => value === null || value === undefined;
}

/** Both native packages register their backend as `tensorflow`. */
async function startNative(name: string): Promise<void> {
  restoreRemovedUtility();
  packages(name);
  registerGradients();
  if (!(await tf.setBackend('tensorflow'))) throw new Error(`${name} did not start`);
}

async function startWasm(): Promise<void> {
  const wasm = await import('@tensorflow/tfjs-backend-wasm');
  const folder = dirname(packages.resolve('@tensorflow/tfjs-backend-wasm'));
  wasm.setWasmPaths(folder + sep);
  if (!(await tf.setBackend('wasm'))) throw new Error('the WebAssembly module did not start');
}

async function startPlain(): Promise<void> {
  await import('@tensorflow/tfjs-backend-cpu');
  await tf.setBackend('cpu');
}

const starters: ReadonlyArray<readonly [EagerBackendName, () => Promise<void>]> = [
  ['tfjs-node-gpu', () => startNative('@tensorflow/tfjs-node-gpu')],
  ['tfjs-node', () => startNative('@tensorflow/tfjs-node')],
  ['wasm', startWasm],
  ['cpu', startPlain],
];

/** Starts the backend asked for, or the best that starts. Throws the reason where the one asked for does not start. */
export async function startEagerBackend(wanted?: EagerBackendName): Promise<EagerBackendName> {
  tf.enableProdMode();
  let last: unknown;
  for (const [name, start] of starters) {
    if (wanted !== undefined && name !== wanted) continue;
    if (wanted === undefined && name.startsWith('tfjs') && !isInstalled(`@tensorflow/${name}`)) continue;
    try {
      await start();
      await tf.ready();
      return name;
    } catch (error) {
      last = error;
    }
  }
  throw last instanceof Error ? last : new Error(String(last));
}

/** The package alone is not enough: its install script fetches the native library, and npm can be told to skip it. */
function isInstalled(name: string): boolean {
  try {
    const library = join(dirname(packages.resolve(`${name}/package.json`)), 'lib');
    return readdirSync(library, { recursive: true }).some((file) =>
      String(file).endsWith('tfjs_binding.node'),
    );
  } catch {
    return false;
  }
}

/** What the eager device would run on. Looks only; nothing is started. */
export async function eagerReport(): Promise<DeviceReport> {
  const base = { name: 'eager', available: true } as const;
  if (isInstalled('@tensorflow/tfjs-node-gpu')) {
    return { ...base, kind: 'gpu', reason: 'TensorFlow.js on tfjs-node-gpu (CUDA 11), kernel by kernel.' };
  }
  const absent = '@tensorflow/tfjs-node-gpu has no native library (`npm run setup:cuda` fetches it)';
  return {
    ...base,
    kind: 'cpu',
    reason: isInstalled('@tensorflow/tfjs-node')
      ? `TensorFlow.js on tfjs-node; ${absent}.`
      : `TensorFlow.js on WebAssembly, a slow reference: ${absent}, nor has @tensorflow/tfjs-node.`,
  };
}
