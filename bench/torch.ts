/** Finds PyTorch and its best settings on this machine, and runs steps with them. */
import { execFile } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { trainingEnvironment } from '../src/main/engine/environment.ts';
import type { Architecture } from '../src/shared/architecture/document.ts';
import type { LineProcess } from './lineProcess.ts';
import { startLineProcess } from './lineProcess.ts';
import { median } from './statistics.ts';

const script = fileURLToPath(new URL('torch_step.py', import.meta.url));
const runFile = promisify(execFile);

/** The first Python that can import torch, or null. `FINEGRAIN_PYTHON` comes first. */
export async function findTorchPython(): Promise<string | null> {
  const candidates = [process.env.FINEGRAIN_PYTHON, '/usr/bin/python3', 'python3', 'python'];
  for (const python of candidates) {
    if (python === undefined) continue;
    try {
      await runFile(python, ['-c', 'import torch, numpy'], { timeout: 60_000 });
      return python;
    } catch {
      // Absent, or without torch: try the next.
    }
  }
  return null;
}

export interface TorchShape {
  readonly architecture: Architecture;
  readonly batch: number;
  readonly context: number;
  readonly device: 'cpu' | 'cuda';
}

export interface TorchStep {
  readonly process: LineProcess;
  readonly version: string;
  /** e.g. `OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=2, fused AdamW`. */
  readonly settings: string;
}

/** OpenMP's and OpenBLAS's threads compete for cores, and waiting OpenMP threads may spin: each sensible mix is tried. */
function threadSettings(): Readonly<Record<string, string>>[] {
  const all = String(availableParallelism());
  const mixes: Readonly<Record<string, string>>[] = [
    { OMP_NUM_THREADS: '1', OPENBLAS_NUM_THREADS: all },
    { OMP_NUM_THREADS: all, OPENBLAS_NUM_THREADS: '1' },
    { OMP_NUM_THREADS: all, OPENBLAS_NUM_THREADS: all },
    { OMP_NUM_THREADS: all, OPENBLAS_NUM_THREADS: all, OMP_WAIT_POLICY: 'PASSIVE' },
    { OMP_NUM_THREADS: '1', OPENBLAS_NUM_THREADS: '1' },
  ];
  return all === '1' ? mixes.slice(0, 1) : mixes;
}

function describe(environment: Readonly<Record<string, string>>): string {
  return Object.entries(environment)
    .map(([name, value]) => `${name}=${value}`)
    .join(' ');
}

/** Tries every thread setting and both fast AdamW implementations for a few steps, and keeps the fastest mix running. */
export async function startBestTorch(
  python: string,
  shape: TorchShape,
  log: (line: string) => void,
): Promise<TorchStep> {
  let best: { environment: Readonly<Record<string, string>>; milliseconds: number } | null = null;
  for (const environment of threadSettings()) {
    const trial = startLineProcess(python, [script], { ...trainingEnvironment(), ...environment });
    try {
      await trial.ask({ command: 'open', ...shape });
      const run = (steps: number) =>
        trial
          .ask<{ milliseconds: number[] }>({ command: 'run', steps })
          .then((answer) => answer.milliseconds);
      await run(1);
      // One step tells a hopeless mix; a close one gets three more.
      const first = await run(1);
      const hopeless: boolean = best !== null && first[0]! > 1.5 * best.milliseconds;
      const milliseconds: number[] = hopeless ? first : await run(3);
      log(`  pytorch ${describe(environment)}: ${median(milliseconds).toFixed(0)} ms`);
      if (best === null || median(milliseconds) < best.milliseconds) {
        best = { environment, milliseconds: median(milliseconds) };
      }
    } finally {
      await trial.stop();
    }
  }
  const process = startLineProcess(python, [script], { ...trainingEnvironment(), ...best!.environment });
  const { version } = await process.ask<{ version: string }>({ command: 'open', ...shape });
  const implementation = await fasterOptimiser(process);
  return { process, version, settings: `${describe(best!.environment)}, ${implementation} AdamW` };
}

async function fasterOptimiser(process: LineProcess): Promise<string> {
  const times: [string, number][] = [];
  for (const implementation of ['foreach', 'fused']) {
    await process.ask({ command: 'optimiser', implementation });
    await process.ask({ command: 'run', steps: 1 });
    const { milliseconds } = await process.ask<{ milliseconds: number[] }>({ command: 'run', steps: 3 });
    times.push([implementation, median(milliseconds)]);
  }
  const [fastest] = times.sort((a, b) => a[1] - b[1])[0]!;
  await process.ask({ command: 'optimiser', implementation: fastest });
  await process.ask({ command: 'run', steps: 1 });
  return fastest;
}
