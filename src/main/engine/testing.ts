/** Small models and batches for the engine's tests. */
import { type Architecture, architectureSchema } from '../../shared/architecture/document.ts';
import { bufferValues, parameterSpecs } from '../../shared/methods/languageModel.ts';
import { maximumLikelihood, type Objective } from '../../shared/methods/objective.ts';
import { initialParameters } from './initialise.ts';
import { sizeOf } from './trace/graph.ts';
import type { Batch, ProgramShape, ProgramSource, TrainingSettings, TrainingState } from './types.ts';

export const smallShape: ProgramShape = { batch: 2, context: 16 };

/** An objective with every term. */
export const everyTerm: Objective = {
  loss: 'tailr',
  gamma: 0.2,
  minWeight: 0.1,
  labelSmoothing: 0.1,
  zLoss: 0.01,
};

export const adamw: TrainingSettings = {
  beta1: 0.9,
  beta2: 0.95,
  epsilon: 1e-8,
  weightDecay: 0.1,
  clip: 1,
  accumulate: 1,
  seed: 1,
  objective: maximumLikelihood,
};

const ffns: Record<string, unknown> = {
  dense: { kind: 'dense', width: 24 },
  finedeep: { kind: 'finedeep', width: 24, subLayers: 2, expertsPerSubLayer: 3 },
  dsmoe: { kind: 'dsmoe', width: 24, nExperts: 4 },
  moe: {
    kind: 'moe',
    nExperts: 4,
    topK: 2,
    expertWidth: 6,
    sharedWidth: 6,
    jitter: 0.1,
    routerZ: 0.001,
    dispatch: 'capacity',
    capacityFactor: 1,
  },
  random: { kind: 'random', nExperts: 4, topK: 2, expertWidth: 6 },
  hash: { kind: 'hash', nExperts: 4, topK: 2, expertWidth: 6 },
  maskmoe: { kind: 'maskmoe', nExperts: 4, topK: 1, expertWidth: 6, vFrequent: 2 },
  cartesianmoe: { kind: 'cartesianmoe', nSubExperts: 3, topKPerSublayer: 2, subExpertWidth: 4 },
};

/** Two layers of width 16 over a vocabulary of 37. `rest`: other fields of the document. */
export function smallArchitecture(
  ffn: string,
  kvHeads = 4,
  tieEmbeddings = false,
  rest: Readonly<Record<string, unknown>> = {},
): Architecture {
  return architectureSchema.parse({
    format: 'finegrain.architecture',
    version: 2,
    name: `small ${ffn}`,
    vocabulary: 37,
    width: 16,
    context: 16,
    tieEmbeddings,
    blocks: [{ repeat: 2, attention: { kind: 'softmax', heads: 4, kvHeads, headSize: 4 }, ffn: ffns[ffn] }],
    ...rest,
  });
}

/** What programs of a model are recorded from; its buffers follow from counts of (v mod 7) + 1 for token v. */
export function sourceOf(architecture: Architecture, shape = smallShape): ProgramSource {
  const counts = Float64Array.from({ length: architecture.vocabulary }, (_, id) => (id % 7) + 1);
  return { architecture, shape, buffers: bufferValues(architecture, counts) };
}

/** Weights of ordinary size: initial ones are so small that a wrong gradient could hide below the tolerance. */
export function smallState(architecture: Architecture, seed = 7, factor = 10): TrainingState {
  const parameters = initialParameters(architecture, seed);
  for (const spec of parameterSpecs(architecture)) {
    if (spec.initialiser.kind === 'ones') continue;
    parameters.set(
      spec.name,
      parameters.get(spec.name)!.map((value) => value * factor),
    );
  }
  return { parameters, firstMoments: new Map(), secondMoments: new Map(), step: 0 };
}

export function smallBatch(
  architecture: Architecture,
  shape: ProgramShape,
  seed: number,
  masked = false,
): Batch {
  const tokens = sizeOf([shape.batch, shape.context]);
  let state = seed;
  const next = () => {
    state = (state * 48271) % 2147483647;
    return state;
  };
  const ids = Int32Array.from({ length: tokens + 1 }, () => next() % architecture.vocabulary);
  const mask = masked ? Float32Array.from({ length: tokens }, () => next() % 2) : undefined;
  return { inputs: ids.slice(0, tokens), targets: ids.slice(1), ...(mask ? { mask } : {}) };
}

/** ||a - b|| / ||b||. */
export function relativeDistance(a: Float32Array, b: Float32Array): number {
  let [difference, norm] = [0, 0];
  b.forEach((value, i) => {
    difference += (a[i]! - value) ** 2;
    norm += value ** 2;
  });
  return Math.sqrt(difference) / Math.max(Math.sqrt(norm), 1e-12);
}
