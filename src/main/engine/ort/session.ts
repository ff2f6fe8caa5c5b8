/** ONNX Runtime sessions over our graphs: one place for the options that decide speed, memory and reproducibility. */
import ort from 'onnxruntime-node';
import { FinegrainError } from '../../../shared/errors.ts';
import { encodeModel } from '../onnx/encode.ts';
import { lower, type Provider } from '../onnx/lower.ts';
import type { Graph } from '../trace/graph.ts';

export type OrtTensor = ort.Tensor;
export type Feeds = Record<string, ort.Tensor>;
/** Output buffers by name; null lets the runtime allocate. Outputs not named are not computed. */
export type Fetches = Record<string, ort.Tensor | null>;

export interface SessionOptions {
  readonly provider: Provider;
  readonly threads: number;
  /** Outputs that stay on the device (webgpu). */
  readonly resident?: readonly string[];
  /** Logs everything, the placement of each node too. For tests. */
  readonly verbose?: boolean;
  /** Writes a profile of every run under this path prefix. For measurements. */
  readonly profile?: string;
}

export interface Session {
  readonly outputNames: readonly string[];
  run(feeds: Feeds, fetches: Fetches): Promise<Record<string, ort.Tensor>>;
  /** Ends profiling where it was asked for. */
  endProfiling(): void;
  dispose(): Promise<void>;
}

/** Lowers `graph` for the provider and builds its session. Throws `device.unavailable` where the provider fails. */
export async function createSession(graph: Graph, options: SessionOptions): Promise<Session> {
  const { provider, threads, resident = [], verbose = false, profile } = options;
  const model = encodeModel(lower(graph, provider));
  const location = Object.fromEntries(resident.map((name) => [name, 'gpu-buffer' as const]));
  let session: ort.InferenceSession;
  try {
    session = await ort.InferenceSession.create(model, {
      executionProviders: [provider],
      intraOpNumThreads: threads,
      interOpNumThreads: 1,
      // 'all' adds only a layout for convolutions.
      graphOptimizationLevel: 'extended',
      // Planning all activations into one block costs a second block beside the arena of the first run: 947 against
      // 682 MB for the model of the benchmark, at the same speed.
      enableMemPattern: false,
      // Warnings about initialisers and placement of shape nodes are noise; errors still arrive as exceptions.
      logSeverityLevel: verbose ? 0 : 3,
      ...(resident.length > 0 ? { preferredOutputLocation: location } : {}),
      ...(profile === undefined ? {} : { enableProfiling: true, profileFilePrefix: profile }),
      extra: {
        session: {
          // Denormal numbers cost a hundredfold on some CPUs; late in training AdamW's v is full of them.
          set_denormal_as_zero: '1',
          // A waiting thread spins this long, then sleeps. Spinning on, as is the default, costs nothing on an idle
          // machine, but beside one busy process a step took 0.8 to 1.8 s on two cores against 0.65 s without.
          intra_op: { spin_duration_us: '50' },
        },
      },
    });
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new FinegrainError(
      'device.unavailable',
      `ONNX Runtime could not build the model on device "${provider}": ${reason}`,
      'Choose another device with --device; `finegrain doctor` lists what is available.',
    );
  }
  return {
    outputNames: session.outputNames,
    run: async (feeds, fetches) => (await session.run(feeds, fetches)) as Record<string, ort.Tensor>,
    endProfiling: () => session.endProfiling(),
    dispose: () => session.release(),
  };
}

export function floatTensor(data: Float32Array, shape: readonly number[]): ort.Tensor {
  return new ort.Tensor('float32', data, [...shape]);
}

export function intTensor(data: Int32Array, shape: readonly number[]): ort.Tensor {
  return new ort.Tensor('int32', data, [...shape]);
}

export function scalarTensor(value: number): ort.Tensor {
  return floatTensor(Float32Array.of(value), []);
}

/** The values of a tensor in host memory. Never call it on a device-resident tensor: the runtime aborts the process. */
export function hostValues(tensor: ort.Tensor | undefined): Float32Array {
  if (tensor?.location !== 'cpu') throw new Error('The tensor is not in host memory.');
  return tensor.data as Float32Array;
}

export function hostScalar(tensor: ort.Tensor | undefined): number {
  return hostValues(tensor)[0]!;
}

/** Names of ONNX Runtime's providers in this installation. */
export function installedProviders(): string[] {
  return ort.listSupportedBackends().map((backend) => backend.name);
}
