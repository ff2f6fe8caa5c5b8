/**
 * Where weights and moments live between steps. In host memory they are updated in place: the graph's `next:` outputs
 * are written into the very arrays it reads. On webgpu they stay in GPU buffers: outputs of one step are inputs of the
 * next, and are read back through a graph of identities (reading a resident tensor itself aborts the process).
 */

import { names } from '../step/record.ts';
import { GraphBuilder, sizeOf, type Value } from '../trace/graph.ts';
import {
  createSession,
  type Feeds,
  type Fetches,
  floatTensor,
  hostValues,
  type OrtTensor,
  type Session,
} from './session.ts';

export interface StateEntry {
  readonly name: string; // of the graph input, e.g. `parameter:embedding.weight`
  readonly shape: readonly number[];
}

export interface ResidentState {
  /** Output names to keep on the device; empty for host memory. */
  readonly resident: readonly string[];
  feeds(prefix?: string): Feeds;
  /** Where a run must put the next state. */
  fetches(): Fetches;
  /** Takes over the outputs of a run made with `fetches()`. */
  take(outputs: Readonly<Record<string, OrtTensor>>): void;
  read(): Promise<Map<string, Float32Array>>;
  /** Entries that `values` lacks become zeros. */
  write(values: ReadonlyMap<string, Float32Array>): void;
  dispose(): Promise<void>;
}

function entriesWith(prefix: string, tensors: ReadonlyMap<string, OrtTensor>): Feeds {
  return Object.fromEntries([...tensors].filter(([name]) => name.startsWith(prefix)));
}

/**
 * State in host memory. `inPlace`: programs write over what they read (see `allowsInPlace`); otherwise into a second set
 * of arrays, and the two change places.
 */
export function hostState(entries: readonly StateEntry[], inPlace: boolean): ResidentState {
  const allocate = () =>
    new Map(entries.map(({ name, shape }) => [name, floatTensor(new Float32Array(sizeOf(shape)), shape)]));
  let tensors = allocate();
  let targets = inPlace ? tensors : allocate();
  return {
    resident: [],
    feeds: (prefix = '') => entriesWith(prefix, tensors),
    fetches: () => Object.fromEntries([...targets].map(([name, tensor]) => [names.next(name), tensor])),
    take: () => {
      [tensors, targets] = [targets, tensors];
    },
    read: async () => new Map([...tensors].map(([name, tensor]) => [name, hostValues(tensor).slice()])),
    write: (values) => {
      for (const [name, tensor] of tensors) {
        const source = values.get(name);
        if (source) hostValues(tensor).set(source);
        else hostValues(tensor).fill(0);
      }
    },
    dispose: async () => {
      tensors.clear();
      targets.clear();
    },
  };
}

export function deviceState(entries: readonly StateEntry[]): ResidentState {
  let tensors = new Map<string, OrtTensor>();
  let reader: Promise<Session> | null = null;

  const readerSession = (): Promise<Session> => {
    const builder = new GraphBuilder();
    const outputs = new Map<string, Value>();
    for (const { name, shape } of entries) outputs.set(`copy:${name}`, builder.input(name, shape, 'float32'));
    reader ??= createSession(builder.finish(outputs), { provider: 'webgpu', threads: 1 });
    return reader;
  };
  const replace = (next: Map<string, OrtTensor>): void => {
    for (const [name, tensor] of tensors) if (next.get(name) !== tensor) tensor.dispose();
    tensors = next;
  };
  return {
    resident: entries.map(({ name }) => names.next(name)),
    feeds: (prefix = '') => entriesWith(prefix, tensors),
    fetches: () => Object.fromEntries(entries.map(({ name }) => [names.next(name), null])),
    take: (outputs) => replace(new Map(entries.map(({ name }) => [name, outputs[names.next(name)]!]))),
    read: async () => {
      const session = await readerSession();
      const fetches = Object.fromEntries(entries.map(({ name }) => [`copy:${name}`, null]));
      const outputs = await session.run(Object.fromEntries(tensors), fetches);
      return new Map(entries.map(({ name }) => [name, hostValues(outputs[`copy:${name}`]).slice()]));
    },
    write: (values) => {
      replace(
        new Map(
          entries.map(({ name, shape }) => [
            name,
            floatTensor(values.get(name)?.slice() ?? new Float32Array(sizeOf(shape)), shape),
          ]),
        ),
      );
    },
    dispose: async () => {
      replace(new Map());
      await (await reader)?.dispose();
    },
  };
}
