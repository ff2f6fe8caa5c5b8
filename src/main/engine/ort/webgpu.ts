/**
 * Is there a GPU behind WebGPU? Asked in a process of its own: a broken driver ends that process, not ours. Mesa's
 * software Vulkan passes every such test, so the answer also says what hardware ONNX Runtime found and how fast a matrix
 * product ran.
 */
import { execFile } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { encodeModel } from '../onnx/encode.ts';
import { matMul } from '../trace/arithmetic.ts';
import { GraphBuilder } from '../trace/graph.ts';

export interface WebGpuFinding {
  readonly works: boolean;
  /** A GPU device was found by ONNX Runtime's device discovery. */
  readonly hardware: boolean;
  /** FLOP/s of a small matrix product, 0 where it does not work. */
  readonly rate: number;
  /** Why it does not work; empty where it does. */
  readonly problem: string;
}

const size = 512;
const timeLimit = 30_000;

/** Runs in the child, as CommonJS text: it must not depend on how our own files are bundled. */
const childCode = `
const { Tensor, InferenceSession, env } = require(process.argv[1]);
env.logLevel = 'verbose';
const model = Buffer.from(process.env.FINEGRAIN_PROBE_MODEL, 'base64');
const input = () => new Tensor('float32', new Float32Array(${size * size}).fill(0.5), [${size}, ${size}]);
(async () => {
  const session = await InferenceSession.create(model, { executionProviders: ['webgpu'], logSeverityLevel: 3 });
  const feeds = { a: input(), b: input() };
  const first = await session.run(feeds);
  if (first.y.data[0] !== ${size / 4}) throw new Error('a matrix product came out wrong');
  const start = performance.now();
  await session.run(feeds);
  console.log('RATE ' + (2 * ${size} ** 3) / ((performance.now() - start) / 1000));
  process.exit(0);
})().catch((error) => { console.log('PROBLEM ' + error.message); process.exit(1); });
`;

function probeModel(): string {
  const builder = new GraphBuilder();
  const product = matMul(
    builder,
    builder.input('a', [size, size], 'float32'),
    builder.input('b', [size, size], 'float32'),
  );
  const lowered = builder.one('MatMul', product.producer!.inputs, [size, size]);
  return Buffer.from(encodeModel(builder.finish(new Map([['y', lowered]])))).toString('base64');
}

async function ask(): Promise<WebGpuFinding> {
  const runtime = createRequire(import.meta.url).resolve('onnxruntime-node');
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      ['-e', childCode, runtime],
      {
        timeout: timeLimit,
        maxBuffer: 2 ** 26,
        // Under Electron the executable is Electron's; this makes it behave as Node.
        env: { ...process.env, ELECTRON_RUN_AS_NODE: '1', FINEGRAIN_PROBE_MODEL: probeModel() },
      },
      (error, stdout, stderr) => {
        const rate = Number(/^RATE (\S+)/m.exec(stdout)?.[1] ?? 0);
        const said = /^PROBLEM (.+)/m.exec(stdout)?.[1];
        // OrtHardwareDeviceType: 0 CPU, 1 GPU, 2 NPU.
        const hardware = /Discovered OrtHardwareDevice [^\n]*type:1/.test(stderr + stdout);
        const ended = error
          ? `its test process ended early (${error.signal ?? `exit code ${error.code}`})`
          : '';
        resolve({ works: rate > 0, hardware, rate, problem: rate > 0 ? '' : (said ?? ended) });
      },
    );
  });
}

let asked: Promise<WebGpuFinding> | null = null;

/** The finding, made once per process (about a second). */
export function webGpuFinding(): Promise<WebGpuFinding> {
  asked ??= ask();
  return asked;
}

/** The software renderer that answers where there is no GPU, if its driver file is installed (Linux). */
export function softwareRenderer(): string {
  const folder = '/usr/share/vulkan/icd.d';
  const drivers = existsSync(folder) ? readdirSync(folder) : [];
  return drivers.some((file) => file.startsWith('lvp_icd')) ? 'Mesa llvmpipe' : 'a software renderer';
}
