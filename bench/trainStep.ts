/**
 * The whole training step (forward, backward, clipping, AdamW) of the benchmark models, against PyTorch eager, the stock
 * TensorFlow.js wasm backend, the device's own matrix-product ceiling and, for routed layers, our own dense dispatch. Also what comes with it: the time to build a
 * session, and the peak memory of each side's process.
 */
import { fileURLToPath } from 'node:url';
import { trainingEnvironment } from '../src/main/engine/environment.ts';
import { trainingProcessFlags } from '../src/main/host/processes.ts';
import type { CeilingAnswer, MemoryAnswer, OpenAnswer, RunAnswer } from './engineWorker.ts';
import type { LineProcess } from './lineProcess.ts';
import { startLineProcess } from './lineProcess.ts';
import { type BenchmarkModel, benchmarkModel, type Kind, kinds, type Shape } from './models.ts';
import type { BenchContext, Benchmark, BenchResult } from './result.ts';
import { describeSpread, isUnsteady, median } from './statistics.ts';
import type { TorchStep } from './torch.ts';
import { findTorchPython, startBestTorch } from './torch.ts';

const stepsPerRound = 4;
/** Of an alternative of ours: it is there to be slower. */
const alternativeStepsPerRound = 1;
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

interface Measured {
  readonly build: OpenAnswer;
  readonly ours: number[]; // milliseconds of each step
  readonly theirs: number[];
  readonly ceilings: number[]; // FLOP/s
  readonly ourPeak: number;
  readonly theirPeak: number | null;
  /** Milliseconds of our alternatives, by peer. */
  readonly alternatives: ReadonlyMap<string, number[]>;
}

async function benchKind(kind: Kind, context: BenchContext): Promise<BenchResult[]> {
  const model = benchmarkModel(kind);
  const { shape } = model;
  context.log(`train-step/${kind}`);
  const torch = await openTorch(shape, context);
  const measured = await measure(model, torch, context);
  await torch?.process.stop();
  // A routed step takes the wasm backend a minute, and tells no more than that of dsmoe.
  const wasm = model.alternatives.length > 0 ? null : await wasmResult(kind, shape, measured, context);
  return [
    ...stepResults(kind, model, measured, torch),
    ...(wasm === null ? [] : [wasm]),
    ...otherResults(kind, measured),
  ];
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
async function measure(
  { shape, alternatives }: BenchmarkModel,
  torch: TorchStep | null,
  context: BenchContext,
): Promise<Measured> {
  const engine = startWorker();
  const ceiling = startWorker();
  const others = alternatives
    .filter(({ peer }) => !context.without.has(peer))
    .map(({ peer, shape: own }) => ({ peer, own, engine: startWorker(), times: [] as number[] }));
  const run = async (process: LineProcess, steps: number): Promise<number[]> =>
    (await process.ask<RunAnswer>({ command: 'run', steps })).milliseconds;
  try {
    const build = await engine.ask<OpenAnswer>({ command: 'open', ...shape, device: 'cpu', wasm: false });
    await run(engine, 2);
    for (const other of others) {
      await other.engine.ask({ command: 'open', ...other.own, device: 'cpu', wasm: false });
      await run(other.engine, 1);
    }
    const ours: number[] = [];
    const theirs: number[] = [];
    const ceilings: number[] = [];
    for (let round = 0; round < context.rounds; round++) {
      ours.push(...(await run(engine, stepsPerRound)));
      if (torch !== null) theirs.push(...(await run(torch.process, stepsPerRound)));
      for (const other of others) other.times.push(...(await run(other.engine, alternativeStepsPerRound)));
      ceilings.push(
        (await ceiling.ask<CeilingAnswer>({ command: 'ceiling', request: ceilingRequest(shape) }))
          .flopsPerSecond,
      );
    }
    const ourPeak = (await engine.ask<MemoryAnswer>({ command: 'memory' })).peakBytes;
    const theirPeak =
      torch === null ? null : (await torch.process.ask<MemoryAnswer>({ command: 'memory' })).peakBytes;
    const times = new Map(others.map((other) => [other.peer, other.times]));
    return { build, ours, theirs, ceilings, ourPeak, theirPeak, alternatives: times };
  } finally {
    await Promise.all([engine, ceiling, ...others.map((other) => other.engine)].map((each) => each.stop()));
  }
}

function ceilingRequest({ architecture, batch: B, context }: Shape): object {
  return { architecture, shape: { batch: B, context }, device: 'cpu', threads: 0 };
}

function stepResults(
  kind: Kind,
  { measuredFlops, theoreticalFlops }: BenchmarkModel,
  measured: Measured,
  torch: TorchStep | null,
): BenchResult[] {
  const name = `train-step/${kind}`;
  const value = median(measured.ours);
  const rate = measuredFlops / (value / 1000);
  // The best of all rounds: a ceiling that a busy moment lowered is none.
  const ceiling = Math.max(...measured.ceilings);
  const giga = (number: number): string => (number / 1e9).toFixed(0);
  const work =
    measuredFlops === theoreticalFlops
      ? ''
      : `; a step computes ${giga(measuredFlops)} GFLOP, of which ${giga(theoreticalFlops)} for routed tokens` +
        ` (${giga(theoreticalFlops / (value / 1000))} GFLOP/s), the rest for empty slots`;
  const results: BenchResult[] = [
    {
      name,
      value,
      unit: 'ms',
      peer: 'matmul-ceiling',
      ratio: rate / ceiling,
      peerValue: (1000 * measuredFlops) / ceiling,
      note:
        `${giga(rate)} of ${giga(ceiling)} GFLOP/s; ` +
        `fastest step ${giga(measuredFlops / (Math.min(...measured.ours) / 1000))}${work}`,
    },
  ];
  const compare = (peer: string, times: readonly number[], remark: string): BenchResult => ({
    name,
    value,
    unit: 'ms',
    peer,
    ratio: median(times) / value,
    peerValue: median(times),
    note:
      `${describeSpread(measured.ours)} against ${describeSpread(times)}; ${remark}` +
      `${isUnsteady(measured.ours) || isUnsteady(times) ? '; UNSTEADY: the machine was busy' : ''}`,
  });
  if (torch !== null) results.unshift(compare('pytorch-eager', measured.theirs, torch.settings));
  for (const [peer, times] of measured.alternatives) {
    results.push(compare(peer, times, 'the same layers with all experts computed and masked'));
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
