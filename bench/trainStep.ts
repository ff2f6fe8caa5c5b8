/**
 * The whole training step (forward, backward, clipping, AdamW) of the benchmark models, against PyTorch eager, the stock
 * TensorFlow.js wasm backend, and the device's own matrix-product ceiling. Also what comes with it: the time to build a
 * session, and the peak memory of each side's process.
 */
import { fileURLToPath } from 'node:url';
import { trainingEnvironment } from '../src/main/engine/environment.ts';
import { trainingProcessFlags } from '../src/main/host/processes.ts';
import type { Architecture } from '../src/shared/architecture/document.ts';
import { findPreset } from '../src/shared/architecture/presets.ts';
import type { CeilingAnswer, MemoryAnswer, OpenAnswer, RunAnswer } from './engineWorker.ts';
import { matrixProductFlops } from './graphFlops.ts';
import type { LineProcess } from './lineProcess.ts';
import { startLineProcess } from './lineProcess.ts';
import type { BenchContext, Benchmark, BenchResult } from './result.ts';
import { describeSpread, isUnsteady, median } from './statistics.ts';
import type { TorchStep } from './torch.ts';
import { findTorchPython, startBestTorch } from './torch.ts';

const kinds = ['dense', 'finedeep', 'dsmoe'] as const;
type Kind = (typeof kinds)[number];

const batch = 8; // B
const stepsPerRound = 4;
const worker = fileURLToPath(new URL('engineWorker.ts', import.meta.url));
const megabyte = 1e6;

export const trainStep: Benchmark = {
  names: kinds.flatMap((kind) => [`train-step/${kind}`, `session-build/${kind}`, `peak-memory/${kind}`]),
  run: async (context) => {
    const results: BenchResult[] = [];
    for (const kind of kinds) {
      const names = [`train-step/${kind}`, `session-build/${kind}`, `peak-memory/${kind}`];
      if (names.some(context.wants)) results.push(...(await benchKind(kind, context)));
    }
    return results;
  },
};

function startWorker(): LineProcess {
  const flags = ['--expose-gc', ...trainingProcessFlags, worker];
  return startLineProcess(process.execPath, flags, trainingEnvironment());
}

function benchmarkModel(kind: Kind): Architecture {
  const preset = findPreset(`bench-${kind}`);
  if (preset === undefined) throw new Error(`There is no preset bench-${kind}.`);
  return preset.architecture;
}

interface Measured {
  readonly build: OpenAnswer;
  readonly ours: number[]; // milliseconds of each step
  readonly theirs: number[];
  readonly ceilings: number[]; // FLOP/s
  readonly ourPeak: number;
  readonly theirPeak: number | null;
}

async function benchKind(kind: Kind, context: BenchContext): Promise<BenchResult[]> {
  const architecture = benchmarkModel(kind);
  const shape = { architecture, batch, context: architecture.context };
  context.log(`train-step/${kind}`);
  const torch = await openTorch(shape, context);
  const measured = await measure(shape, torch, context);
  await torch?.process.stop();
  const wasm = await wasmResult(kind, shape, measured, context);
  return [
    ...stepResults(kind, shape, measured, torch),
    ...(wasm === null ? [] : [wasm]),
    ...otherResults(kind, measured),
  ];
}

interface Shape {
  readonly architecture: Architecture;
  readonly batch: number;
  readonly context: number;
}

async function openTorch(shape: Shape, context: BenchContext): Promise<TorchStep | null> {
  if (context.without.has('pytorch-eager')) return null;
  const python = await findTorchPython();
  if (python === null) {
    context.log(
      '  pytorch-eager: skipped, no Python with torch here (Debian: apt-get install python3-torch).',
    );
    return null;
  }
  const torch = await startBestTorch(python, { ...shape, device: 'cpu' }, context.log);
  context.log(`  pytorch ${torch.version}: ${torch.settings}`);
  return torch;
}

