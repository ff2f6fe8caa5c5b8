/** Whether memory stays level over 1,000 training steps. */
import { fileURLToPath } from 'node:url';
import { trainingEnvironment } from '../src/main/engine/environment.ts';
import { trainingProcessFlags } from '../src/main/host/processes.ts';
import { findPreset } from '../src/shared/architecture/presets.ts';
import type { MemoryAnswer } from './engineWorker.ts';
import { startLineProcess } from './lineProcess.ts';
import type { BenchContext, Benchmark, BenchResult } from './result.ts';

const worker = fileURLToPath(new URL('engineWorker.ts', import.meta.url));
const preset = 'finedeep-0.3m';
const name = 'steady-memory/finedeep';
const warmUp = 100;
const steps = 1000;

export const steadyMemory: Benchmark = {
  names: [name],
  run: async (context) => (context.wants(name) ? [await measure(context)] : []),
};

/** Growth of resident memory from step 100, when every buffer has been made, to step 1,000. A small model, to be quick. */
async function measure(context: BenchContext): Promise<BenchResult> {
  const architecture = findPreset(preset)?.architecture;
  if (architecture === undefined) throw new Error(`There is no preset ${preset}.`);
  context.log(`${name}: ${steps} steps of ${preset}`);
  const process_ = startLineProcess(
    process.execPath,
    ['--expose-gc', ...trainingProcessFlags, worker],
    trainingEnvironment(),
  );
  try {
    const shape = { architecture, batch: 2, context: Math.min(64, architecture.context) };
    await process_.ask({ command: 'open', ...shape, device: 'cpu', wasm: false });
    await process_.ask({ command: 'run', steps: warmUp });
    const before = (await process_.ask<MemoryAnswer>({ command: 'memory' })).residentBytes;
    await process_.ask({ command: 'run', steps: steps - warmUp });
    const after = (await process_.ask<MemoryAnswer>({ command: 'memory' })).residentBytes;
    return {
      name,
      value: after / 1e6,
      unit: 'MB',
      peer: 'itself-at-step-100',
      ratio: before / after,
      peerValue: before / 1e6,
      note: `resident memory at step 1,000; grew ${((after - before) / 1e6).toFixed(1)} MB since step 100`,
    };
  } finally {
    await process_.stop();
  }
}
