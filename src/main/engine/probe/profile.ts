/**
 * Where the time of a forward pass goes, by ONNX Runtime's own profile of the compiled program: softmax, matrix products,
 * everything else. On cpu only: elsewhere the profile times the calls that queue kernels, not the kernels.
 */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FinegrainError } from '../../../shared/errors.ts';
import { parameterSpecs } from '../../../shared/methods/languageModel.ts';
import { routerSoftmax } from '../../../shared/run/analysis.ts';
import { createNoiseFeeds } from '../ort/noise.ts';
import { createSession, floatTensor, intTensor } from '../ort/session.ts';
import { checkedArray } from '../step/arrays.ts';
import { inferenceDraw, inferenceNoise } from '../step/noise.ts';
import { names, recordInference } from '../step/record.ts';
import type { EngineRequest, NamedArrays } from '../types.ts';

export interface ProfiledOperator {
  readonly operator: string;
  /** Milliseconds and calls of one run. */
  readonly milliseconds: number;
  readonly calls: number;
}

export interface InferenceProfile {
  readonly device: 'cpu';
  readonly threads: number;
  readonly batch: number;
  readonly context: number;
  readonly repeats: number;
  /** Of one run, from the call to its result: the median. */
  readonly wallMilliseconds: number;
  /** The costliest first. Softmaxes of attention and of routers stand apart, as `Softmax` and `Softmax (router)`. */
  readonly operators: ProfiledOperator[];
}

/** What the profile's file lists, as far as it is used. */
export interface ProfileEvent {
  readonly cat: string;
  readonly name: string;
  readonly dur: number; // microseconds
  readonly args?: { readonly op_name?: string; readonly input_type_shape?: Record<string, number[]>[] };
}

/** Runs before those that count: the first ones allocate. */
const warmUp = 2;

/**
 * Profiles `repeats` forward passes to logits. Throws `device.unavailable` for a device that cannot be profiled.
 */
export async function profileInference(
  request: EngineRequest,
  parameters: NamedArrays,
  repeats: number,
): Promise<InferenceProfile> {
  const { architecture, shape, device } = request;
  if (device !== 'cpu') {
    throw new FinegrainError(
      'device.unavailable',
      `device: ${device} cannot be profiled. ONNX Runtime's profile times the kernels of its cpu provider only; ` +
        'elsewhere it sees the calls that queue work, not the work.',
      'Measure on cpu: leave the device out.',
    );
  }
  const threads = Math.max(1, request.threads);
  const folder = mkdtempSync(join(tmpdir(), 'finegrain-profile-'));
  try {
    const graph = recordInference(request, { kind: 'logits' });
    const session = await createSession(graph, { provider: 'cpu', threads, profile: join(folder, 'run') });
    const tokens = shape.batch * shape.context;
    const ids = Int32Array.from({ length: tokens }, (_, index) => (index * 7919) % architecture.vocabulary);
    const weights = parameterSpecs(architecture).map((spec) => [
      names.parameter(spec.name),
      floatTensor(checkedArray(parameters, spec), spec.shape),
    ]);
    const feeds = {
      ...Object.fromEntries(weights),
      ...createNoiseFeeds(graph, request.noise ?? inferenceNoise)(inferenceDraw),
      [names.inputs]: intTensor(ids, [tokens]),
    };
    const walls: number[] = [];
    for (let run = 0; run < warmUp + repeats; run++) {
      const start = performance.now();
      await session.run(feeds, { [names.logits]: null });
      if (run >= warmUp) walls.push(performance.now() - start);
    }
    session.endProfiling();
    await session.dispose();
    const file = readdirSync(folder).find((name) => name.endsWith('.json'));
    if (file === undefined) throw new Error('ONNX Runtime wrote no profile.');
    const events = JSON.parse(readFileSync(join(folder, file), 'utf8')) as ProfileEvent[];
    const operators = operatorTimes(events, repeats);
    return { device: 'cpu', threads, ...shape, repeats, wallMilliseconds: median(walls), operators };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/**
 * Kernel times by operator, of one run: all runs have the same kernels in the same order, and of each the median over the
 * last `repeats` runs counts, so that a moment in which another process had the core does not.
 */
export function operatorTimes(events: readonly ProfileEvent[], repeats: number): ProfiledOperator[] {
  const kernels = events.filter(({ cat, name }) => cat === 'Node' && name.endsWith('_kernel_time'));
  const perRun = kernels.length / (warmUp + repeats);
  if (!Number.isInteger(perRun)) {
    throw new Error(`${kernels.length} kernels in ${warmUp + repeats} runs: the profile is not complete.`);
  }
  const totals = new Map<string, { microseconds: number; calls: number }>();
  for (let at = 0; at < perRun; at++) {
    const runs = Array.from({ length: repeats }, (_, run) => kernels[(warmUp + run) * perRun + at]!);
    const operator = operatorOf(runs[0]!);
    const total = totals.get(operator) ?? { microseconds: 0, calls: 0 };
    total.microseconds += median(runs.map(({ dur }) => dur));
    total.calls++;
    totals.set(operator, total);
  }
  return [...totals]
    .map(([operator, { microseconds, calls }]) => ({ operator, milliseconds: microseconds / 1000, calls }))
    .sort((a, b) => b.milliseconds - a.milliseconds);
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/** Attention's scores have three axes or more, a router's [N, E] two. */
function operatorOf({ args }: ProfileEvent): string {
  const operator = args?.op_name ?? 'unknown';
  if (operator !== 'Softmax') return operator;
  const shape = Object.values(args?.input_type_shape?.[0] ?? {})[0] ?? [];
  return shape.length > 2 ? operator : routerSoftmax;
}
