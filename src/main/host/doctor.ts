/** What runs on this machine, and why not the rest. */
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { Doctor } from '../../shared/rpc/contract.ts';
import type { InferenceService } from './inference.ts';

const packages = createRequire(import.meta.url);

/** Version of this package. */
export function appVersion(): string {
  // The built host lies deeper than the source does: the nearest package.json above is ours in both.
  for (let folder = import.meta.dirname; ; folder = dirname(folder)) {
    const file = join(folder, 'package.json');
    if (existsSync(file)) return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version;
    if (folder === dirname(folder)) return 'unknown';
  }
}

export async function examine(inference: InferenceService, signal?: AbortSignal): Promise<Doctor> {
  const { devices, chosen } = await inference.ask({ kind: 'devices', device: 'auto' }, signal);
  return {
    version: appVersion(),
    node: process.versions.node,
    devices,
    chosen,
    electron: electronState(),
  };
}

function electronState(): Doctor['electron'] {
  if (process.versions.electron !== undefined) {
    return { available: true, reason: `This is Electron ${process.versions.electron}.` };
  }
  let folder: string;
  try {
    folder = dirname(packages.resolve('electron/package.json'));
  } catch {
    return { available: false, reason: 'The electron package is not installed; run npm ci.' };
  }
  // Electron's own loader reads the name of its binary from path.txt, written when the binary is unpacked.
  const pathFile = join(folder, 'path.txt');
  if (existsSync(pathFile)) {
    const binary = join(folder, 'dist', readFileSync(pathFile, 'utf8').trim());
    if (existsSync(binary)) return { available: true, reason: `The binary is at ${binary}.` };
  }
  return {
    available: false,
    reason:
      'Its binary is not there; it is fetched from GitHub at the first start where the network allows it.',
  };
}
