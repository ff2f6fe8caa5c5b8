/**
 * Where a training step spends its time, by ONNX Runtime's own profile of the compiled step on cpu:
 *
 *   node bench/profile.ts [dense|finedeep|dsmoe|moe] [--steps N] [--nodes N] [--threads N]
 *
 * Prints time by operator, then the costliest nodes by operator and shapes, with the rate of matrix products.
 */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { initialParameters } from '../src/main/engine/index.ts';
import { createSession, floatTensor, intTensor, scalarTensor } from '../src/main/engine/ort/session.ts';
import { hostState } from '../src/main/engine/ort/state.ts';
import { optimiserFeeds } from '../src/main/engine/step/adamw.ts';
import { names, recordStep } from '../src/main/engine/step/record.ts';
import { stateEntries, toGraphState } from '../src/main/engine/step/state.ts';
import { findPreset } from '../src/shared/architecture/presets.ts';
import { bufferValues, parameterSpecs } from '../src/shared/methods/languageModel.ts';
import { maximumLikelihood } from '../src/shared/methods/objective.ts';

const settings = {
  beta1: 0.9,
  beta2: 0.95,
  epsilon: 1e-8,
  weightDecay: 0.1,
  clip: 1,
  objective: maximumLikelihood,
};
const warmUp = 2;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    steps: { type: 'string', default: '5' },
    nodes: { type: 'string', default: '30' },
    threads: { type: 'string', default: '2' },
  },
});
const kind = positionals[0] ?? 'dense';
const steps = Number(values.steps);
const architecture = findPreset(`bench-${kind}`)!.architecture;
const buffers = bufferValues(architecture, new Float64Array(architecture.vocabulary).fill(1));
const shape = { batch: 8, context: architecture.context };
const tokens = shape.batch * shape.context;
const folder = mkdtempSync(join(tmpdir(), 'finegrain-profile-'));

const specs = parameterSpecs(architecture);
const state = hostState(stateEntries(specs), true);
const parameters = initialParameters(architecture, 0);
state.write(toGraphState({ parameters, firstMoments: new Map(), secondMoments: new Map(), step: 0 }, specs));
const session = await createSession(recordStep({ architecture, shape, buffers }, settings), {
  provider: 'cpu',
  threads: Number(values.threads),
  profile: join(folder, 'profile'),
});
const metrics = session.outputNames.filter((name) => !name.startsWith(names.next('')));
const ids = Int32Array.from({ length: tokens }, (_, index) => (index * 7919) % architecture.vocabulary);
let wall = 0;
for (let step = 1; step <= warmUp + steps; step++) {
  const scalars = Object.entries(optimiserFeeds(settings, step, 1e-3));
  const feeds = {
    ...state.feeds(),
    ...Object.fromEntries(scalars.map(([name, value]) => [name, scalarTensor(value)])),
    [names.inputs]: intTensor(ids, [tokens]),
    [names.targets]: intTensor(ids.slice().reverse(), [tokens]),
    [names.weights]: floatTensor(new Float32Array(tokens).fill(1 / tokens), [tokens]),
  };
  const start = performance.now();
  await session.run(feeds, {
    ...Object.fromEntries(metrics.map((name) => [name, null])),
    ...state.fetches(),
  });
  if (step > warmUp) wall += performance.now() - start;
}
session.endProfiling();
await session.dispose();

interface ProfileEvent {
  readonly cat: string;
  readonly name: string;
  readonly dur: number; // microseconds
  readonly args?: {
    readonly op_name?: string;
    readonly input_type_shape?: Record<string, number[]>[];
    readonly output_type_shape?: Record<string, number[]>[];
  };
}

const file = readdirSync(folder).find((name) => name.endsWith('.json'))!;
const events = JSON.parse(readFileSync(join(folder, file), 'utf8')) as ProfileEvent[];
rmSync(folder, { recursive: true });

const kernels = events.filter((event) => event.cat === 'Node' && event.name.endsWith('_kernel_time'));
const perStep = kernels.length / (warmUp + steps);
const measured = kernels.slice(Math.round(perStep * warmUp));

interface Total {
  milliseconds: number;
  count: number;
  flops: number;
}

function shapeOf(entry: Record<string, number[]>): number[] {
  return Object.values(entry)[0] ?? [];
}

/** Multiply-adds times two of one product: every output element sums over the inner axis. */
function flopsOf({ args }: ProfileEvent): number {
  if (!/MatMul|Gemm/.test(args?.op_name ?? '')) return 0;
  const [a, b] = (args!.input_type_shape ?? []).map(shapeOf);
  const y = shapeOf(args!.output_type_shape?.[0] ?? {});
  const size = (dimensions: readonly number[]): number => dimensions.reduce((product, n) => product * n, 1);
  if (a === undefined || b === undefined) return 0;
  const batches = size(y.slice(0, -2));
  const inner = Math.sqrt((size(a) / batches) * (size(b.slice(-2)) / (y.at(-2)! * y.at(-1)!)));
  return 2 * size(y) * inner;
}

function total(key: (event: ProfileEvent) => string): [string, Total][] {
  const totals = new Map<string, Total>();
  for (const event of measured) {
    const entry = totals.get(key(event)) ?? { milliseconds: 0, count: 0, flops: 0 };
    entry.milliseconds += event.dur / 1000 / steps;
    entry.count += 1 / steps;
    entry.flops += flopsOf(event) / steps;
    totals.set(key(event), entry);
  }
  return [...totals].sort((a, b) => b[1].milliseconds - a[1].milliseconds);
}

function line([name, { milliseconds, count, flops }]: [string, Total]): string {
  const rate = flops > 0 ? `${(flops / milliseconds / 1e6).toFixed(0).padStart(5)} GFLOP/s` : '';
  return `${milliseconds.toFixed(2).padStart(8)} ms ${String(Math.round(count)).padStart(5)}x  ${name} ${rate}`;
}

const kernelTime = measured.reduce((sum, event) => sum + event.dur / 1000 / steps, 0);
console.log(
  `${kind}: ${(wall / steps).toFixed(1)} ms a step, ${kernelTime.toFixed(1)} ms in ${Math.round(perStep)} kernels\n`,
);
console.log('by operator');
for (const entry of total(({ args }) => args?.op_name ?? '?')) console.log(line(entry));
console.log('\nby operator and shapes');
const signature = ({ args }: ProfileEvent): string =>
  `${args?.op_name} ${(args?.input_type_shape ?? []).map((entry) => `[${shapeOf(entry).join(',')}]`).join(' ')}`;
for (const entry of total(signature).slice(0, Number(values.nodes))) console.log(line(entry));
