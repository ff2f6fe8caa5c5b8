/** What this machine can train on, each with a reason, and the choice that `auto` makes. */
import { availableParallelism, cpus } from 'node:os';
import { FinegrainError } from '../../../shared/errors.ts';
import type { DeviceName } from '../../../shared/run/configuration.ts';
import { eagerReport } from '../eager/backend.ts';
import type { ChosenDevice, DeviceReport } from '../types.ts';
import { cudaFinding } from './cuda.ts';
import { installedProviders } from './session.ts';
import { softwareRenderer, webGpuFinding } from './webgpu.ts';

function cpuReport(): DeviceReport {
  const model = cpus()[0]?.model.trim() ?? 'CPU';
  return {
    name: 'cpu',
    kind: 'cpu',
    available: true,
    reason: `ONNX Runtime on ${availableParallelism()} cores of ${model}.`,
  };
}

async function webGpuReport(): Promise<DeviceReport> {
  const base = { name: 'webgpu', kind: 'gpu' } as const;
  if (!installedProviders().includes('webgpu')) {
    return {
      ...base,
      available: false,
      reason: 'This build of onnxruntime-node has no WebGPU provider for the platform.',
    };
  }
  const { works, hardware, rate, problem } = await webGpuFinding();
  if (!works) {
    return {
      ...base,
      available: false,
      reason: `WebGPU did not start: ${problem || 'no adapter was found'}. A graphics driver with Vulkan, Metal or Direct3D 12 is needed.`,
    };
  }
  const measured = `${(rate / 1e9).toPrecision(2)} GFLOP/s in a small matrix product`;
  return {
    ...base,
    available: true,
    reason: hardware
      ? `ONNX Runtime's WebGPU provider on a GPU, ${measured}.`
      : `No GPU: WebGPU runs in software (${softwareRenderer()}, ${measured}); exact, but slower than the cpu device.`,
  };
}

/** Providers that onnxruntime-node bundles on their own platforms: DirectML on Windows, CoreML on macOS. */
function bundledReport(name: 'dml' | 'coreml', platform: string): DeviceReport {
  const available = installedProviders().includes(name);
  return {
    name,
    kind: 'gpu',
    available,
    reason: available
      ? `ONNX Runtime's ${name} provider; weights cross the bus at each step, so webgpu is usually faster.`
      : `Only on ${platform}.`,
  };
}

export async function deviceReports(): Promise<DeviceReport[]> {
  const [webgpu, eager] = await Promise.all([webGpuReport(), eagerReport()]);
  return [
    cpuReport(),
    webgpu,
    cudaFinding(installedProviders()),
    bundledReport('dml', 'Windows'),
    bundledReport('coreml', 'macOS'),
    eager,
  ];
}

/** cuda, else webgpu on a real GPU, else cpu. Throws `device.unavailable` where a named device is not there. */
export async function chooseDevice(device: DeviceName): Promise<ChosenDevice> {
  if (device === 'cpu') return { name: 'cpu', reason: 'asked for' };
  if (device !== 'auto') {
    const report = (await deviceReports()).find(({ name }) => name === device);
    if (report?.available) return { name: device, reason: `asked for; ${report.reason}` };
    throw new FinegrainError(
      'device.unavailable',
      `Device "${device}" is not available: ${report?.reason ?? 'it is unknown.'}`,
      'Use --device auto, or one that `finegrain doctor` lists as available.',
    );
  }
  const cuda = cudaFinding(installedProviders());
  if (cuda.available) return { name: 'cuda', reason: `auto: ${cuda.reason}` };
  if (installedProviders().includes('webgpu')) {
    const { works, hardware } = await webGpuFinding();
    if (works && hardware) return { name: 'webgpu', reason: 'auto: a GPU with WebGPU was found' };
    const found = works ? 'WebGPU here is software rendering' : 'no GPU answers to WebGPU';
    return { name: 'cpu', reason: `auto: ${found} and CUDA is not available, so the CPU is fastest` };
  }
  return { name: 'cpu', reason: 'auto: no GPU provider is available' };
}
