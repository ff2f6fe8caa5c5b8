/** The same model code run kernel by kernel on a TensorFlow.js backend: the reference, and the way to tfjs-node-gpu. */
import * as tf from '@tensorflow/tfjs-core';
import { FinegrainError } from '../../../shared/errors.ts';
import {
  bufferSpecs,
  type ForwardOptions,
  forward,
  parameterSpecs,
} from '../../../shared/methods/languageModel.ts';
import { createOps } from '../ops/index.ts';
import { optimiserFeeds } from '../step/adamw.ts';
import { checkedArray } from '../step/arrays.ts';
import { batchFeeds, type CheckedBatch, lossWeights, meanLoss } from '../step/batch.ts';
import { lossTerms } from '../step/loss.ts';
import { inferenceDraw, inferenceNoise, seededNoise } from '../step/noise.ts';
import { names } from '../step/record.ts';
import { fromGraphState, stateEntries, toGraphState } from '../step/state.ts';
import { kindOfTap, tappedLayers } from '../step/taps.ts';
import { sizeOf } from '../trace/graph.ts';
import type {
  ChosenDevice,
  Draw,
  Model,
  NoiseSource,
  ProgramSource,
  StepResult,
  Trainer,
  TrainingSettings,
} from '../types.ts';

export interface EagerRequest extends ProgramSource {
  readonly device: ChosenDevice;
  readonly settings: TrainingSettings;
  readonly noise?: NoiseSource | undefined;
}

const ops = createOps();

/** What one micro-batch gives; a gradient is null where the loss does not depend on a parameter. */
interface MicroBatchResult extends Omit<StepResult, 'gradientNorm'> {
  readonly gradients: Map<string, tf.Tensor | null>;
}

type Scalars = Readonly<Record<string, number>>;

function sumOf(a: Scalars, b: Scalars, factor = 1): Scalars {
  return Object.fromEntries(
    Object.entries(b).map(([name, value]) => [name, (a[name] ?? 0) + factor * value]),
  );
}

/**
 * Tensors that live from step to step. Every step's other tensors are tidied, so their number is constant.
 * The parameters of the map are those of graphs (`parameter:NAME` and so on).
 */
