/** CUDA needs a driver and libraries that npm does not install; this says which part is missing. */
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { DeviceReport } from '../types.ts';

/** The provider library beside onnxruntime-node's own, fetched by `npm run setup:cuda`. */
function providerLibrary(): string {
  const main = createRequire(import.meta.url).resolve('onnxruntime-node');
  const file =
    process.platform === 'win32' ? 'onnxruntime_providers_cuda.dll' : 'libonnxruntime_providers_cuda.so';
  return join(dirname(main), '..', 'bin', 'napi-v6', process.platform, process.arch, file);
}

function hasDriver(): boolean {
  if (process.platform === 'win32')
    return existsSync(join(process.env.SystemRoot ?? 'C:\\Windows', 'System32', 'nvcuda.dll'));
  return existsSync('/proc/driver/nvidia/version') || existsSync('/dev/nvidiactl');
}

export function cudaFinding(providers: readonly string[]): DeviceReport {
  const base = { name: 'cuda', kind: 'gpu' } as const;
  const missing = (reason: string): DeviceReport => ({ ...base, available: false, reason });
  if (!providers.includes('cuda')) return missing('onnxruntime-node has no CUDA provider on this platform.');
  if (!hasDriver()) return missing('No NVIDIA driver was found.');
  if (!existsSync(providerLibrary())) {
    return missing('The NVIDIA driver is there, but not the CUDA libraries: run `npm run setup:cuda`.');
  }
  return { ...base, available: true, reason: "ONNX Runtime's CUDA provider on an NVIDIA GPU." };
}
