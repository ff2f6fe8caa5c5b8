/**
 * Finegrain's side of the training benchmarks, in a process of its own. JSON lines in, JSON lines out:
 * `open` builds a trainer, `run` does steps and times each, `ceiling` measures matrix products, `memory` reads this
 * process' memory.
 */
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { startEagerBackend } from '../src/main/engine/eager/backend.ts';
import { createEagerTrainer } from '../src/main/engine/eager/trainer.ts';
import { createEngine, initialParameters } from '../src/main/engine/index.ts';
import type { Batch, EngineRequest, Trainer } from '../src/main/engine/types.ts';
import type { Architecture } from '../src/shared/architecture/document.ts';
import { bufferValues } from '../src/shared/methods/languageModel.ts';
import { maximumLikelihood } from '../src/shared/methods/objective.ts';
import type { DeviceName } from '../src/shared/run/configuration.ts';

export interface OpenRequest {
  readonly command: 'open';
  readonly architecture: Architecture;
  readonly batch: number;
  readonly context: number;
  readonly device: DeviceName;
  /** The stock WebAssembly backend of TensorFlow.js instead of the compiled step. */
  readonly wasm: boolean;
}
export interface OpenAnswer {
  /** From the document to a trainer that can step: tracing, emission, session. */
  readonly buildSeconds: number;
  readonly device: string;
}
export interface RunAnswer {
  readonly milliseconds: number[];
  readonly loss: number;
}
export interface CeilingAnswer {
  readonly flopsPerSecond: number;
}
export interface MemoryAnswer {
  readonly peakBytes: number;
  readonly residentBytes: number;
}
type Request =
  | OpenRequest
  | { readonly command: 'run'; readonly steps: number }
  | { readonly command: 'ceiling'; readonly request: EngineRequest }
  | { readonly command: 'memory' };

const settings = {
  beta1: 0.9,
  beta2: 0.95,
  epsilon: 1e-8,
  weightDecay: 0.1,
  clip: 1,
  accumulate: 1,
  seed: 0,
  objective: maximumLikelihood,
};
const learningRate = 1e-3;

let trainer: Trainer | null = null;
let batch: Batch | null = null;

/** Token ids without any structure: speed does not depend on them, and no file is read. */
function randomTokens(count: number, vocabulary: number): Int32Array {
  let state = 12345;
  return Int32Array.from({ length: count }, () => {
    state = (Math.imul(state, 1_103_515_245) + 12345) & 0x7fffffff;
    return (state >>> 8) % vocabulary;
  });
}

async function open(request: OpenRequest): Promise<OpenAnswer> {
  const { architecture, batch: B, context: T, device, wasm } = request;
  const shape = { batch: B, context: T };
  const buffers = bufferValues(architecture, new Float64Array(architecture.vocabulary).fill(1));
  const start = performance.now();
  if (wasm) {
    const backend = await startEagerBackend('wasm');
    trainer = createEagerTrainer({
      architecture,
      shape,
      buffers,
      settings,
      device: { name: 'eager', reason: backend },
    });
  } else {
    trainer = await createEngine().trainer({ architecture, shape, buffers, device, threads: 0 }, settings);
  }
  const buildSeconds = (performance.now() - start) / 1000;
  const parameters = initialParameters(architecture, 0);
  await trainer.writeState({ parameters, firstMoments: new Map(), secondMoments: new Map(), step: 0 });
  const ids = randomTokens(B * T + 1, architecture.vocabulary);
  batch = { inputs: ids.slice(0, -1), targets: ids.slice(1) };
  return { buildSeconds, device: trainer.device.name };
}

async function run(steps: number): Promise<RunAnswer> {
  const milliseconds: number[] = [];
  let loss = Number.NaN;
  for (let step = 0; step < steps; step++) {
    const start = performance.now();
    ({ loss } = await trainer!.step([batch!], learningRate));
    milliseconds.push(performance.now() - start);
  }
  return { milliseconds, loss };
}

function memory(): MemoryAnswer {
  globalThis.gc?.();
  // On Linux the kernel's own peak; elsewhere what getrusage says (kilobytes).
  let peakBytes = process.resourceUsage().maxRSS * 1024;
  try {
    peakBytes = Number(/VmHWM:\s+(\d+) kB/.exec(readFileSync('/proc/self/status', 'utf8'))![1]) * 1024;
  } catch {
    // No /proc: keep getrusage's figure.
  }
  return { peakBytes, residentBytes: process.memoryUsage.rss() };
}

async function answer(request: Request): Promise<object> {
  switch (request.command) {
    case 'open':
      return open(request);
    case 'run':
      return run(request.steps);
    case 'ceiling':
      return { flopsPerSecond: await createEngine().measureCeiling(request.request) };
    case 'memory':
      return memory();
  }
}

for await (const line of createInterface({ input: process.stdin })) {
  let reply: object;
  try {
    reply = await answer(JSON.parse(line) as Request);
  } catch (error) {
    reply = { error: error instanceof Error ? error.message : String(error) };
  }
  process.stdout.write(`${JSON.stringify(reply)}\n`);
}
process.exit(0);
