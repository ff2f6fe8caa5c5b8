/** Forward programs (losses, taps, logits) over weights that someone else holds; sessions are built when first needed. */
import type { Architecture } from '../../../shared/architecture/document.ts';
import type { Provider } from '../onnx/lower.ts';
import { batchFeeds, meanLoss } from '../step/batch.ts';
import { type InferenceKind, names, recordInference } from '../step/record.ts';
import type { Batch, ProgramShape, TappedLayer } from '../types.ts';
import { createSession, type Feeds, hostValues, intTensor, type OrtTensor, type Session } from './session.ts';

export interface InferencePrograms {
  evaluate(batch: Batch): Promise<{ losses: Float32Array; loss: number }>;
  probe(batch: Batch): Promise<TappedLayer[]>;
  logits(inputs: Int32Array): Promise<Float32Array>;
  dispose(): Promise<void>;
}

export interface InferenceRequest {
  readonly architecture: Architecture;
  readonly shape: ProgramShape;
  readonly provider: Provider;
  readonly threads: number;
  /** The weights now, by graph input name. */
  readonly parameters: () => Feeds;
}

export function createInference(request: InferenceRequest): InferencePrograms {
  const { architecture, shape, provider, threads, parameters } = request;
  const tokens = shape.batch * shape.context;
  const sessions = new Map<InferenceKind, Promise<Session>>();

  const run = async (kind: InferenceKind, feeds: Feeds): Promise<Record<string, OrtTensor>> => {
    const existing = sessions.get(kind);
    const pending =
      existing ?? createSession(recordInference(architecture, shape, kind), { provider, threads });
    if (!existing) {
      sessions.set(kind, pending);
      // A failed build must not be remembered: the next call may find memory or a device again.
      pending.catch(() => sessions.delete(kind));
    }
    const session = await pending;
    const fetches = Object.fromEntries(session.outputNames.map((name) => [name, null]));
    return session.run({ ...parameters(), ...feeds }, fetches);
  };

  return {
    evaluate: async (batch) => {
      const { inputs, targets, mask } = batchFeeds(batch, architecture, shape);
      const outputs = await run('evaluate', {
        [names.inputs]: intTensor(inputs, [tokens]),
        [names.targets]: intTensor(targets, [tokens]),
      });
      const losses = hostValues(outputs[names.losses]).slice();
      return { losses, loss: meanLoss(losses, mask) };
    },
    probe: async (batch) => {
      const { inputs } = batchFeeds(batch, architecture, shape);
      const outputs = await run('probe', { [names.inputs]: intTensor(inputs, [tokens]) });
      return tappedLayers(
        Object.entries(outputs).map(([name, tensor]) => ({
          name: name.slice(names.tap('').length),
          shape: [...tensor.dims],
          values: hostValues(tensor).slice(),
        })),
      );
    },
    logits: async (inputs) => {
      const checked = batchFeeds({ inputs, targets: inputs }, architecture, shape);
      const outputs = await run('logits', { [names.inputs]: intTensor(checked.inputs, [tokens]) });
      return hostValues(outputs[names.logits]).slice();
    },
    dispose: async () => {
      const open = await Promise.allSettled(sessions.values());
      sessions.clear();
      for (const result of open) if (result.status === 'fulfilled') await result.value.dispose();
    },
  };
}

/**
 * Taps `blocks.{i}.ffn.{tap}` by layer. The FFN's taps keep their own names; those of the attention half are called
 * `attention.{tap}`.
 */
export function tappedLayers(
  taps: ReadonlyArray<{ name: string; shape: number[]; values: Float32Array }>,
): TappedLayer[] {
  const layers = new Map<number, Record<string, { shape: number[]; values: Float32Array }>>();
  for (const { name, shape, values } of taps) {
    const match = /^blocks\.(\d+)\.(ffn|attention)\.(.+)$/.exec(name);
    if (!match) throw new Error(`The tap "${name}" belongs to no layer.`);
    const layer = Number(match[1]);
    const entry = layers.get(layer) ?? {};
    entry[match[2] === 'ffn' ? match[3]! : `attention.${match[3]}`] = { shape, values };
    layers.set(layer, entry);
  }
  return [...layers].sort(([a], [b]) => a - b).map(([layer, entry]) => ({ layer, taps: entry }));
}