/** Ours, theirs and the ceiling in turn, round after round, each in its own process. */
async function measure(shape: Shape, torch: TorchStep | null, context: BenchContext): Promise<Measured> {
  const engine = startWorker();
  const ceiling = startWorker();
  try {
    const build = await engine.ask<OpenAnswer>({ command: 'open', ...shape, device: 'cpu', wasm: false });
    await engine.ask({ command: 'run', steps: 2 });
    const ours: number[] = [];
    const theirs: number[] = [];
    const ceilings: number[] = [];
    for (let round = 0; round < context.rounds; round++) {
      ours.push(...(await engine.ask<RunAnswer>({ command: 'run', steps: stepsPerRound })).milliseconds);
      if (torch !== null) {
        const answer = await torch.process.ask<RunAnswer>({ command: 'run', steps: stepsPerRound });
        theirs.push(...answer.milliseconds);
      }
      ceilings.push(
        (await ceiling.ask<CeilingAnswer>({ command: 'ceiling', request: ceilingRequest(shape) }))
          .flopsPerSecond,
      );
    }
    const ourPeak = (await engine.ask<MemoryAnswer>({ command: 'memory' })).peakBytes;
    const theirPeak =
      torch === null ? null : (await torch.process.ask<MemoryAnswer>({ command: 'memory' })).peakBytes;
    return { build, ours, theirs, ceilings, ourPeak, theirPeak };
  } finally {
    await engine.stop();
    await ceiling.stop();
  }
}

function ceilingRequest({ architecture, batch: B, context }: Shape): object {
  return { architecture, shape: { batch: B, context }, device: 'cpu', threads: 0 };
}

function stepResults(kind: Kind, shape: Shape, measured: Measured, torch: TorchStep | null): BenchResult[] {
  const name = `train-step/${kind}`;
  const value = median(measured.ours);
  const flops = matrixProductFlops(shape.architecture, shape);
  const rate = flops / (value / 1000);
  // The best of all rounds: a ceiling that a busy moment lowered is none.
  const ceiling = Math.max(...measured.ceilings);
  const gigaflops = (flopsPerSecond: number): string => (flopsPerSecond / 1e9).toFixed(0);
  const results: BenchResult[] = [
    {
      name,
      value,
      unit: 'ms',
      peer: 'matmul-ceiling',
      ratio: rate / ceiling,
      peerValue: (1000 * flops) / ceiling,
      note:
        `${gigaflops(rate)} of ${gigaflops(ceiling)} GFLOP/s; ` +
        `fastest step ${gigaflops(flops / (Math.min(...measured.ours) / 1000))}`,
    },
  ];
  if (torch !== null) {
    const theirs = median(measured.theirs);
    results.unshift({
      name,
      value,
      unit: 'ms',
      peer: 'pytorch-eager',
      ratio: theirs / value,
      peerValue: theirs,
      note:
        `${describeSpread(measured.ours)} against ${describeSpread(measured.theirs)}; ${torch.settings}` +
        `${isUnsteady(measured.ours) || isUnsteady(measured.theirs) ? '; UNSTEADY: the machine was busy' : ''}`,
    });
  }
  return results;
}

function otherResults(kind: Kind, { build, ourPeak, theirPeak }: Measured): BenchResult[] {
  return [
    {
      name: `session-build/${kind}`,
      value: build.buildSeconds,
      unit: 's',
      peer: 'none',
      ratio: null,
      note: 'document to first step: threads chosen, graph traced, session made',
    },
    {
      name: `peak-memory/${kind}`,
      value: ourPeak / megabyte,
      unit: 'MB',
      peer: theirPeak === null ? 'none' : 'pytorch-eager',
      ratio: theirPeak === null ? null : theirPeak / ourPeak,
      ...(theirPeak === null ? {} : { peerValue: theirPeak / megabyte }),
      note: 'peak resident memory of the whole process',
    },
  ];
}

/** One step only: it takes half a minute. */
async function wasmResult(
  kind: Kind,
  shape: Shape,
  measured: Measured,
  context: BenchContext,
): Promise<BenchResult | null> {
  const name = `train-step/${kind}`;
  if (context.without.has('tfjs-wasm') || !context.wants(name)) return null;
  context.log('  tfjs-wasm: one step, some half a minute');
  const process = startWorker();
  try {
    await process.ask({ command: 'open', ...shape, device: 'eager', wasm: true });
    const { milliseconds } = await process.ask<RunAnswer>({ command: 'run', steps: 1 });
    const value = median(measured.ours);
    return {
      name,
      value,
      unit: 'ms',
      peer: 'tfjs-wasm',
      ratio: milliseconds[0]! / value,
      peerValue: milliseconds[0]!,
      note: 'one step of the same model code on the stock wasm backend',
    };
  } catch (error) {
    context.log(`  tfjs-wasm: skipped, ${error instanceof Error ? error.message : String(error)}`);
    return null;
  } finally {
    await process.stop();
  }
}
