/**
 * A TensorFlow.js backend that records instead of computing. Under it, model code and its gradients (TensorFlow.js'
 * tape) leave behind a graph; a tensor is a handle on one of the graph's values.
 */
import * as tf from '@tensorflow/tfjs-core';
import { traceBackend } from '../ops/fused.ts';
import { type Graph, GraphBuilder, sameShape, type Value, type ValueType } from './graph.ts';

/** Handles of values. Values die with their graph, so nothing here is freed one by one. */
class TraceBackend extends tf.KernelBackend {
  builder: GraphBuilder | null = null;
  /** Constants of the current graph by the array they were written from. */
  written = new WeakMap<object, Value>();
  readonly #values = new WeakMap<object, Value>();

  get current(): GraphBuilder {
    if (!this.builder) throw new Error('The recording backend is used outside of record().');
    return this.builder;
  }

  recorded(tensor: tf.TensorInfo): Value {
    const value = this.#values.get(tensor.dataId);
    if (!value) throw new Error('A tensor of another backend reached the recording backend.');
    return value;
  }

  handle(value: Value): tf.TensorInfo {
    const dataId = { id: value.id };
    this.#values.set(dataId, value);
    return { dataId, shape: [...value.shape], dtype: value.type === 'int64' ? 'int32' : value.type };
  }

  /** A large array that is written several times becomes one constant. */
  override write(values: tf.BackendValues, shape: number[], dtype: tf.DataType): tf.DataId {
    const known = this.written.get(values);
    if (known && known.type === dtype && sameShape(known.shape, shape)) return this.handle(known).dataId;
    const data = constantData(values, dtype);
    const value = this.current.constant(data.data, shape, data.type);
    this.written.set(values, value);
    return this.handle(value).dataId;
  }

  override readSync(): tf.BackendValues {
    throw new Error('A recorded tensor has no values: model code must not read tensors.');
  }

  override async read(): Promise<tf.BackendValues> {
    return this.readSync();
  }

  override incRef(): void {}
  override refCount(): number {
    return 1;
  }
  override disposeData(): boolean {
    return true;
  }
  override numDataIds(): number {
    return 0;
  }
  override memory(): { unreliable: boolean } {
    return { unreliable: true };
  }
  override floatPrecision(): 16 | 32 {
    return 32;
  }
  override epsilon(): number {
    return 1e-7;
  }
  override dispose(): void {}
}

function constantData(
  values: tf.BackendValues,
  dtype: tf.DataType,
): { data: Float32Array | Int32Array | Uint8Array; type: ValueType } {
  if (dtype === 'float32') return { data: Float32Array.from(values as Float32Array), type: 'float32' };
  if (dtype === 'int32') return { data: Int32Array.from(values as Int32Array), type: 'int32' };
  if (dtype === 'bool') return { data: Uint8Array.from(values as Uint8Array), type: 'bool' };
  throw new Error(`Constants of type ${dtype} cannot be recorded.`);
}

const backend = new TraceBackend();
tf.registerBackend(traceBackend, () => backend, 0);

export type { TraceBackend };

/** What the recorded function sees: named inputs, tensors over values, and the graph under construction. */
export interface Recorder {
  readonly builder: GraphBuilder;
  input(name: string, shape: readonly number[], type: ValueType): tf.Tensor;
  recorded(tensor: tf.Tensor): Value;
  /** A tensor over a value; use it for values whose first tensor was tidied away. */
  tensorOf(value: Value): tf.Tensor;
}

/**
 * Records `build` and returns the graph of the values it returns. Synchronous from start to end, so eager work on other
 * backends in the same process never sees the switch.
 */
export function record(build: (recorder: Recorder) => ReadonlyMap<string, Value>): Graph {
  const previous = tf.getBackend();
  const builder = new GraphBuilder();
  backend.builder = builder;
  backend.written = new WeakMap();
  // Not awaited on purpose: for a backend without asynchronous start-up the switch is done when the call returns.
  void tf.setBackend(traceBackend);
  const tensorOf = (value: Value): tf.Tensor => tf.engine().makeTensorFromTensorInfo(backend.handle(value));
  try {
    const outputs = { map: new Map<string, Value>() as ReadonlyMap<string, Value> };
    tf.tidy(() => {
      outputs.map = build({
        builder,
        input: (name, shape, type) => tensorOf(builder.input(name, shape, type)),
        recorded: (tensor) => backend.recorded(tensor),
        tensorOf,
      });
    });
    return builder.finish(outputs.map);
  } finally {
    backend.builder = null;
    if (previous && previous !== traceBackend) void tf.setBackend(previous);
  }
}