export function createEagerTrainer(request: EagerRequest): Trainer & Model {
  const { architecture, shape, device, settings } = request;
  const { batch: B, context: T } = shape;
  const specs = parameterSpecs(architecture);
  const entries = stateEntries(specs);
  const state = new Map<string, tf.Tensor>();
  // All are checked before the first tensor is made, so that a refusal leaves none behind.
  const bufferArrays = bufferSpecs(architecture).map(
    (spec) => [spec, checkedArray(request.buffers, spec)] as const,
  );
  const buffers = new Map(
    bufferArrays.map(([spec, values]) => [spec.name, tf.keep(tf.tensor(values.slice(), [...spec.shape]))]),
  );
  let steps = 0;

  const put = (name: string, tensor: tf.Tensor): void => {
    state.get(name)?.dispose();
    state.set(name, tf.keep(tensor));
  };
  const write = (values: ReadonlyMap<string, Float32Array>): void => {
    for (const { name, shape: size } of entries) {
      put(name, values.has(name) ? tf.tensor(values.get(name)!.slice(), [...size]) : tf.zeros([...size]));
    }
  };
  write(new Map());
  const parameters = (): Record<string, tf.Tensor> =>
    Object.fromEntries(specs.map(({ name }) => [name, state.get(names.parameter(name))!]));
  /** Buffers and random numbers of one forward pass. */
  const sources = (
    source: NoiseSource,
    draw: Omit<Draw, 'index'>,
  ): Pick<ForwardOptions, 'buffers' | 'uniform'> => {
    let index = 0;
    return {
      buffers: (name) => buffers.get(name)!,
      uniform: (size) => {
        const numbers = new Float32Array(sizeOf(size));
        source({ ...draw, index: index++ }, numbers);
        return tf.tensor(numbers, [...size]);
      },
    };
  };
  const ids = (values: Int32Array) => tf.tensor(values, [B * T], 'int32');

  const trainingNoise = request.noise ?? seededNoise(settings.seed);
  const share = settings.accumulate > 1 ? tf.keep(tf.scalar(1 / settings.accumulate)) : null;

  const microBatchOf = (batch: CheckedBatch, weights: Float32Array, index: number): MicroBatchResult => {
    const scalars = new Map<string, tf.Tensor>();
    const remember = (name: string, scalar: tf.Tensor) => scalars.set(name, tf.keep(tf.clone(scalar)));
    const own = parameters();
    const result = tf.engine().gradients(
      () => {
        const draws = sources(trainingNoise, { step: steps, microBatch: index });
        const options = { batch: B, context: T, training: true, ...draws };
        const result = forward(ops, architecture, own, ids(batch.inputs), options);
        const targets = ids(batch.targets);
        const terms = lossTerms(ops, result, settings.objective, targets, tf.tensor(weights, [B * T]), share);
        remember(names.loss, terms.loss);
        remember(names.objective, terms.objective);
        for (const [name, term] of terms.auxiliary) remember(names.auxiliary(name), term);
        for (const [name, value] of terms.reports) remember(names.report(name), value);
        return terms.total;
      },
      specs.map(({ name }) => own[name]!),
      undefined,
      true,
    );
    const read = (name: string) => scalars.get(name)!.dataSync()[0]!;
    const readAll = (prefix: string) =>
      Object.fromEntries(
        [...scalars.keys()]
          .filter((name) => name.startsWith(prefix))
          .map((name) => [name.slice(prefix.length), read(name)]),
      );
    const values = {
      loss: read(names.loss),
      objective: read(names.objective),
      totalLoss: result.value.dataSync()[0]!,
      auxiliary: readAll(names.auxiliary('')),
      reports: readAll(names.report('')),
    };
    for (const tensor of scalars.values()) tensor.dispose();
    const gradients = specs.map(({ name }, i): [string, tf.Tensor | null] => [
      name,
      (result.grads[i] as tf.Tensor | undefined) ?? null,
    ]);
    return { ...values, gradients: new Map(gradients) };
  };

  const update = (gradients: ReadonlyMap<string, tf.Tensor | null>, learningRate: number): number => {
    const { beta1, beta2, clip, weightDecay } = settings;
    const present = [...gradients.values()].filter((gradient) => gradient !== null);
    const norm = Math.sqrt(
      present.reduce((sum, gradient) => sum + tf.sum(tf.square(gradient)).dataSync()[0]!, 0),
    );
    const coefficient = clip > 0 ? Math.min(1, clip / (norm + 1e-6)) : 1;
    const { rate, epsilon, keep } = optimiserFeeds(settings, steps + 1, learningRate);
    for (const { name, decay } of specs) {
      const gradient = gradients.get(name);
      if (!gradient) continue;
      const clipped = tf.mul(gradient, coefficient);
      const parameter = state.get(names.parameter(name))!;
      const first = tf.add(tf.mul(state.get(names.firstMoment(name))!, beta1), tf.mul(clipped, 1 - beta1));
      const second = tf.add(
        tf.mul(state.get(names.secondMoment(name))!, beta2),
        tf.mul(tf.square(clipped), 1 - beta2),
      );
      const direction = tf.div(first, tf.add(tf.sqrt(second), epsilon));
      const kept = decay && weightDecay > 0 ? tf.mul(parameter, keep) : parameter;
      put(names.parameter(name), tf.sub(kept, tf.mul(direction, rate)));
      put(names.firstMoment(name), first);
      put(names.secondMoment(name), second);
    }
    return norm;
  };

  const inference = <R>(
    inputs: Int32Array,
    use: (logits: tf.Tensor) => R,
    options: Pick<ForwardOptions, 'tap' | 'disableTop1'> = {},
  ): R =>
    tf.tidy(() => {
      const draws = sources(request.noise ?? inferenceNoise, inferenceDraw);
      const all = { batch: B, context: T, training: false, ...draws, ...options };
      return use(
        forward(ops, architecture, parameters(), ids(inputs), all).logits as tf.Tensor,
      ) as tf.TensorContainer;
    }) as R;

  return {
    device,
    step: async (batches, learningRate): Promise<StepResult> => {
      if (batches.length !== settings.accumulate) {
        throw new FinegrainError(
          'input.invalid',
          `The step got ${batches.length} micro-batches, but accumulate is ${settings.accumulate}.`,
        );
      }
      const checked = batches.map((batch) => batchFeeds(batch, architecture, shape));
      const weights = lossWeights(checked, B * T);
      const result = { value: null as StepResult | null };
      tf.tidy(() => {
        let sums: Omit<StepResult, 'gradientNorm'> = {
          loss: 0,
          objective: 0,
          totalLoss: 0,
          auxiliary: {},
          reports: {},
        };
        const gradients = new Map<string, tf.Tensor | null>();
        checked.forEach((batch, i) => {
          const part = microBatchOf(batch, weights[i]!, i);
          sums = {
            loss: sums.loss + part.loss,
            objective: sums.objective + part.objective,
            totalLoss: sums.totalLoss + part.totalLoss,
            auxiliary: sumOf(sums.auxiliary, part.auxiliary),
            reports: sumOf(sums.reports, part.reports, 1 / settings.accumulate),
          };
          for (const [name, gradient] of part.gradients) {
            const sum = gradients.get(name);
            gradients.set(name, sum && gradient ? tf.add(sum, gradient) : (sum ?? gradient));
          }
        });
        result.value = { ...sums, gradientNorm: update(gradients, learningRate) };
      });
      steps += 1;
      return result.value!;
    },
    readState: async () => {
      const arrays = new Map<string, Float32Array>();
      for (const [name, tensor] of state) arrays.set(name, ((await tensor.data()) as Float32Array).slice());
      return fromGraphState(arrays, specs, steps);
    },
    writeState: async (restored) => {
      write(toGraphState(restored, specs));
      steps = restored.step;
    },
    evaluate: async (batch, { disableTop1 = 'none' } = {}) => {
      const { inputs, targets, mask } = batchFeeds(batch, architecture, shape);
      const losses = inference(
        inputs,
        (logits) => (ops.crossEntropy(logits, ids(targets)) as tf.Tensor).dataSync().slice() as Float32Array,
        { disableTop1 },
      );
      return { losses, loss: meanLoss(losses, mask) };
    },
    probe: async (batch, kind = 'ffn') => {
      const { inputs } = batchFeeds(batch, architecture, shape);
      const taps: Array<{ name: string; shape: number[]; values: Float32Array }> = [];
      inference(inputs, () => 0, {
        tap: (name, make) => {
          if (kindOfTap(name) !== kind) return;
          const tensor = make() as tf.Tensor;
          taps.push({ name, shape: [...tensor.shape], values: tensor.dataSync().slice() as Float32Array });
        },
      });
      return tappedLayers(taps);
    },
    logits: async (inputs) => {
      const checked = batchFeeds({ inputs, targets: inputs }, architecture, shape);
      return inference(checked.inputs, (logits) => logits.dataSync().slice() as Float32Array);
    },
    dispose: async () => {
      for (const tensor of [...state.values(), ...buffers.values()]) tensor.dispose();
      share?.dispose();
      state.clear();
      buffers.clear();
    },
  };
}
