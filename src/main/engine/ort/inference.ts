/** Forward programs (losses, taps, logits) over weights that someone else holds; sessions are built when first needed. */
import type { Provider } from '../onnx/lower.ts';
import { batchFeeds, meanLoss } from '../step/batch.ts';
import { inferenceDraw, inferenceNoise } from '../step/noise.ts';
import { type InferenceProgram, names, recordInference } from '../step/record.ts';
import { tappedLayers } from '../step/taps.ts';
import type { Model, NoiseSource, ProgramSource } from '../types.ts';
import { createNoiseFeeds } from './noise.ts';
import { createSession, type Feeds, hostValues, intTensor, type OrtTensor, type Session } from './session.ts';

export type InferencePrograms = Omit<Model, 'device'>;

export interface InferenceRequest extends ProgramSource {
  readonly noise: NoiseSource | undefined;
  readonly provider: Provider;
  readonly threads: number;
  /** The weights now, by graph input name. */
  readonly parameters: () => Feeds;
}

export function createInference(request: InferenceRequest): InferencePrograms {
  const { architecture, shape, provider, threads, parameters } = request;
  const tokens = shape.batch * shape.context;
  interface Built {
    readonly session: Session;
    /** The same numbers in every run. */
    readonly noise: Feeds;
  }
  const programs = new Map<string, Promise<Built>>();

  const build = async (program: InferenceProgram): Promise<Built> => {
    const graph = recordInference(request, program);
    const noise = createNoiseFeeds(graph, request.noise ?? inferenceNoise)(inferenceDraw);
    return { session: await createSession(graph, { provider, threads }), noise };
  };
  const run = async (program: InferenceProgram, feeds: Feeds): Promise<Record<string, OrtTensor>> => {
    const key = JSON.stringify(program);
    const existing = programs.get(key);
    const pending = existing ?? build(program);
    if (!existing) {
      programs.set(key, pending);
      // A failed build must not be remembered: the next call may find memory or a device again.
      pending.catch(() => programs.delete(key));
    }
    const { session, noise } = await pending;
    const fetches = Object.fromEntries(session.outputNames.map((name) => [name, null]));
    return session.run({ ...parameters(), ...noise, ...feeds }, fetches);
  };

  return {
    evaluate: async (batch, { disableTop1 = 'none' } = {}) => {
      const { inputs, targets, mask } = batchFeeds(batch, architecture, shape);
      const outputs = await run(
        { kind: 'evaluate', disableTop1 },
        { [names.inputs]: intTensor(inputs, [tokens]), [names.targets]: intTensor(targets, [tokens]) },
      );
      const losses = hostValues(outputs[names.losses]).slice();
      return { losses, loss: meanLoss(losses, mask) };
    },
    probe: async (batch, taps = 'ffn') => {
      const { inputs } = batchFeeds(batch, architecture, shape);
      const outputs = await run({ kind: 'probe', taps }, { [names.inputs]: intTensor(inputs, [tokens]) });
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
      const outputs = await run({ kind: 'logits' }, { [names.inputs]: intTensor(checked.inputs, [tokens]) });
      return hostValues(outputs[names.logits]).slice();
    },
    dispose: async () => {
      const open = await Promise.allSettled(programs.values());
      programs.clear();
      for (const result of open) if (result.status === 'fulfilled') await result.value.session.dispose();
    },
  };
}
